import { at, type Kernel, sql, type Tx } from '#kernel';
import { lockTriggers } from './commands/lock.ts';
import { tellChanged } from './ledger/changes.ts';
import { closeMissed } from './missed.ts';
import { RETRY_MARGIN, retryWaitOf, rhythmAt, SELF_HEALING_PERIOD } from './ledger/policy.ts';
import { type NewLiveRun, openLiveRuns } from './queue.ts';
import type { LiveRunRow, OccurrenceKey, Outcome, RunDetail, TriggerRow } from './schema.ts';

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
  const retries = await retriesOf(tx, nodeId, finished, triggers, now);
  const retried = new Set(retries.map(({ after }) => after.id));
  const ours = await writeResults(tx, nodeId, finished, retried, now);
  const written = new Set(ours.map(({ id }) => id));
  await openLiveRuns(
    tx,
    now,
    retries.filter(({ after }) => written.has(after.id)),
  );
  await keepLateResults(
    tx,
    nodeId,
    finished.filter(({ run }) => !written.has(run.id)),
  );
  const settled = ours.filter(({ id }) => !retried.has(id));
  await heal(tx, triggers, settled, now);
  await tellChanged(kernel, tx, ours);
  await tellSettled(kernel, tx, settled);
  return written;
}

/** Failures (their retry) and pending missed items (their closing) need the trigger's lock, before any live run is touched. */
async function triggersToLock(tx: Tx, finished: readonly FinishedRun[]): Promise<string[]> {
  const failed = finished.filter(({ result }) => result === 'failed').map(({ run }) => run.trigger_id);
  const succeeded = finished.filter(({ result }) => result === 'success').map(({ run }) => run.trigger_id);
  const pending = await tx.rows(sql<{ trigger_id: string }>`
    select trigger_id from engine.missed_item where state = 'pending' and trigger_id = any(${succeeded}::uuid[])`);
  return [...failed, ...pending.map(({ trigger_id }) => trigger_id)];
}

/** What an overloaded service answers: coming back soon makes it worse, so this waits for the next occurrence. */
const TOO_MANY_REQUESTS = 429;

type Retry = NewLiveRun & { readonly after: LiveRunRow };

/** The next attempts of failed runs, where the ladder has a rung left that is out of the way of the next occurrence. */
async function retriesOf(
  tx: Tx,
  nodeId: string,
  finished: readonly FinishedRun[],
  triggers: ReadonlyMap<string, TriggerRow>,
  now: number,
): Promise<Retry[]> {
  const failed = finished.filter(
    ({ result, detail }) => result === 'failed' && detail.http_status !== TOO_MANY_REQUESTS,
  );
  if (failed.length === 0) return [];
  const runs = await tx.rows(sql<LiveRunRow>`
    select * from engine.live_run
    where id = any(${failed.map(({ run }) => run.id)}::uuid[]) and node_id = ${nodeId} and state = 'running' order by id for update`);
  return runs.flatMap((run) => retryOf(run, triggers.get(run.trigger_id), now));
}

function retryOf(run: LiveRunRow, trigger: TriggerRow | undefined, now: number): Retry[] {
  // A trigger whose last occurrence this was has ended by now.
  const planned = trigger?.state === 'enabled' || trigger?.state === 'ended';
  const wait = planned && run.cancel_requested_at === null ? retryWaitOf(trigger.policy, run) : undefined;
  if (wait === undefined || trigger === undefined) return [];
  const availableAt = now + wait;
  if (trigger.next_due_at !== null && availableAt > trigger.next_due_at - RETRY_MARGIN) return [];
  const { nominal_at: nominal, origin, attempt } = run;
  return [{ trigger, nominal, origin, cause: 'retry', attempt: attempt + 1, availableAt, staleAt: null, after: run }];
}

interface Written extends OccurrenceKey {
  readonly id: string;
  readonly cause: LiveRunRow['cause'];
  readonly team_id: string;
  readonly owner_module: string;
  readonly owner_ref: string;
  readonly result: Outcome;
}

/**
 * Takes the runs off the node, writes their history, and the outcome of those that are not retried: one statement, since
 * every run comes through here.
 */
function writeResults(
  tx: Tx,
  nodeId: string,
  finished: readonly FinishedRun[],
  retried: ReadonlySet<string>,
  now: number,
): Promise<Written[]> {
  const lines = finished.map(({ run: { id }, result, finishedAt, detail }) => ({
    id,
    result,
    finished_at: at(finishedAt),
    detail,
    settles: !retried.has(id),
  }));
  return tx.rows(sql<Written>`
    with ended as (
      select * from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(id uuid, result text, finished_at timestamptz, detail jsonb, settles boolean)
    ), gone as (
      delete from engine.live_run r using ended e
      where r.id = any(${lines.map(({ id }) => id)}::uuid[]) and r.id = e.id and r.node_id = ${nodeId} and r.state = 'running'
      returning r.*, e.result, e.finished_at, e.detail, e.settles
    ), past as (
      insert into engine.run (trigger_id, nominal_at, origin, attempt, id, cause, node_id, started_at, finished_at, result, detail)
      select trigger_id, nominal_at, origin, attempt, id, cause, node_id, started_at, finished_at, result, detail from gone
    ), outcome as (
      update engine.occurrence o set status = g.result, settled_at = ${at(now)}, rev = nextval('engine.rev')
      from gone g
      where g.settles and o.trigger_id = g.trigger_id and o.nominal_at = g.nominal_at and o.origin = g.origin and o.status = 'open'
    )
    select id, trigger_id, nominal_at, origin, cause, team_id, owner_module, context ->> 'owner_ref' as owner_ref, result from gone`);
}

/** A success answers the question of a pending item by itself where firings are frequent, or where a person had approved it. */
async function heal(
  tx: Tx,
  triggers: ReadonlyMap<string, TriggerRow>,
  settled: readonly Written[],
  now: number,
): Promise<void> {
  const healed = settled.flatMap(({ trigger_id, nominal_at, cause, result }) => {
    const trigger = triggers.get(trigger_id);
    if (result !== 'success' || trigger === undefined) return [];
    return cause === 'backfill' || rhythmAt(trigger, nominal_at) <= SELF_HEALING_PERIOD ? [trigger_id] : [];
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

async function tellSettled(kernel: Kernel, tx: Tx, settled: readonly Written[]): Promise<void> {
  if (kernel.events.listeners('engine.run.settled').length === 0) return;
  for (const { trigger_id, owner_module: module, owner_ref: ref, id: run_id, result: status, team_id } of settled) {
    await kernel.events.emit(tx, 'engine.run.settled', { trigger_id, module, ref, run_id, status }, team_id);
  }
}
