import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Kernel, type Loop, newId, sql, startLoop } from '#kernel';
import { type Carrier, openCarrier } from '../carry-out.ts';
import { dispatch } from '../dispatch.ts';
import { exitRecordResults, forgetSpools } from './exit-results.ts';
import { type FinishedRun, finishRuns, lockTriggers } from '../finish.ts';
import { endSurvivors } from '../guard/survivors.ts';
import { LEASE, reconcile, registerNode, RENEW_EVERY, renewLease, SILENCE, signOff } from '../node.ts';
import { ensureMonths } from '../ledger/partitions.ts';
import { buryExpired, buryPredecessors, interrupt, recoverRuns, sweepStale } from '../recover.ts';
import type { LiveRunRow } from '../schema.ts';
import { startRuns } from '../start.ts';

/** One node's part of the engine: each pass is what its loop calls, and what a test calls by hand. */
export interface Worker {
  readonly id: string;
  dispatchPass(): Promise<number>;
  startPass(): Promise<number>;
  finishPass(): Promise<number>;
  heartbeatPass(): Promise<number>;
  recoverPass(): Promise<number>;
  stalePass(): Promise<number>;
  outputPass(): Promise<number>;
  /** Runs begun and not yet written. */
  begun(): string[];
  /** Those of them that have ended and wait to be written. */
  ended(): string[];
  /** Resolves when the runs begun so far have ended and wait to be written. */
  idle(): Promise<void>;
  run(): void;
  /** Stops claiming, lets runs finish up to the drain limit, hands the rest back, signs off. */
  stop(): Promise<void>;
  /** Milliseconds since the dispatcher last completed a pass. */
  dispatcherAge(): number;
}

/** How long a finished run may wait for others to be written together with, in milliseconds. */
const GATHER = 5;
const STALE_EVERY = 1000;
const OUTPUT_EVERY = 300;
const RECOVER_EVERY = 5000;

