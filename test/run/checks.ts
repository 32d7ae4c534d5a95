import { type CommandEnd, runTool } from './command.ts';
import { type Outcome, seconds, sumUp } from './report.ts';

interface Check {
  readonly name: string;
  readonly mend: string;
  run(): Promise<CommandEnd>;
}

// The compiler is called by its path: a second package of the installation also calls itself `tsc`.
const CHECKS: readonly Check[] = [
  { name: 'format', mend: 'npm run fix', run: () => runTool('oxfmt/bin/oxfmt', ['--check', '.']) },
  { name: 'lint', mend: 'npm run fix, then by hand', run: () => runTool('oxlint/bin/oxlint', ['--quiet']) },
  { name: 'types of the server', mend: 'by hand', run: () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.json']) },
  {
    name: 'types of the pages',
    mend: 'by hand',
    run: () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.web.json']),
  },
  { name: 'nothing unused', mend: 'remove it, or name it in knip.json', run: () => runTool('knip/bin/knip.js', []) },
];

/** The static checks; each counts as one test. */
export async function runChecks(say: (line: string) => void): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const check of CHECKS) {
    const since = performance.now();
    const { code, output } = await check.run();
    say(`  ${code === 0 ? '✓' : '✗'} ${check.name} (${seconds(since)})`);
    const failure = { name: `${check.name} (mend: ${check.mend})`, text: output };
    outcomes.push(code === 0 ? { passed: 1, failures: [] } : { passed: 0, failures: [failure] });
  }
  return sumUp(outcomes);
}
