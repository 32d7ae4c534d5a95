// What `npm run check` runs: the static checks alone.
import { runChecks } from './run/checks.ts';
import { exitCodeOf, report } from './run/report.ts';

const outcome = await runChecks((line) => process.stdout.write(`${line}\n`));
process.stdout.write(`${report(outcome)}\n`);
process.exitCode = exitCodeOf(outcome);
