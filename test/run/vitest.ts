import { runTool } from './command.ts';
import { type Outcome, withOutcomeFile } from './report.ts';

/** All vitest projects: pure, database, walls. `args` choose others. */
export function runVitest(say: (line: string) => void, args: readonly string[] = []): Promise<Outcome> {
  const reporter = new URL('vitest-outcome.ts', import.meta.url).pathname;
  return withOutcomeFile('vitest', (env) =>
    runTool('vitest/vitest.mjs', ['run', `--reporter=${reporter}`, ...args], { onLine: say, env }),
  );
}
