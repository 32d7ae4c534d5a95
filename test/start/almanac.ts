// Almanac as a person starts it: the launcher, the process that serves, PostgreSQL.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, vi } from 'vitest';

const root = path.dirname(path.dirname(import.meta.dirname));
const started: ChildProcess[] = [];
const folders: string[] = [];

/** Ends after each test what is still running, and removes the homes. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    for (const folder of folders.splice(0)) {
      for (const pid of postmastersIn(folder)) process.kill(pid, 'SIGINT');
      await vi.waitFor(() => assert.deepEqual(postmastersIn(folder), []), 10_000);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

export interface Ready {
  readonly ready: true;
  readonly url: string;
  readonly first_run?: string;
}

export interface Almanac {
  readonly child: ChildProcess;
  /** Standard output so far, line by line. */
  readonly lines: string[];
  readonly ready: Promise<Ready>;
  /** Exit code and everything it said on standard error. */
  readonly ended: Promise<{ code: number | null; said: string }>;
}

export function newHome(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'almanac-start-'));
  chmodSync(folder, 0o711);
  folders.push(folder);
  return folder;
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A command in front of the launcher. */
  readonly through?: readonly string[];
}

export function start(home: string, { args = ['--port', '0'], environment, through = [] }: StartOptions = {}): Almanac {
  const launcher = [process.execPath, path.join(root, 'scripts/run.mjs'), 'kernel/main.ts', '--json', '--home', home];
  const [command = '', ...line] = [...through, ...launcher, ...args];
  const foreign = /^(ALMANAC_|DATABASE_URL$|NODE_ENV$|VITEST)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const env = { ...Object.fromEntries(inherited), ...environment };
  const child = spawn(command, line, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const lines: string[] = [];
  const ready = Promise.withResolvers<Ready>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(text);
    if (text.startsWith('{')) ready.resolve(JSON.parse(text) as Ready);
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([code]) => {
    ready.reject(new Error(`it ended with ${String(code)}: ${said}`));
    return { code: code as number | null, said };
  });
  ready.promise.catch(() => {});
  return { child, lines, ready: ready.promise, ended };
}

/** The process that serves: the launcher's child. */
export function servingPid(home: string): number {
  return (JSON.parse(readFileSync(path.join(home, 'server.json'), 'utf8')) as { pid: number }).pid;
}

export function postmastersIn(home: string): number[] {
  const file = path.join(home, 'data/postmaster.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : 0;
  return pid > 0 && isAlive(pid) ? [pid] : [];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie exists, but it works in no folder.
    return process.platform !== 'linux' || readlinkSync(`/proc/${pid}/cwd`) !== '';
  } catch {
    return false;
  }
}

export async function statusOf(url: string, path_: string): Promise<number> {
  const response = await fetch(new URL(path_, url));
  await response.body?.cancel();
  return response.status;
}
