import { existsSync } from 'node:fs';
import type { RawBuilder } from 'kysely';
import { type Caller, defineModule, type Kernel, sql, type Tx } from '#kernel';
import kernelManifest from '../kernel/manifest.ts';
import { type Harness, type HarnessOptions, openHarness } from '../kernel/testing/harness.ts';
import { ownerOf } from '../kernel/testing/http.ts';
import { auditLedger } from './audit/audit.ts';
import type { CarryOut, RunContext, RunResult } from './carry-out.ts';
import { createTrigger, type NewTrigger } from './commands/define.ts';
import engineManifest from './manifest.ts';
import { RENEW_EVERY } from './node.ts';
import { openWorker, type Worker } from './worker/worker.ts';

/** A run that a test holds in its hand: it ends when the test says so. */
export interface HeldRun {
  readonly context: RunContext;
  readonly signal: AbortSignal;
  finish(result?: RunResult): void;
}

export interface Story extends Harness {
  readonly owner: Caller;
  /** The present incarnation of this node. */
  readonly worker: Worker;
  /** Runs begun, oldest first. */
  readonly held: HeldRun[];
  /** When set, runs end by themselves with this. */
  answer: RunResult | undefined;
  create(trigger?: Partial<NewTrigger>): Promise<string>;
  /** One command of a person: `do(pauseTrigger, id, …)`. */
  do<Rest extends unknown[], T>(
    command: (kernel: Kernel, tx: Tx, caller: Caller, id: string, ...rest: Rest) => Promise<T>,
    id: string,
    ...rest: Rest
  ): Promise<T>;
  rows<Row>(statement: RawBuilder<Row>): Promise<Row[]>;
  /** Renews the lease, dispatches, starts and finishes until nothing is left to do at this instant. */
  turn(): Promise<void>;
  /** Waits until the runs begun are carried out or in the test's hand, and writes those that have ended. */
  settle(): Promise<void>;
  /** Lets time go by while the lease is renewed as its loop would. */
  live(ms: number): Promise<void>;
  /** Another node on the same database, with a home of its own. */
  another(options?: HarnessOptions): Promise<Story>;
  /** Kills this node and begins a new incarnation on its home. @returns the worker that does not know yet that it is dead */
  killAndRestart(): Promise<Worker>;
  /** Findings of the audit; a healthy ledger has none. */
  findings(): Promise<readonly unknown[]>;
  statuses(triggerId: string): Promise<string[]>;
}

let count = 0;

/** An engine with one owner module whose runs the test holds in its hand, driven pass by pass. */
export async function openStory(options: HarnessOptions = {}): Promise<Story> {
  const held: HeldRun[] = [];
  const over = new Set<string>();
  /** A runner that listens to nothing ends only with the test. */
  const disposed = Promise.withResolvers<RunResult>();
  let answer: RunResult | undefined;
  const carryOut: CarryOut = (context, _output, signal) => {
    if (answer !== undefined) {
      over.add(context.runId);
      return Promise.resolve(answer);
    }
    const { promise, resolve } = Promise.withResolvers<RunResult>();
    // As a runner of commands does: its folder is there.
    if (!existsSync(context.spool)) throw new Error('The folder of a run is missing.');
    held.push({ context, signal, finish: (result = { result: 'success' }) => end(result) });
    const end = (result: RunResult): void => {
      over.add(context.runId);
      resolve(result);
    };
    signal.addEventListener('abort', () =>
      end({ result: signal.reason === 'cancel' ? 'cancelled' : 'failed', error: `ended: ${String(signal.reason)}` }),
    );
    return promise;
  };
  const probe = defineModule({
    name: 'probe',
    version: '0.1.0',
    summary: 'Runs that a test holds in its hand',
    needs: ['engine'],
    installable: false,
    autoInstall: true,
    removable: false,
    permissions: {},
    fills: {
      'engine.carry_out': () => [
        { module: 'probe', carryOut },
        { module: 'deaf', carryOut: () => disposed.promise },
      ],
    },
  });
  const harness = await openHarness({ manifests: [kernelManifest, engineManifest, probe], ...options });
  const { kernel, clock } = harness;
  const owner = await ownerOf(harness);
  let worker = await openWorker(kernel);
  const dispose = harness[Symbol.asyncDispose].bind(harness);

  async function settle(): Promise<void> {
    const known = (id: string): boolean => over.has(id) || held.some(({ context }) => context.runId === id);
    await until(() => worker.begun().every(known));
    await until(() => worker.begun().every((id) => !over.has(id) || worker.ended().includes(id)));
    while ((await worker.finishPass()) === 0);
  }

  // The property must stay an accessor, so no Object.assign.
  return Object.defineProperties(
    harness,
    Object.getOwnPropertyDescriptors({
      owner,
      held,
      get worker() {
        return worker;
      },
      get answer() {
        return answer;
      },
      set answer(result: RunResult | undefined) {
        answer = result;
      },
      create(trigger: Partial<NewTrigger> = {}) {
        count += 1;
        return kernel.db.transaction((tx) =>
          createTrigger(kernel, tx, owner, {
            ownerModule: 'probe',
            ownerRef: `probe-${count}`,
            title: `Probe ${count}`,
            category: 'normal',
            recurrence: { kind: 'cron', expr: '* * * * *', zone: 'UTC' },
            policy: {},
            definition: {},
            ...trigger,
          }),
        );
      },
      do<Rest extends unknown[], T>(
        command: (kernel: Kernel, tx: Tx, caller: Caller, id: string, ...rest: Rest) => Promise<T>,
        id: string,
        ...rest: Rest
      ) {
        return kernel.db.transaction((tx) => command(kernel, tx, owner, id, ...rest));
      },
      rows: <Row>(statement: RawBuilder<Row>) => kernel.db.rows(statement),
      async turn() {
        await worker.heartbeatPass();
        while ((await worker.dispatchPass()) === 0);
        while ((await worker.startPass()) === 0);
        await settle();
      },
      settle,
      async live(ms: number) {
        for (let left = ms; left > 0; left -= RENEW_EVERY) {
          clock.advance(Math.min(left, RENEW_EVERY));
          await worker.heartbeatPass();
        }
      },
      another: (more: HarnessOptions = {}) => openStory({ database: harness.database, clock, ...more }),
      async killAndRestart() {
        const dead = worker;
        worker = await openWorker(kernel);
        return dead;
      },
      async findings() {
        return (await auditLedger(kernel)).findings;
      },
      async statuses(triggerId: string) {
        return statusesOf(kernel, triggerId);
      },
      async [Symbol.asyncDispose]() {
        for (const run of held) run.finish();
        disposed.resolve({ result: 'failed' });
        await worker.idle();
        await dispose();
      },
    }),
  ) as unknown as Story;
}

/** `origin status` of every occurrence of a trigger, oldest first. */
export async function statusesOf(kernel: Kernel, triggerId: string): Promise<string[]> {
  const rows = await kernel.db.rows(sql<{ origin: string; status: string }>`
    select origin, status from engine.occurrence where trigger_id = ${triggerId} order by nominal_at, origin`);
  return rows.map(({ origin, status }) => (origin === 'schedule' ? status : `${origin} ${status}`));
}

/** Lets the process go on with what it has begun until it is there. */
async function until(there: () => boolean): Promise<void> {
  while (!there()) await new Promise((resolve) => setImmediate(resolve));
}