/** Enters this process as a new incarnation, takes care of what earlier ones on the same home left, and stands ready. */
export async function openWorker(kernel: Kernel): Promise<Worker> {
  const { clock, config, log, signals } = kernel;
  const spoolRoot = path.join(config.home, 'spool');
  mkdirSync(spoolRoot, { recursive: true, mode: 0o700 });
  await ensureMonths(kernel);
  let id = newId(clock.now());
  let leaseSince = clock.now();
  let answered = clock.now();
  let starting: Promise<unknown> = Promise.resolve();
  let draining = false;
  const finished: FinishedRun[] = [];
  const loops: Loop[] = [];
  const carrier: Carrier = openCarrier(kernel, spoolRoot, (end) => {
    finished.push(end);
    finisher?.wake();
  });
  let finisher: Loop | undefined;

  await registerNode(kernel, { id, kind: 'local', home: config.home, tags: config.worker_tags });
  await buryPredecessors(kernel, config.home, id);
  await endSurvivors(spoolRoot);
  await recoverAll();
  forgetSpools(spoolRoot, new Set());

  /** Starts and reconciling exclude each other: a row whose start is on its way is not "never begun". */
  function exclusively<T>(act: () => Promise<T>): Promise<T> {
    const turn = starting.then(act, act);
    starting = turn.catch(() => {});
    return turn;
  }

  async function recoverAll(): Promise<void> {
    const results = await exitRecordResults(kernel, spoolRoot);
    while ((await recoverRuns(kernel, results)) > 0);
  }

  async function startPass(): Promise<number> {
    if (draining || clock.now() - answered > SILENCE) return STALE_EVERY;
    const lanes = await kernel.db.rows(sql<{ lane: string; soonest: number }>`
      select lane, min(available_at) as soonest from engine.live_run where state = 'queued' group by lane order by lane`);
    let begun = 0;
    for (const { lane } of lanes) {
      const started = await exclusively(async () => {
        const runs = await startRuns(kernel, lane, {
          nodeId: id,
          tags: config.worker_tags,
          capacity: config.node_capacity - carrier.begun().length,
        });
        for (const run of runs) carrier.begin(run);
        return runs.length;
      });
      begun += started;
    }
    const now = clock.now();
    const later = lanes.map(({ soonest }) => soonest - now).filter((wait) => wait > 0);
    return begun > 0 ? 0 : Math.min(STALE_EVERY, ...later);
  }

  async function finishPass(): Promise<number> {
    if (finished.length === 0) return STALE_EVERY;
    const batch = finished.slice(0, 200);
    // An unknown commit is repeated whole: what was written already is not returned again.
    await finishRuns(kernel, id, batch);
    finished.splice(0, batch.length);
    for (const { run } of batch) carrier.forget(run.id);
    forgetSpools(spoolRoot, new Set(carrier.begun()));
    return finished.length > 0 ? 0 : STALE_EVERY;
  }

  async function heartbeatPass(): Promise<number> {
    const cancel = await renewLease(kernel, id).catch((error: unknown) => {
      if (clock.now() - answered > SILENCE) carrier.end(carrier.repeatable(), 'fenced');
      throw error;
    });
    if (cancel === undefined) {
      await beginAnew();
      return RENEW_EVERY;
    }
    answered = clock.now();
    carrier.end(cancel, 'cancel');
    await exclusively(() => reconcile(kernel, id, carrier.begun()));
    return RENEW_EVERY;
  }

  /** Declared dead by another node: what runs here is no longer ours. */
  async function beginAnew(): Promise<void> {
    log.error({ node: id }, 'this node was declared dead; its runs are ended and it begins anew');
    const lost = carrier.begun();
    carrier.end(lost, 'fenced');
    for (const run of lost) carrier.forget(run);
    finished.length = 0;
    id = newId(clock.now());
    await registerNode(kernel, { id, kind: 'local', home: config.home, tags: config.worker_tags });
    leaseSince = clock.now();
    answered = leaseSince;
  }

  async function recoverPass(): Promise<number> {
    // Others are judged only by a node that held its own lease without a break: a database that was away is nobody's death.
    if (clock.now() - leaseSince < LEASE || clock.now() - answered > RENEW_EVERY * 2) return RECOVER_EVERY;
    await buryExpired(kernel);
    await recoverAll();
    return RECOVER_EVERY;
  }

  async function handBack(): Promise<void> {
    const ids = carrier.begun();
    carrier.end(ids, 'stop');
    await carrier.idle();
    await kernel.db.transaction(async (tx) => {
      const found = await tx.rows(
        sql<LiveRunRow>`select * from engine.live_run where node_id = ${id} and state = 'running'`,
      );
      await lockTriggers(
        tx,
        found.map(({ trigger_id }) => trigger_id),
      );
      const runs = await tx.rows(sql<LiveRunRow>`
        select * from engine.live_run where id = any(${found.map((run) => run.id)}::uuid[]) and node_id = ${id} and state = 'running' order by id for update`);
      await interrupt(kernel, tx, runs, clock.now(), 'Almanac was stopped');
    });
    for (const run of ids) carrier.forget(run);
  }

  const worker: Worker = {
    get id() {
      return id;
    },
    startPass,
    finishPass,
    heartbeatPass,
    recoverPass,
    begun: carrier.begun,
    ended: () => finished.map(({ run }) => run.id),
    idle: carrier.idle,
    dispatcherAge: () => loops[0]?.age() ?? 0,
    async dispatchPass() {
      if (draining) return RENEW_EVERY;
      const { triggers, nextDueAt } = await dispatch(kernel);
      if (triggers > 0) return 0;
      return nextDueAt === null ? RENEW_EVERY : Math.max(nextDueAt - clock.now(), 1);
    },
    async stalePass() {
      while ((await sweepStale(kernel)) > 0);
      return STALE_EVERY;
    },
    async outputPass() {
      await carrier.collect();
      return OUTPUT_EVERY;
    },
    run() {
      const loop = (name: string, pass: () => Promise<number>, most: number): Loop =>
        startLoop({
          name,
          clock,
          pass,
          most,
          onError: (error) => log.warn({ error, loop: name }, `${name} failed; it tries again`),
        });
      const dispatcher = loop('dispatch', () => worker.dispatchPass(), RENEW_EVERY);
      const starter = loop('start', startPass, STALE_EVERY);
      const heartbeat = loop('heartbeat', heartbeatPass, RENEW_EVERY);
      finisher = loop(
        'finish',
        async () => {
          await clock.wait(GATHER);
          return finishPass();
        },
        STALE_EVERY,
      );
      loops.push(
        dispatcher,
        starter,
        heartbeat,
        loop('recover', recoverPass, RECOVER_EVERY),
        loop('stale', () => worker.stalePass(), STALE_EVERY),
      );
      loops.push(loop('output', () => worker.outputPass(), OUTPUT_EVERY));
      silences.push(
        signals.on('due', () => dispatcher.wake()),
        signals.on('lane', () => starter.wake()),
        signals.on('cancel', () => heartbeat.wake()),
      );
    },
    async stop() {
      draining = true;
      const drained = new AbortController();
      await Promise.race([
        carrier.idle().then(() => drained.abort()),
        clock.wait(config.drain_seconds * 1000, drained.signal),
      ]);
      for (const silence of silences) silence();
      await Promise.all(loops.map((loop) => loop.stop()));
      await finisher?.stop();
      while (finished.length > 0) await finishPass();
      await handBack();
      await signOff(kernel, id);
    },
  };
  const silences: (() => void)[] = [];
  return worker;
}
