import { defineConfig } from 'vitest/config';

// Two kinds of tests: `pure` needs nothing but the code; `database` runs against a real PostgreSQL server that
// kernel/testing/server.ts starts once for all files.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['time/**/*.test.ts', 'web/**/*.test.ts', 'modules/*/ui/*.test.ts', '**/*.pure.test.ts'],
          exclude: ['node_modules/**'],
        },
      },
      {
        test: {
          name: 'database',
          include: ['{kernel,engine,modules,cli}/**/*.test.ts'],
          exclude: ['node_modules/**', '**/*.pure.test.ts', 'modules/*/ui/*.test.ts'],
          globalSetup: ['kernel/testing/server.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'walls',
          include: ['test/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          globalSetup: ['kernel/testing/server.ts'],
          pool: 'forks',
        },
      },
      {
        test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], hookTimeout: 60_000, pool: 'forks' },
      },
    ],
  },
});
