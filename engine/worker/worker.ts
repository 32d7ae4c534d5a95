import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Kernel, type Loop, startLoop } from '#kernel';
import { endPauses } from '../commands/state.ts';
import { dispatch, isFaultOfData } from '../dispatch.ts';
import { type FinishedRun, finishRuns } from '../finish.ts';
import { endSurvivors } from '../guard/survivors.ts';
import { buryExpired, buryPredecessors, reconcile, RENEW_EVERY, signOff } from '../node.ts';
import { sweepStale } from '../recover.ts';
import { type Started, startRuns, waitingLanes } from '../start.ts';
import { type Carrier, openCarrier } from './carrier.ts';
import { clearSpools } from './exit-results.ts';
import { readFacts } from './facts.ts';
import { giveBack, recoverAll } from './give-back.ts';
import { openLease } from './lease.ts';

/** One node's part of the engine: each pass is what its loop calls, and what a test calls by hand. */
export interface Worker {
  readonly id: string;
  /** Each pass answers how many milliseconds its loop may sleep. */
  dispatchPass(): Promise<number>;
  startPass(): Promise<number>;
  finishPass(): Promise<number>;
  heartbeatPass(): Promise<number>;
  recoverPass(): Promise<number>;
  stalePass(): Promise<number>;
  outputPass(): Promise<number>;
  /** Runs begun and not yet written. */
  begun(): string[];
  /** Those of them that have ended and wait to be written or given back. */
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
/** Most runs that are written at once. */
const WRITTEN_AT_ONCE = 500;
const STALE_EVERY = 1000;
const OUTPUT_EVERY = 300;
const RECOVER_EVERY = 5000;
/** Another node holds the lock that we need; it will not be long. */
const LOCKED_ELSEWHERE = 20;
/** What runs may take to end once they are told that the server stops: TERM, ten seconds, KILL, and a margin. */
const LAST_WORDS = 15_000;

/** Enters this process as a new incarnation, takes care of what earlier ones on the same home left, and stands ready. */
export async function openWorker(kernel: Kernel): Promise<Worker> {
  const { clock, config, log, signals } = kernel;
  const spoolRoot = path.join(config.home, 'spool');
  mkdirSync(spoolRoot, { recursive: true, mode: 0o700 });
  let starting: Promise<unknown> = Promise.resolve();
  let draining = false;
  let finished: { readonly nodeId: string; readonly end: FinishedRun }[] = [];
  const loops: Loop[] = [];
  const silences: (() => void)[] = [];
  let finisher: Loop | undefined;
  const carrier: Carrier = openCarrier(kernel, spoolRoot, ({ node_id }, end) => {
    finished.push({ nodeId: node_id ?? '', end });
    finisher?.wake();
  });
  const lease = openLease(kernel);

  await lease.register();
  await buryPredecessors(kernel, config.home, lease.id);
  await endSurvivors(spoolRoot);
  await recoverAll(kernel, spoolRoot);
  await clearSpools(kernel, spoolRoot, []);

  /** Starts, reconciling and a new beginning exclude each other: a row whose start is on its way is not "never begun". */
  function exclusively<T>(act: () => Promise<T>): Promise<T> {
    const turn = starting.then(act, act);
    starting = turn.catch(() => {});
    return turn;
  }

  async function startPass(): Promise<number> {
    if (draining || lease.isSilent()) return STALE_EVERY;
    const lanes = await waitingLanes(kernel);
    const now = clock.now();
    const waits = lanes.map(({ soonest }) => soonest - now).filter((wait) => wait > 0);
    for (const { lane, soonest } of lanes) {
      if (soonest > now) continue;
      const started = await exclusively(() => startIn(lane));
      if (started === undefined) waits.push(LOCKED_ELSEWHERE);
      else if (started.runs.length > 0 && !started.full) waits.push(0);
    }
    return Math.min(STALE_EVERY, ...waits);
  }

  async function startIn(lane: string): Promise<Started | undefined> {
    const capacity = config.node_capacity - carrier.begun().length;
    const started = await startRuns(kernel, lane, { nodeId: lease.id, tags: config.worker_tags, capacity });
    if (started === undefined || started.runs.length === 0) return started;
    // Should this fail, none of them was begun, and reconciling gives them back.
    const facts = await readFacts(kernel, started.runs);
    for (const run of started.runs) carrier.begin(run, facts.get(run.trigger_id));
    return started;
  }

  async function finishPass(): Promise<number> {
    const batch = finished.slice(0, WRITTEN_AT_ONCE);
    for (const [nodeId, group] of Map.groupBy(batch, (one) => one.nodeId)) {
      const ends = group.map(({ end }) => end);
      // An unknown commit is repeated whole: what was written already is not returned again.
      await finishRuns(kernel, nodeId, ends).catch((error: unknown) => finishOneByOne(nodeId, ends, error));
      await written(ends);
    }
    return finished.length > 0 ? 0 : STALE_EVERY;
  }

  /** More may end in a moment, while others are still running. */
  async function gather(): Promise<void> {
    if (finished.length < carrier.begun().length) await clock.wait(GATHER);
  }

  async function written(ends: readonly FinishedRun[]): Promise<void> {
    const ids = new Set(ends.map(({ run }) => run.id));
    finished = finished.filter(({ end }) => !ids.has(end.run.id));
    await carrier.forget([...ids]);
  }

  /** One run that cannot be written must not keep the others from their outcome; it is tried again and again. */
  async function finishOneByOne(nodeId: string, ends: readonly FinishedRun[], cause: unknown): Promise<void> {
    if (ends.length === 1 || !isFaultOfData(cause)) throw cause;
    let failure: unknown;
    for (const end of ends) {
      try {
        await finishRuns(kernel, nodeId, [end]);
        await written([end]);
      } catch (error) {
        failure ??= error;
      }
    }
    const tried = new Set(ends);
    finished = [...finished.filter(({ end }) => !tried.has(end)), ...finished.filter(({ end }) => tried.has(end))];
    if (failure !== undefined) throw failure;
  }

  async function heartbeatPass(): Promise<number> {
    const cancel = await lease.renew().catch((error: unknown) => {
      if (lease.isSilent()) carrier.end(carrier.repeatable(), 'fenced');
      throw error;
    });
    if (cancel === undefined) {
      await exclusively(beginAnew);
      return RENEW_EVERY;
    }
    carrier.end(cancel, 'cancel');
    const cut = carrier.cut();
    await giveBack(kernel, spoolRoot, lease.id, cut, 'the database did not answer for too long');
    await carrier.forget(cut);
    await exclusively(() => reconcile(kernel, lease.id, carrier.begun()));
    return RENEW_EVERY;
  }

  /** Declared dead by another node: what runs here is no longer ours. What has ended already is told as a late result. */
  async function beginAnew(): Promise<void> {
    log.error({ node: lease.id }, 'this node was declared dead; its runs are ended and it begins anew');
    carrier.end(carrier.begun(), 'fenced');
    await lease.register();
  }

  async function recoverPass(): Promise<number> {
    if (!lease.mayJudge()) return RECOVER_EVERY;
    await buryExpired(kernel);
    await recoverAll(kernel, spoolRoot);
    return RECOVER_EVERY;
  }

  async function stop(): Promise<void> {
    draining = true;
    await within(config.drain_seconds * 1000);
    for (const silence of silences) silence();
    await Promise.all(loops.map((loop) => loop.stop()));
    await finisher?.stop();
    await finishAll();
    carrier.end(carrier.begun(), 'stop');
    await within(LAST_WORDS);
    await finishAll();
    await giveBack(kernel, spoolRoot, lease.id, carrier.begun(), 'Almanac was stopped');
    await signOff(kernel, lease.id);
  }

  /** Writes what has ended, as far as it can be written. */
  async function finishAll(): Promise<void> {
    for (let before = Number.POSITIVE_INFINITY; finished.length > 0 && finished.length < before;) {
      before = finished.length;
      await finishPass().catch((error: unknown) => log.warn({ error }, 'runs that have ended could not be written'));
    }
  }

  /** Waits for the runs to end, but not longer than this. */
  async function within(ms: number): Promise<void> {
    const idle = new AbortController();
    await Promise.race([carrier.idle().then(() => idle.abort()), clock.wait(ms, idle.signal)]);
  }

  async function dispatchPass(): Promise<number> {
    if (draining) return RENEW_EVERY;
    const { triggers, nextDueAt } = await dispatch(kernel);
    if ((await endPauses(kernel)) > 0 || triggers > 0) return 0;
    const wait = nextDueAt === null ? RENEW_EVERY : nextDueAt - clock.now();
    return wait > 0 ? wait : LOCKED_ELSEWHERE;
  }

  async function stalePass(): Promise<number> {
    while ((await sweepStale(kernel)) > 0);
    return STALE_EVERY;
  }

  async function outputPass(): Promise<number> {
    await carrier.collect();
    return OUTPUT_EVERY;
  }

  return {
    get id() {
      return lease.id;
    },
    startPass,
    finishPass,
    heartbeatPass,
    recoverPass,
    begun: () => carrier.begun(),
    ended: () => [...finished.map(({ end }) => end.run.id), ...carrier.cut()],
    idle: () => carrier.idle(),
    dispatcherAge: () => loops[0]?.age() ?? 0,
    dispatchPass,
    stalePass,
    outputPass,
    run() {
      const loop = (name: string, pass: () => Promise<number>, most: number): Loop => {
        const onError = (error: unknown): void => log.warn({ error, loop: name }, `${name} failed; it tries again`);
        return startLoop({ name, clock, pass, most, onError });
      };
      const dispatcher = loop('dispatch', dispatchPass, RENEW_EVERY);
      const starter = loop('start', startPass, STALE_EVERY);
      const heartbeat = loop('heartbeat', heartbeatPass, RENEW_EVERY);
      finisher = loop('finish', () => gather().then(finishPass), STALE_EVERY);
      loops.push(dispatcher, starter, heartbeat, loop('recover', recoverPass, RECOVER_EVERY));
      loops.push(loop('stale', stalePass, STALE_EVERY), loop('output', outputPass, OUTPUT_EVERY));
      silences.push(
        signals.on('due', () => dispatcher.wake()),
        signals.on('lane', () => starter.wake()),
      );
      silences.push(signals.on('cancel', () => heartbeat.wake()));
    },
    stop,
  };
}
