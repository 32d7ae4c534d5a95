import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterEach } from 'vitest';
import { holdersOf } from '../db/holders.ts';
import { layOutHome } from '../db/home.ts';
import { stopPostmaster } from '../db/postmaster.ts';
import { type OtherProcess, type OtherProcessOptions, startOtherProcess } from './other-process.ts';

export interface TemporaryHomes {
  /** A folder that no server has used, or one to be made `below` it. */
  readonly newHome: (...below: string[]) => string;
  /** Another process that owns, or wants to own, the home. */
  readonly other: (home: string, options?: OtherProcessOptions) => OtherProcess;
  /** Runs the statements and answers the first column of the last one's first row. */
  readonly ask: (host: string, ...statements: string[]) => Promise<unknown>;
}

/** Homes for the tests of one file; after each test its processes are ended and its folders removed. */
export function temporaryHomes(): TemporaryHomes {
  const folders: string[] = [];
  const others: OtherProcess[] = [];

  afterEach(async () => {
    for (const { child, gone } of others.splice(0)) {
      child.kill('SIGKILL');
      await gone;
    }
    for (const folder of folders.splice(0)) await remove(folder);
  });

  return {
    newHome(...below) {
      const folder = mkdtempSync(path.join(os.tmpdir(), 'almanac-home-'));
      // A server that runs as nobody passes through here.
      chmodSync(folder, 0o711);
      folders.push(folder);
      return path.join(folder, ...below);
    },
    other(home, options) {
      const started = startOtherProcess(home, options);
      others.push(started);
      return started;
    },
    ask,
  };
}

async function remove(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const data = names.filter((name) => path.basename(name) === 'postgresql.conf').map((name) => path.dirname(name));
  for (const home of data.map((name) => path.dirname(path.join(folder, name)))) {
    const layout = layOutHome(home);
    for (const pid of holdersOf(layout)) await stopPostmaster(pid, layout);
    // Long homes have their socket elsewhere.
    if (existsSync(layout.socket)) rmSync(layout.socket, { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}

async function ask(host: string, ...statements: string[]): Promise<unknown> {
  const client = new Client({ host, user: 'almanac', database: 'postgres' });
  await client.connect();
  try {
    let answer: unknown;
    for (const text of statements) answer = (await client.query<unknown[]>({ text, rowMode: 'array' })).rows[0]?.[0];
    return answer;
  } finally {
    await client.end();
  }
}
