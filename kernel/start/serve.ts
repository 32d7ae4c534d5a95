import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bootKernel } from '../boot.ts';
import { SystemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { buildApp } from '../http/app.ts';
import { newSecret } from '../id.ts';
import type { Kernel } from '../kernel.ts';
import type { Log } from '../log.ts';
import { startLoop } from '../loop.ts';
import { discoverModules } from '../modules/discover.ts';
import { buildPages } from './build-pages.ts';
import { openDatabaseServer, withClockOf } from './database-server.ts';
import { prepareFirstRun } from './first-run.ts';
import { isLoopback, listen } from './listen.ts';
import { openHome, removeServing, writeLocalKey, writeServing } from './local-door.ts';

export interface Almanac {
  readonly url: string;
  /** The one-time link for the owner account, on a first run that nobody prepared. */
  readonly firstRun: string | undefined;
  /** What a person should know about how it is reached. */
  readonly warning: string | undefined;
  /** Ends everything in order: work, connections of people, background tasks, database. */
  stop(): Promise<void>;
}

/** The database's clock is measured this often, in milliseconds. */
const FOLLOW = 10_000;
const root = path.join(import.meta.dirname, '../..');

/**
 * Starts everything and serves. What was started before a failure, or before `signal`, is ended again.
 * @param told gets a sentence about what takes long
 * @throws Problem for whatever a person can mend
 */
export async function serveAlmanac(
  config: Config,
  log: Log,
  signal: AbortSignal,
  told: (sentence: string) => void,
): Promise<Almanac> {
  await using ending = new AsyncDisposableStack();
  openHome(config.home);
  const pages = buildPages(root, told);
  const database = await openDatabaseServer(config, log, ownerLine(config));
  ending.defer(() => database.stop());
  signal.throwIfAborted();

  const clock = new SystemClock();
  // Twice, because a clock that has just moved does not count as steady.
  await withClockOf(database.connection, async (read) => {
    await clock.follow(read);
    await clock.follow(read);
  });
  // A new one each start: an old copy opens nothing.
  const localKey = newSecret('local');
  const running = await bootKernel({
    config,
    log,
    clock,
    localKey,
    connection: database.connection,
    manifests: await discoverModules(),
  });
  ending.defer(() => running.stop());
  const { kernel } = running;
  ending.defer(followDatabase(kernel, clock));
  signal.throwIfAborted();

  await pages;
  const server = await listen(buildApp({ kernel, auth: kernel.auth, pages: path.join(root, 'dist') }), config, clock);
  ending.defer(() => server.close());
  // Runs first: nothing new begins, running work ends, while people can still look.
  ending.defer(() => running.drain());
  kernel.auth.setOrigin(server.url);
  signal.throwIfAborted();

  const firstRun = await prepareFirstRun(kernel, config.public_url ?? server.url);
  const started = Temporal.Instant.fromEpochMilliseconds(clock.now()).toString({ smallestUnit: 'millisecond' });
  const serving = { url: server.url, pid: process.pid, version: readVersion(), started_at: started };
  ending.defer(() => removeServing(config.home, process.pid, localKey));
  writeLocalKey(config.home, localKey);
  writeServing(config.home, serving);
  const stack = ending.move();
  return { url: server.url, firstRun, warning: riskOf(config), stop: () => stack.disposeAsync() };
}

/** Who we are, for a second process on the same home. */
function ownerLine({ listen, port }: Config): string {
  return port === 0 ? `pid ${process.pid}` : `pid ${process.pid}, http://${listen}:${port}`;
}

function followDatabase(kernel: Kernel, clock: SystemClock): () => Promise<void> {
  const loop = startLoop({
    name: 'clock',
    clock,
    most: FOLLOW,
    async pass() {
      await clock.follow(() => kernel.db.readClock());
      return FOLLOW;
    },
    onError: (error) => kernel.log.warn({ err: error }, "the database's clock could not be read"),
  });
  return () => loop.stop();
}

function riskOf({ listen, public_url }: Config): string | undefined {
  if (isLoopback(listen) || public_url?.startsWith('https:')) return undefined;
  return (
    `Listening on ${listen} without TLS: whoever can watch this network reads passwords, tokens and command output. ` +
    'Put a proxy with TLS in front and set public_url to its https:// address.'
  );
}

function readVersion(): string {
  const file = path.join(root, 'package.json');
  const { version } = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as { version?: string };
  return version ?? '0.0.0';
}
