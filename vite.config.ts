import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm run dev` sends what is not the page's own. */
const server = process.env['ALMANAC_URL'] ?? 'http://127.0.0.1:4780';

export default defineConfig({
  root: 'web',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    target: 'es2024',
    // light-dark() and oklch() stay as written.
    cssTarget: ['chrome125', 'firefox128', 'safari18'],
    // A `data:` font or picture would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'vendor', test: /node_modules/, entriesAware: true }] } },
    },
  },
  server: { proxy: { '/api': server } },
});
