import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClientConfig } from 'pg';
import { Problem } from '../problem.ts';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { makeCluster, removeUnfinished } from './cluster.ts';
import { type HomeLayout, layOutHome } from './home.ts';
import { untilUnheld } from './holders.ts';
import { claimHome, type HomeLock } from './home-lock.ts';
import { bringUp, livingPostmaster, type Postmaster, type ServerSettings, stopPostmaster } from './postmaster.ts';

export interface EmbeddedServer {
  /** Folder of the socket, which is what a client calls the host. */
  readonly host: string;
  readonly port: 5432;
  readonly user: 'almanac';
  /** Whether the server was found running: its former owner was killed. */
  readonly adopted: boolean;
  /** Of the postmaster; another one after a restart. */
  readonly pid: number;
  /** Ends the server and waits until it is gone. Close the pools first: it ends their sessions. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Who we are, for the sentence a second owner gets: "pid 123, http://localhost:4780". */
  readonly owner: string;
  /** Called after the server was gone and is there again; sessions from before are broken. */
  readonly onRestart?: (why: string) => void;
  readonly log?: (line: string) => void;
  /** Server settings beyond the defaults. */
  readonly settings?: ServerSettings;
}

/**
 * Runs PostgreSQL in a folder: makes the database at first, takes over a server whose owner was killed, keeps others out,
 * and brings the server back when it dies.
 * @throws Problem `home_taken`, `home_not_usable`, `home_in_use`, `unsupported_platform`, `database_not_made` or
 * `database_not_started`.
 */
export async function startEmbedded(home: string, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const layout = layOutHome(home);
  const binaries = prepareBinaries(layout);
  await makeCluster(layout, binaries);
  const stopping = new AbortController();
  const first = await takeUp({ layout, binaries, options, signal: stopping.signal });
  removeUnfinished(layout);

  const { socket, adopted } = first.postmaster;
  // A server that was adopted may listen elsewhere, and after a restart its clients look for it where it was.
  const supervision = supervise(first, { layout: { ...layout, socket }, binaries, options, signal: stopping.signal });
  let stopped: Promise<void> | undefined;
  return {
    host: socket,
    port: 5432,
    user: 'almanac',
    adopted,
    get pid() {
      return supervision.held().postmaster.pid;
    },
    stop() {
      stopping.abort();
      stopped ??= supervision.ended.then(() => stopHeld(supervision.held(), layout));
      return stopped;
    },
  };
}

interface Duty {
  readonly layout: HomeLayout;
  readonly binaries: Binaries;
  readonly options: EmbeddedOptions;
  readonly signal: AbortSignal;
}

interface Held {
  readonly postmaster: Postmaster;
  readonly lock: HomeLock;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** A running server and the right to it. */
async function takeUp({ layout, binaries, options, signal }: Duty): Promise<Held> {
  const postmaster = await bringUp(layout, binaries, options.settings ?? {}, signal);
  try {
    const lock = await claimHome(sessionOn(postmaster), layout.home, options.owner);
    return { postmaster, lock, since: performance.now() };
  } catch (error) {
    if (!postmaster.adopted && !isTaken(error)) await stopPostmaster(postmaster.pid, layout);
    throw error;
  }
}

/** Where all who could want a home with an embedded server meet. */
function sessionOn({ socket }: Postmaster): ClientConfig {
  return { host: socket, user: 'almanac', database: 'postgres' };
}

/** A server that lived so long has forgotten its troubles. */
const HEALTHY_MS = 60_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
/** What a killed server's children may take to end. */
const LONGEST_FAREWELL_MS = 5000;

/** Takes the server up again whenever its lock is lost, until the signal says stop. */
function supervise(first: Held, duty: Duty): { held(): Held; readonly ended: Promise<void> } {
  let held = first;
  const stopped = once(duty.signal, 'abort');

  async function watch(): Promise<void> {
    let wait = 0;
    while (!duty.signal.aborted) {
      await Promise.race([held.lock.lost, stopped]);
      if (duty.signal.aborted) return;
      const why = reasonOfLoss(held, duty.layout);
      duty.options.log?.(why);
      // The first death is mended at once; one that dies again and again is given more and more time.
      wait = performance.now() - held.since > HEALTHY_MS ? 0 : wait;
      for (let again: Held | undefined; !again; wait = longer(wait)) {
        await pause(wait, undefined, { signal: duty.signal }).catch(() => {});
        if (duty.signal.aborted) return;
        again = await tryToTakeUp(duty);
        held = again ?? held;
      }
      if (!duty.signal.aborted) duty.options.onRestart?.(why);
    }
  }

  return { held: () => held, ended: watch() };
}

async function tryToTakeUp(duty: Duty): Promise<Held | undefined> {
  try {
    return await takeUp(duty);
  } catch (error) {
    duty.options.log?.(
      `The database server is not back yet: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

function longer(wait: number): number {
  return Math.min(Math.max(wait * 2, FIRST_WAIT_MS), LONGEST_WAIT_MS);
}

function reasonOfLoss({ postmaster }: Held, layout: HomeLayout): string {
  return livingPostmaster(layout) === postmaster.pid
    ? `The database server (pid ${postmaster.pid}) ended the session that owns ${layout.home}.`
    : `The database server (pid ${postmaster.pid}) died.`;
}

async function stopHeld({ postmaster, lock }: Held, layout: HomeLayout): Promise<void> {
  const living = livingPostmaster(layout);
  if (living === undefined) await untilUnheld(layout, LONGEST_FAREWELL_MS);
  if (living !== postmaster.pid) return;
  // Stopped while the lock was being taken again: somebody else may have been faster, and the server is theirs then.
  const mine = lock.isHeld()
    ? lock
    : await claimHome(sessionOn(postmaster), layout.home, 'stopping').catch(() => undefined);
  if (!mine) return;
  await stopPostmaster(postmaster.pid, layout);
  await mine.release();
}

function isTaken(error: unknown): boolean {
  return error instanceof Problem && error.code === 'home_taken';
}
