import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { openAuth } from './auth/auth.ts';
import { listenerTask, openTasks } from './background/tasks.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import { at, openDatabase, sql } from './db/database.ts';
import { openEvents } from './events/events.ts';
import { openLive } from './events/live.ts';
import { startPublisher } from './events/outbox.ts';
import { sharedSignals, type Signals } from './events/signals.ts';
import { newId, newSecret } from './id.ts';
import type { Kernel } from './kernel.ts';
import type { Log } from './log.ts';
import { installModules, startModules } from './modules/lifecycle.ts';
import type { Manifest } from './modules/module.ts';
import { openRegistry } from './modules/registry.ts';

export interface BootOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly connection: pg.PoolConfig;
  readonly manifests: readonly Manifest[];
  /** Opens the door for the command line of this machine; made up when absent. */
  readonly localKey?: string;
  /** Within one process when given; between the nodes of the database otherwise. */
  readonly signals?: Signals;
  /** Tests that drive the loops by hand leave the modules' effects out. */
  readonly effects?: boolean;
}

export interface RunningKernel {
  readonly kernel: Kernel;
  /** Ends the modules' effects: nothing new begins, running work ends or is handed back. Requests are still answered. */
  drain(): Promise<void>;
  /** Ends the effects, then background tasks, then the connections. */
  stop(): Promise<void>;
}

/** Assembles the kernel on a database that answers: schema, events, background tasks, accounts, modules. */
export async function bootKernel(options: BootOptions): Promise<RunningKernel> {
  const { config, log, clock } = options;
  await using ending = new AsyncDisposableStack();
  const db = openDatabase({ ...options.connection, max: config.database_pool }, (error) =>
    log.warn({ err: error }, 'database connection'),
  );
  ending.defer(() => db.close());
  const node = newId(clock.now());
  const kernel = { config, log, clock, db } as AlmanacKernel;
  const whole = (): Kernel => kernel;
  kernel.modules = openRegistry(options.manifests, whole);
  const signals = options.signals ?? sharedSignals(db, clock, node);
  kernel.signals = signals;
  ending.defer(() => signals.stop());
  kernel.events = openEvents(
    clock,
    () => ({ definitions: kernel.modules.events(), listeners: kernel.modules.listeners() }),
    whole,
  );
  await installModules(kernel);
  const secret = await ensureInstallation(kernel);
  const auth = await openAuth(kernel, secret, options.localKey ?? newSecret('local'));
  kernel.auth = auth;
  ending.defer(() => auth.close());
  const tasks = await openTasks(whole);
  kernel.tasks = tasks;
  ending.defer(() => tasks.stop());
  const live = await openLive(kernel);
  kernel.live = live;
  ending.defer(() => live.stop());
  await tasks.work([listenerTask, ...kernel.modules.tasks()]);
  const publisher = startPublisher(kernel);
  ending.defer(() => publisher.stop());
  const stopModules = options.effects === false ? undefined : await startModules(kernel);
  let drained: Promise<void> | undefined;
  const drain = (): Promise<void> => (drained ??= stopModules?.() ?? Promise.resolve());
  ending.defer(drain);

  const stack = ending.move();
  return { kernel, drain, stop: () => stack.disposeAsync() };
}

async function ensureInstallation(kernel: Kernel): Promise<string> {
  const now = at(kernel.clock.now());
  await kernel.db.run(sql`
    insert into kernel.installation (cookie_secret, created_at) values (${randomBytes(32).toString('base64')}, ${now}) on conflict do nothing`);
  await kernel.db.run(
    sql`insert into kernel.stream (epoch, head) values (${newId(kernel.clock.now())}, 0) on conflict do nothing`,
  );
  const [row] = await kernel.db.rows(sql<{ cookie_secret: string }>`select cookie_secret from kernel.installation`);
  if (row === undefined) throw new Error('The installation row is missing.');
  return row.cookie_secret;
}
