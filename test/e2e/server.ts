import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const root = path.join(import.meta.dirname, '../..');

export interface Served {
  readonly url: string;
  /** The one-time link for the owner account. */
  readonly link: string;
  readonly home: string;
  /** Runs the command line against this server. @returns what it said and its exit code */
  almanac(...words: string[]): Promise<{ code: number | null; said: string }>;
  write(name: string, text: string): string;
  stop(): Promise<void>;
}

/** Starts Almanac as a new user would, on an empty home, and waits until it serves. */
export async function serve(): Promise<Served> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'almanac-e2e-'));
  const env = { ...process.env, ALMANAC_HOME: home, ALMANAC_LOG_LEVEL: 'warn' };
  const child = spawn('node', ['scripts/run.mjs', 'kernel/main.ts', '--json', '--port', '0'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ready = await firstLine(child);
  const { url, first_run: link } = JSON.parse(ready) as { url: string; first_run: string };
  return {
    url,
    link,
    home,
    write(name, text) {
      const file = path.join(home, name);
      writeFileSync(file, text);
      return file;
    },
    async almanac(...words) {
      const run = spawn('node', ['scripts/almanac.mjs', ...words], {
        cwd: root,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [run.stdout, run.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const code = await new Promise<number | null>((resolve) => run.on('close', resolve));
      return { code, said };
    },
    async stop() {
      const gone = new Promise((resolve) => child.on('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error('The server has no output to read.');
    readline.createInterface({ input: child.stdout }).once('line', resolve);
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`The server ended with ${String(code)} before it served: ${said}`)));
  });
}
