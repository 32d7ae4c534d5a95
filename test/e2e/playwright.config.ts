import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { findChromium, LAUNCH_ARGUMENTS } from './chromium.ts';

const executablePath = findChromium();

// The tests start the server themselves: each on a home of its own, reached by the link that its first start prints.
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: path.join(import.meta.dirname, '../../test-results'),
  forbidOnly: true,
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    launchOptions: { args: LAUNCH_ARGUMENTS, ...(executablePath === undefined ? {} : { executablePath }) },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
