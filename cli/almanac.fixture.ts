import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { SystemClock } from '../kernel/clock.ts';
import { buildApp } from '../kernel/http/app.ts';
import { listen } from '../kernel/start/listen.ts';
import { writeServing } from '../kernel/start/local-door.ts';
import { type Harness, openHarness } from '../kernel/testing/harness.ts';
import { ownerOf } from '../kernel/testing/http.ts';
import { writeFileSync } from 'node:fs';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

export interface Machine extends AsyncDisposable {
  readonly harness: Harness;
  readonly url: string;
  /** Runs `almanac` with these words, as a process of its own, on this machine. */
  almanac(words: readonly string[], given?: { readonly input?: string; readonly environment?: object }): Promise<Ran>;
}

/** A machine on which Almanac serves, without doing its work. */
export async function openMachine(): Promise<Machine> {
  const harness = await openHarness();
  await ownerOf(harness);
  const { kernel, home } = harness;
  const server = await listen(
    buildApp({ kernel, auth: kernel.auth }),
    { listen: '127.0.0.1', port: 0 },
    new SystemClock(),
  );
  writeServing(home, { url: server.url, pid: process.pid, version: '0.0.0', started_at: '2026-11-20T12:00:00.000Z' });
  writeFileSync(path.join(home, 'local.key'), harness.localKey);
  return {
    harness,
    url: server.url,
    almanac: (words, { input, environment } = {}) => run(words, { ALMANAC_HOME: home, ...environment }, input),
    async [Symbol.asyncDispose]() {
      await server.close();
      await harness[Symbol.asyncDispose]();
    },
  };
}

/** Runs `almanac` with these words and this environment alone. */
export async function run(words: readonly string[], environment: object = {}, input = ''): Promise<Ran> {
  const main = path.join(import.meta.dirname, 'main.ts');
  const env = { PATH: process.env['PATH'], TZ: 'UTC', ...environment } as NodeJS.ProcessEnv;
  const child = spawn(process.execPath, [main, ...words], { env, stdio: 'pipe' });
  child.stdin.on('error', () => {}).end(input);
  const [out, said, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number, out, said };
}
