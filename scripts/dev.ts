// What `npm run dev` runs: the server, started again at each change of its files, and beside it Vite, which serves the
// pages and passes /api on. Ctrl-C ends both; so does the end of one of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);

// Groups of their own: the watcher passes a signal on to the server, which must not get Ctrl-C a second time from the terminal.
function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, args, { cwd: root, stdio: 'inherit', detached: true });
}

const children = [
  start('--watch', '--watch-preserve-output', 'kernel/main.ts', ...process.argv.slice(2)),
  start('node_modules/vite/bin/vite.js'),
];

function endAll(signal: NodeJS.Signals): void {
  for (const child of children) child.kill(signal);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endAll(signal));
const ends = children.map((child) => once(child, 'exit'));
await Promise.race(ends);
endAll('SIGTERM');
await Promise.all(ends);
