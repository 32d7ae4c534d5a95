import { RETRY_MARGIN, retryWaitOf } from './ledger/policy.ts';
import type { Cause, OccurrenceStatus, Origin, Policy } from './schema.ts';

/** What the engine should have done, in plain maps and without a database: the tests compare the ledger with it. */

const MINUTE = 60_000;
const PRIORITY: Readonly<Record<Cause, number>> = { manual: 0, schedule: 1, retry: 2, backfill: 3, recovery: 3 };

export interface ModelRun {
  readonly nominal: number;
  readonly origin: Origin;
  attempt: number;
  cause: Cause;
  state: 'queued' | 'running';
  availableAt: number;
  staleAt: number | null;
  recoveries: number;
  cancelled: boolean;
  /** Which of the nodes runs it, and whether it really began there. */
  node?: number;
  begun?: boolean;
}

export interface ModelTrigger {
  readonly id: string;
  readonly policy: Policy;
  /** It fires at every multiple of so many minutes. */
  every: number;
  state: 'enabled' | 'paused' | 'disabled';
  cursor: number;
  readonly rows: Map<string, OccurrenceStatus>;
  runs: ModelRun[];
}

export function keyOf(nominal: number, origin: Origin): string {
  return `${origin} ${nominal}`;
}

export function nextOf({ every }: ModelTrigger, after: number): number {
  const period = every * MINUTE;
  return (Math.floor(after / period) + 1) * period;
}

function graceOf({ every }: ModelTrigger): number {
  return Math.max((every * MINUTE) / 2, MINUTE);
}

/** Everything that fell due until now gets its row. */
export function dispatchModel(trigger: ModelTrigger, now: number): void {
  if (trigger.state === 'disabled') return;
  for (let nominal = nextOf(trigger, trigger.cursor); nominal <= now; nominal = nextOf(trigger, nominal)) {
    trigger.cursor = nominal;
    const status = decideModel(trigger, nominal, now);
    trigger.rows.set(keyOf(nominal, 'schedule'), status);
    if (status === 'open') trigger.runs.push(newRun(nominal, 'schedule', nominal, nominal + graceOf(trigger)));
  }
}

function decideModel(trigger: ModelTrigger, nominal: number, now: number): OccurrenceStatus {
  if (trigger.state === 'paused') return 'suppressed';
  if (now - nominal > graceOf(trigger)) return 'missed';
  return trigger.runs.length > 0 && trigger.policy.overlap !== 'allow' ? 'skipped' : 'open';
}

function newRun(nominal: number, origin: Origin, availableAt: number, staleAt: number | null): ModelRun {
  const cause = origin === 'manual' ? 'manual' : 'schedule';
  return { nominal, origin, attempt: 1, cause, state: 'queued', availableAt, staleAt, recoveries: 0, cancelled: false };
}

/** A command that changes the trigger: first what was due, then the cursor at now, then what waits. */
export function changeModel(
  trigger: ModelTrigger,
  now: number,
  change: Partial<Pick<ModelTrigger, 'every' | 'state'>>,
  queued?: 'suppressed' | 'cancelled',
): void {
  dispatchModel(trigger, now);
  trigger.cursor = Math.max(trigger.cursor, now);
  if (queued !== undefined) {
    for (const run of trigger.runs.filter(({ state }) => state === 'queued'))
      settleModel(trigger, run, unstarted(run, queued));
  }
  Object.assign(trigger, change);
}

export function unstarted({ cause }: ModelRun, as: 'suppressed' | 'cancelled'): OccurrenceStatus {
  return cause === 'retry' ? 'failed' : as;
}

export function settleModel(trigger: ModelTrigger, run: ModelRun, status: OccurrenceStatus): void {
  trigger.runs = trigger.runs.filter((other) => other !== run);
  trigger.rows.set(keyOf(run.nominal, run.origin), status);
}

