// What `npm run fix` runs: generates what is generated, then mends what the linter and the formatter can mend.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const STEPS = [
  ['scripts/generate.ts'],
  ['node_modules/oxlint/bin/oxlint', '--fix', '--quiet'],
  ['node_modules/oxfmt/bin/oxfmt', '.'],
];

for (const step of STEPS) {
  const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
}
