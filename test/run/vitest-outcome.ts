import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { type Failure, OUTCOME_FILE, type Outcome } from './report.ts';

type VitestError = ReturnType<TestModule['errors']>[number];

/** Says one short line per test file and leaves the outcome of all in the file that the environment names. */
export default class OutcomeReporter implements Reporter {
  onTestModuleEnd(module: TestModule): void {
    const tests = [...module.children.allTests()];
    const failed = tests.filter((test) => test.result().state === 'failed').length;
    const count = failed > 0 ? `${failed} of ${tests.length} failed` : String(tests.length);
    const seconds = (module.diagnostic().duration / 1000).toFixed(1);
    process.stdout.write(
      `  ${module.state() === 'failed' ? '✗' : '✓'} ${module.relativeModuleId}: ${count} (${seconds} s)\n`,
    );
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly VitestError[]): void {
    const file = process.env[OUTCOME_FILE];
    if (file !== undefined) writeFileSync(file, JSON.stringify(outcomeOf(modules, unhandled)));
  }
}

function outcomeOf(modules: readonly TestModule[], unhandled: readonly VitestError[]): Outcome {
  const tests = modules.flatMap((module) => [...module.children.allTests()].map((test) => ({ module, test })));
  const inState = (state: string): typeof tests => tests.filter(({ test }) => test.result().state === state);
  const failures = [
    ...inState('failed').map(({ module, test }) => failureOf(module, test)),
    ...modules.flatMap(outsideOfTests),
    ...unhandled.map((error) => ({ name: 'an error outside of every test', text: textOf(error) })),
  ];
  return { passed: inState('passed').length, failures, skipped: inState('skipped').length };
}

function failureOf(module: TestModule, test: TestCase): Failure {
  const text = (test.result().errors ?? []).map(textOf).join('\n');
  return { name: `${module.relativeModuleId}: ${test.fullName}`, text };
}

/** A file that cannot be loaded and a hook that fails count as one failure each. */
function outsideOfTests(module: TestModule): Failure[] {
  const suites = [...module.children.allSuites()];
  return [module, ...suites].flatMap((part) =>
    part.errors().map((error) => ({ name: `${module.relativeModuleId} (outside of its tests)`, text: textOf(error) })),
  );
}

function textOf(error: VitestError): string {
  const frames = (error.stacks ?? []).map(({ file, line }) => `    at ${file}:${line}`);
  return [error.message, error['diff'], ...(frames.length > 0 ? frames : [error.stack])].filter(Boolean).join('\n');
}