/** @returns whether it is allowed; if not, nothing has changed */
export function runNowModel(trigger: ModelTrigger, now: number): boolean {
  const before = { cursor: trigger.cursor, rows: new Map(trigger.rows), runs: [...trigger.runs] };
  dispatchModel(trigger, now);
  if (trigger.policy.overlap !== 'allow' && trigger.runs.some(({ availableAt }) => availableAt <= now)) {
    trigger.cursor = before.cursor;
    trigger.runs = before.runs;
    for (const key of trigger.rows.keys()) if (!before.rows.has(key)) trigger.rows.delete(key);
    return false;
  }
  let nominal = now;
  while (trigger.rows.has(keyOf(nominal, 'manual'))) nominal++;
  trigger.rows.set(keyOf(nominal, 'manual'), 'open');
  trigger.runs.push(newRun(nominal, 'manual', now, null));
  return true;
}

/** Everything that may start does; of runs that exclude each other the first. */
export function startModel(trigger: ModelTrigger, now: number, node: number, begun: boolean): void {
  const ready = trigger.runs
    .filter((run) => run.state === 'queued' && run.availableAt <= now && (run.staleAt === null || run.staleAt > now))
    .sort((a, b) => PRIORITY[a.cause] - PRIORITY[b.cause] || a.availableAt - b.availableAt);
  const alone = trigger.policy.overlap !== 'allow';
  if (alone && trigger.runs.some(({ state }) => state === 'running')) return;
  for (const run of alone ? ready.slice(0, 1) : ready) Object.assign(run, { state: 'running', node, begun });
}

/** A node's heartbeat: what it never began is given back, what it carries out hears that it is cancelled. */
export function heartbeatModel(trigger: ModelTrigger, node: number): void {
  for (const run of trigger.runs.filter((one) => one.state === 'running' && one.node === node)) {
    if (run.cancelled) settleModel(trigger, run, 'cancelled');
    else if (run.begun === false) giveBack(run);
  }
}

function giveBack(run: ModelRun): void {
  run.state = 'queued';
  delete run.node;
  delete run.begun;
}

export function sweepModel(trigger: ModelTrigger, now: number): void {
  for (const run of trigger.runs.filter(
    ({ state, staleAt }) => state === 'queued' && staleAt !== null && staleAt < now,
  )) {
    settleModel(trigger, run, trigger.state === 'paused' ? 'suppressed' : 'missed');
  }
}

export function finishModel(
  trigger: ModelTrigger,
  run: ModelRun,
  id: string,
  result: 'success' | 'failed',
  now: number,
): void {
  if (result === 'success') {
    settleModel(trigger, run, 'success');
    for (const [key, status] of trigger.rows) if (status === 'missed') trigger.rows.set(key, 'superseded');
    return;
  }
  const wait = retryWaitOf(trigger.policy, { id, attempt: run.attempt, recoveries: run.recoveries });
  const inTheWay = wait !== undefined && now + wait > nextOf(trigger, trigger.cursor) - RETRY_MARGIN;
  if (wait === undefined || inTheWay || trigger.state !== 'enabled' || run.cancelled)
    return settleModel(trigger, run, 'failed');
  giveBack(run);
  Object.assign(run, { attempt: run.attempt + 1, cause: 'retry', availableAt: now + wait, staleAt: null });
}

/** The node dies and its successor on the same home recovers at once. */
export function killModel(trigger: ModelTrigger, node: number, now: number): void {
  for (const run of trigger.runs.filter((one) => one.state === 'running' && one.node === node)) {
    if (run.cancelled) settleModel(trigger, run, 'cancelled');
    else if (trigger.policy.repeatable === true && trigger.state === 'enabled' && run.recoveries < 2) {
      giveBack(run);
      const { attempt, recoveries } = run;
      Object.assign(run, {
        attempt: attempt + 1,
        recoveries: recoveries + 1,
        cause: 'recovery',
        availableAt: now,
        staleAt: null,
      });
    } else settleModel(trigger, run, 'missed');
  }
}
