import { writeFileSync } from 'node:fs';
import type { FullConfig, Reporter, Suite, TestCase, TestError, TestResult } from '@playwright/test/reporter';
import { type Failure, OUTCOME_FILE } from './report.ts';

/** Says one short line per browser test and leaves the outcome of all in the file that the environment names. */
export default class OutcomeReporter implements Reporter {
  readonly #failures: Failure[] = [];
  #passed = 0;
  #skipped = 0;

  onBegin(_config: FullConfig, suite: Suite): void {
    if (suite.allTests().length === 0) this.#failures.push({ name: 'browser tests', text: 'There is none.' });
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const name = test.titlePath().filter(Boolean).join(' › ');
    const mark = result.status === test.expectedStatus ? '✓' : '✗';
    process.stdout.write(
      `  ${result.status === 'skipped' ? '-' : mark} ${name} (${(result.duration / 1000).toFixed(1)} s)\n`,
    );
    if (result.status === 'skipped') this.#skipped++;
    else if (result.status === test.expectedStatus) this.#passed++;
    else this.#failures.push({ name, text: result.errors.map(textOf).join('\n') || result.status });
  }

  onError(error: TestError): void {
    this.#failures.push({ name: 'browser tests', text: textOf(error) });
  }

  onEnd(): void {
    const file = process.env[OUTCOME_FILE];
    const outcome = { passed: this.#passed, failures: this.#failures, skipped: this.#skipped };
    if (file !== undefined) writeFileSync(file, JSON.stringify(outcome));
  }
}

function textOf(error: TestError): string {
  return [error.stack ?? error.message ?? error.value, error.snippet].filter(Boolean).join('\n');
}
