import { ensureChromium } from '../e2e/chromium.ts';
import { runTool } from './command.ts';
import { type Outcome, withOutcomeFile } from './report.ts';

/** The browser tests, on the system's Chromium or one that is installed for them. */
export async function runBrowserTests(say: (line: string) => void): Promise<Outcome> {
  try {
    await ensureChromium(say);
  } catch (error) {
    return {
      passed: 0,
      failures: [{ name: 'a browser', text: error instanceof Error ? error.message : String(error) }],
    };
  }
  const reporter = new URL('playwright-outcome.ts', import.meta.url).pathname;
  const args = ['test', '--config=test/e2e/playwright.config.ts', `--reporter=${reporter}`];
  return withOutcomeFile('playwright', (env) => runTool('@playwright/test/cli.js', args, { onLine: say, env }));
}
