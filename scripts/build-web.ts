// Builds the pages into dist/ unless they are current. `node scripts/build-web.ts [--force]`
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const dist = path.join(root, 'dist');
const STAMP = '.built';

if (existsSync(path.join(root, 'web/index.html')) && existsSync(path.join(root, 'vite.config.ts'))) build();

function build(): void {
  const wanted = hashOfSources();
  if (!process.argv.includes('--force') && readBuilt() === wanted) return;
  process.stderr.write('Building the pages …\n');
  // Beside the folder that is served, then swapped in: an interrupted build leaves the old pages whole.
  const beside = path.join(root, 'node_modules/.cache', `almanac-pages-${process.pid}`);
  mkdirSync(beside, { recursive: true });
  try {
    const vite = path.join(root, 'node_modules/vite/bin/vite.js');
    const done = spawnSync(
      process.execPath,
      [vite, 'build', '--outDir', beside, '--emptyOutDir', '--logLevel', 'warn'],
      {
        cwd: root,
        stdio: ['ignore', 2, 2],
        env: { ...process.env, NO_COLOR: '1' },
      },
    );
    if (done.status !== 0) {
      process.exitCode = 1;
      return;
    }
    writeFileSync(path.join(beside, STAMP), wanted);
    swapIn(beside);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}

function readBuilt(): string | undefined {
  const stamp = path.join(dist, STAMP);
  return existsSync(stamp) ? readFileSync(stamp, 'utf8') : undefined;
}

function hashOfSources(): string {
  const modules = readdirSync(path.join(root, 'modules'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const folders = ['web', 'time', ...modules.map(({ name }) => `modules/${name}/ui`)];
  const files = [...folders.flatMap(filesBelow), 'vite.config.ts', 'package-lock.json'].sort();
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function filesBelow(folder: string): string[] {
  const full = path.join(root, folder);
  if (!existsSync(full)) return [];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

function swapIn(beside: string): void {
  const old = `${beside}-old`;
  rmSync(old, { recursive: true, force: true });
  try {
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(beside, dist);
  } catch {
    // Another file system, or somebody else swapped at this moment: copy over what is there.
    cpSync(beside, dist, { recursive: true, force: true });
  }
  rmSync(old, { recursive: true, force: true });
}
