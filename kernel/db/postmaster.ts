import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { Problem } from '../problem.ts';
import { type Binaries, environmentOf } from './binaries.ts';
import { holds } from './holders.ts';
import type { HomeLayout } from './home.ts';
import { clearStaleLocks, readPidFile } from './pid-file.ts';
import { complaintsIn } from './server-log.ts';

export interface Postmaster {
  readonly pid: number;
  /** Folder of the socket it listens on. */
  readonly socket: string;
  /** Found running, not started by us. */
  readonly adopted: boolean;
}

/** Settings of the server beyond its defaults, as `name: value`. */
export type ServerSettings = Readonly<Record<string, string>>;

const POLL_MS = 20;
/** Crash recovery of a large database takes its time. */
const LONGEST_START_MS = 300_000;
/** A server that says it is ready but cannot be reached for so long has lost its socket. */
const LONGEST_SILENCE_MS = 15_000;
const ATTEMPTS = 3;

/**
 * A running server in the data folder: the one found there, whoever started it, or else a new one.
 * @throws Problem `database_not_started` with the server's own words.
 */
export async function bringUp(
  layout: HomeLayout,
  binaries: Binaries,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    const found = await adopt(layout, signal);
    if (found) return found;
    await clearStaleLocks(layout, signal);
    try {
      return await launch(layout, binaries, settings, signal);
    } catch (error) {
      // Two starts at once: ours was refused because the other one's server is there, so take that.
      if (signal.aborted || attempt === ATTEMPTS || livingPostmaster(layout) === undefined) throw error;
    }
  }
}

/** The process id of the living postmaster of the data folder. */
export function livingPostmaster(layout: HomeLayout): number | undefined {
  const file = readPidFile(layout.data);
  return file && holds(file.pid, layout) ? file.pid : undefined;
}

const ENDINGS = [
  // Fast: sessions are ended, everything is written.
  { signal: 'SIGINT', patience: 60_000 },
  // Immediate: the next start recovers from the log of writes.
  { signal: 'SIGQUIT', patience: 10_000 },
  { signal: 'SIGKILL', patience: 5000 },
] as const;

/** Ends the server and waits until it is gone. */
export async function stopPostmaster(pid: number, layout: HomeLayout): Promise<void> {
  for (const { signal, patience } of ENDINGS) {
    if (!holds(pid, layout)) return;
    process.kill(pid, signal);
    const until = performance.now() + patience;
    while (holds(pid, layout) && performance.now() < until) await pause(POLL_MS);
  }
  if (holds(pid, layout)) throw notStarted(`The server of ${layout.data} (pid ${pid}) does not end.`);
}

async function adopt(layout: HomeLayout, signal: AbortSignal): Promise<Postmaster | undefined> {
  const since = performance.now();
  for (;;) {
    const file = readPidFile(layout.data);
    if (!file || !holds(file.pid, layout)) return undefined;
    const answer = await askServer(file.socket);
    if (answer === 'ready') return { pid: file.pid, socket: file.socket, adopted: true };
    const waited = performance.now() - since;
    if (file.status === 'ready' && answer === 'unreachable' && waited > LONGEST_SILENCE_MS) {
      await stopPostmaster(file.pid, layout);
      return undefined;
    }
    if (waited > LONGEST_START_MS) throw notStarted(`The server of ${layout.data} (pid ${file.pid}) does not answer.`);
    await pause(POLL_MS, undefined, { signal });
  }
}

async function launch(
  layout: HomeLayout,
  binaries: Binaries,
  settings: ServerSettings,
  signal: AbortSignal,
): Promise<Postmaster> {
  const log = openSync(layout.log, 'a', 0o600);
  const logged = fstatSync(log).size;
  // Detached, so that the terminal's Ctrl-C does not reach it before we have drained. The working folder is the data
  // folder from its first moment on, because that is how its processes are known.
  const child = spawn(binaries.postgres, argumentsFor(layout, settings), {
    cwd: layout.data,
    detached: true,
    stdio: ['ignore', log, log],
    env: environmentOf(layout),
    ...layout.user,
  });
  closeSync(log);
  child.unref();
  const ended: { how?: string } = {};
  child.once('error', (error) => (ended.how = error.message));
  child.once('exit', (code, by) => (ended.how ??= `it ended with ${code ?? by}`));

  const until = performance.now() + LONGEST_START_MS;
  try {
    while (ended.how === undefined && performance.now() < until) {
      const file = readPidFile(layout.data);
      const up = file?.pid === child.pid && file?.status === 'ready';
      if (up && child.pid && (await askServer(layout.socket)) === 'ready') {
        return { pid: child.pid, socket: layout.socket, adopted: false };
      }
      await pause(POLL_MS, undefined, { signal });
    }
  } catch (error) {
    if (child.pid) await stopPostmaster(child.pid, layout);
    throw error;
  }
  if (ended.how === undefined && child.pid) await stopPostmaster(child.pid, layout);
  const why = complaintsIn(layout.log, logged) || ended.how || 'it took too long';
  throw notStarted(`PostgreSQL did not start: ${why} (see ${layout.log}).`);
}

function argumentsFor(layout: HomeLayout, settings: ServerSettings): string[] {
  const all: ServerSettings = {
    listen_addresses: '',
    unix_socket_permissions: '0700',
    shared_buffers: '128MB',
    max_connections: '100',
    ...settings,
  };
  const given = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', layout.data, '-k', layout.socket, ...given];
}

/** `busy`: it is there but starting or stopping. */
async function askServer(socket: string): Promise<'ready' | 'busy' | 'unreachable'> {
  const client = new Client({ host: socket, user: 'almanac', database: 'postgres', connectionTimeoutMillis: 2000 });
  // A connection that breaks later than its question is no news.
  client.on('error', () => {});
  try {
    await client.connect();
    return 'ready';
  } catch (error) {
    return error instanceof DatabaseError ? 'busy' : 'unreachable';
  } finally {
    await client.end().catch(() => {});
  }
}

function notStarted(detail: string): Problem {
  return new Problem(503, 'database_not_started', detail);
}
