import { at, type Kernel, sql, type Tx } from '#kernel';
import { lockTriggers } from './commands/lock.ts';
import { tellChanged } from './ledger/changes.ts';
import { writeHistory } from './ledger/history.ts';
import { closeMissed } from './missed.ts';
import { RETRY_MARGIN, retryWaitOf, rhythmAt, SELF_HEALING_PERIOD } from './ledger/policy.ts';
import { keyLine, type NewLiveRun, openLiveRuns } from './queue.ts';
import type { LiveRunRow, Outcome, RunDetail, TriggerRow } from './schema.ts';
import { ownedBy } from './start.ts';

/** A run that has ended and waits to be written. */
export interface FinishedRun {
  readonly run: Pick<LiveRunRow, 'id' | 'trigger_id' | 'nominal_at' | 'origin' | 'attempt'>;
  readonly result: Outcome;
  readonly finishedAt: number;
  readonly detail: RunDetail;
}

/**
 * T4: writes outcomes, each once. The fence is in the delete: only the owner node's running row counts. What it does not
 * return was settled by somebody else, or by an earlier try of this very call.
 * @param nodeId the incarnation that carried the runs out
 * @returns the ids whose outcome this call wrote
 */
export async function finishRuns(
  kernel: Kernel,
  nodeId: string,
  finished: readonly FinishedRun[],
): Promise<ReadonlySet<string>> {
  if (finished.length === 0) return new Set();
  const now = kernel.clock.now();
  const written = await kernel.db.transaction((tx) => finishIn(kernel, tx, nodeId, finished, now));
  kernel.signals.raise('lane');
  return written;
}

/** The body of T4, also for recovery, which finishes what a dead node left an exit record of. */
export async function finishIn(
  kernel: Kernel,
  tx: Tx,
  nodeId: string,
  finished: readonly FinishedRun[],
  now: number,
): Promise<ReadonlySet<string>> {
  const triggers = await lockTriggers(tx, await triggersToLock(tx, finished));
  const deleted = await tx.rows(sql<LiveRunRow>`
    delete from engine.live_run where id = any(${finished.map(({ run }) => run.id)}::uuid[]) and node_id = ${nodeId} and state = 'running'
    returning *`);
  const live = new Map(deleted.map((run) => [run.id, run]));
  const ours = finished.flatMap((end) => {
    const run = live.get(end.run.id);
    return run === undefined ? [] : [{ ...end, run }];
  });
  await keepLateResults(
    tx,
    nodeId,
    finished.filter(({ run }) => !live.has(run.id)),
  );
  await writeHistory(tx, ours);
  const retries = ours.flatMap((end) => retryOf(end, triggers.get(end.run.trigger_id), now));
  await openLiveRuns(tx, now, retries);
  const retried = new Set(retries.map(({ after }) => after));
  const settled = ours.filter(({ run }) => !retried.has(run));
  await writeOutcomes(tx, settled, now);
  await heal(tx, triggers, settled, now);
  await tellChanged(
    kernel,
    tx,
    ours.map(({ run }) => ownedBy(run)),
  );
  await tellSettled(kernel, tx, settled);
  return new Set(live.keys());
}

/** Failures (their retry) and pending missed items (their closing) need the trigger's lock, before any live run is touched. */
async function triggersToLock(tx: Tx, finished: readonly FinishedRun[]): Promise<string[]> {
  const failed = finished.filter(({ result }) => result === 'failed').map(({ run }) => run.trigger_id);
  const succeeded = finished.filter(({ result }) => result === 'success').map(({ run }) => run.trigger_id);
  const pending = await tx.rows(sql<{ trigger_id: string }>`
    select trigger_id from engine.missed_item where state = 'pending' and trigger_id = any(${succeeded}::uuid[])`);
  return [...failed, ...pending.map(({ trigger_id }) => trigger_id)];
}

interface Ended extends Omit<FinishedRun, 'run'> {
  readonly run: LiveRunRow;
}

/** What an overloaded service answers: coming back soon makes it worse, so this waits for the next occurrence. */
const TOO_MANY_REQUESTS = 429;

/** The next attempt of a failed run, when the ladder has a rung left that is out of the way of the next occurrence. */
function retryOf(
  { run, result, detail }: Ended,
  trigger: TriggerRow | undefined,
  now: number,
): (NewLiveRun & { after: LiveRunRow })[] {
  if (result !== 'failed' || trigger === undefined || detail.http_status === TOO_MANY_REQUESTS) return [];
  // A trigger whose last occurrence this was has ended by now.
  if (trigger.state !== 'enabled' && trigger.state !== 'ended') return [];
  if (run.cancel_requested_at !== null) return [];
  const wait = retryWaitOf(trigger.policy, run);
  if (wait === undefined) return [];
  const availableAt = now + wait;
  if (trigger.next_due_at !== null && availableAt > trigger.next_due_at - RETRY_MARGIN) return [];
  const { nominal_at: nominal, origin, attempt } = run;
  return [{ trigger, nominal, origin, cause: 'retry', attempt: attempt + 1, availableAt, staleAt: null, after: run }];
}

async function writeOutcomes(tx: Tx, settled: readonly Ended[], now: number): Promise<void> {
  if (settled.length === 0) return;
  const lines = settled.map(({ run, result }) => ({ ...keyLine(run), status: result }));
  await tx.run(sql`
    update engine.occurrence o set status = l.status, settled_at = ${at(now)}, rev = nextval('engine.rev')
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(trigger_id uuid, nominal_at timestamptz, origin text, status text)
    where o.trigger_id = l.trigger_id and o.nominal_at = l.nominal_at and o.origin = l.origin and o.status = 'open'`);
}

/** A success answers the question of a pending item by itself where firings are frequent, or where a person had approved it. */
async function heal(
  tx: Tx,
  triggers: ReadonlyMap<string, TriggerRow>,
  settled: readonly Ended[],
  now: number,
): Promise<void> {
  const healed = settled.flatMap(({ run, result }) => {
    const trigger = triggers.get(run.trigger_id);
    if (result !== 'success' || trigger === undefined) return [];
    return run.cause === 'backfill' || rhythmAt(trigger, run.nominal_at) <= SELF_HEALING_PERIOD ? [trigger.id] : [];
  });
  await closeMissed(tx, healed, 'resolved_by_run', 'a later run that succeeded', now);
}

/** An outcome that comes after the run was written off changes nothing, but the person is shown it. */
async function keepLateResults(tx: Tx, nodeId: string, stale: readonly FinishedRun[]): Promise<void> {
  for (const { run, result } of stale) {
    await tx.run(sql`
      update engine.run set detail = detail || jsonb_build_object('late_result', ${result}::text)
      where id = ${run.id} and node_id = ${nodeId} and result = 'interrupted'`);
  }
}

async function tellSettled(kernel: Kernel, tx: Tx, settled: readonly Ended[]): Promise<void> {
  if (kernel.events.listeners('engine.run.settled').length === 0) return;
  for (const { run, result } of settled) {
    const { trigger_id, owner_module: module, context, id: run_id } = run;
    const payload = { trigger_id, module, ref: context.owner_ref, run_id, status: result };
    await kernel.events.emit(tx, 'engine.run.settled', payload, run.team_id);
  }
}
