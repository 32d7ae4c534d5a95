// What `npm test` runs: everything. The last line is `N passed, N failed`.
import { runBrowserTests } from './run/browser.ts';
import { runChecks } from './run/checks.ts';
import { exitCodeOf, type Outcome, report, seconds, sumUp } from './run/report.ts';
import { runVitest } from './run/vitest.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const PARTS = [
  { title: 'Checks', run: runChecks },
  { title: 'Tests', run: runVitest },
  { title: 'Browser', run: runBrowserTests },
];

const since = performance.now();
const outcomes: Outcome[] = [];
for (const { title, run } of PARTS) {
  say(title);
  outcomes.push(await run(say));
}
const whole = sumUp(outcomes);
say(`Done in ${seconds(since)}`);
say(report(whole));
process.exitCode = exitCodeOf(whole);
