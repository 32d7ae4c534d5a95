import { at, type Kernel, sql, type Tx } from '#kernel';
import { openLiveRuns } from './dispatch.ts';
import { tellChanged } from './ledger/changes.ts';
import { closeMissed } from './missed.ts';
import { periodAt, RETRY_MARGIN, retryLadderOf, SELF_HEALING_PERIOD } from './ledger/policy.ts';
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
  await writeHistory(tx, nodeId, ours);
  const retried = new Set<string>();
  for (const { run, result } of ours) {
    const trigger = triggers.get(run.trigger_id);
    if (result !== 'failed' || trigger === undefined) continue;
    if (await retry(tx, trigger, run, now)) retried.add(run.id);
  }
  const settled = ours.filter(({ run }) => !retried.has(run.id));
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

/** Locks triggers in the one order all transactions use. */
export async function lockTriggers(tx: Tx, ids: readonly string[]): Promise<Map<string, TriggerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows(
    sql<TriggerRow>`select * from engine.trigger where id = any(${ids}::uuid[]) order by id for no key update`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

interface Ended extends Omit<FinishedRun, 'run'> {
  readonly run: LiveRunRow;
}

async function writeHistory(tx: Tx, nodeId: string, ours: readonly Ended[]): Promise<void> {
  if (ours.length === 0) return;
  const lines = ours.map(({ run, result, finishedAt, detail }) => ({
    ...keyLine(run),
    attempt: run.attempt,
    id: run.id,
    cause: run.cause,
    started_at: at(run.started_at ?? finishedAt),
    finished_at: at(finishedAt),
    result,
    detail,
  }));
  await tx.run(sql`
    insert into engine.run (trigger_id, nominal_at, origin, attempt, id, cause, node_id, started_at, finished_at, result, detail)
    select l.trigger_id, l.nominal_at, l.origin, l.attempt, l.id, l.cause, ${nodeId}::uuid, l.started_at, l.finished_at, l.result, l.detail
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(trigger_id uuid, nominal_at timestamptz, origin text, attempt int, id uuid, cause text, started_at timestamptz, finished_at timestamptz,
        result text, detail jsonb)`);
}

async function writeOutcomes(tx: Tx, settled: readonly Ended[], now: number): Promise<void> {
  if (settled.length === 0) return;
  const lines = settled.map(({ run, result }) => ({ ...keyLine(run), status: result }));
  await tx.run(sql`
    update engine.occurrence o set status = l.status, settled_at = ${at(now)}, rev = nextval('engine.rev')
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(trigger_id uuid, nominal_at timestamptz, origin text, status text)
    where o.trigger_id = l.trigger_id and o.nominal_at = l.nominal_at and o.origin = l.origin and o.status = 'open'`);
}

function keyLine(run: Pick<LiveRunRow, 'trigger_id' | 'nominal_at' | 'origin'>): {
  trigger_id: string;
  nominal_at: string;
  origin: string;
} {
  return { trigger_id: run.trigger_id, nominal_at: at(run.nominal_at), origin: run.origin };
}

/** Queues the next attempt when the ladder has a rung left and it is out of the way of the next occurrence. */
async function retry(tx: Tx, trigger: TriggerRow, run: LiveRunRow, now: number): Promise<boolean> {
  // Each recovery raised the attempt without being a rung of the ladder.
  const wait = retryLadderOf(trigger.policy)[run.attempt - run.recoveries - 1];
  if (wait === undefined || trigger.state !== 'enabled') return false;
  const availableAt = now + wait;
  if (trigger.next_due_at !== null && availableAt > trigger.next_due_at - RETRY_MARGIN) return false;
  await openLiveRuns(tx, now, [
    {
      trigger,
      nominal: run.nominal_at,
      origin: run.origin,
      cause: 'retry',
      attempt: run.attempt + 1,
      availableAt,
      staleAt: null,
    },
  ]);
  return true;
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
    return run.cause === 'backfill' || periodAt(trigger, run.nominal_at) <= SELF_HEALING_PERIOD ? [trigger.id] : [];
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
    await kernel.events.emit(
      tx,
      'engine.run.settled',
      {
        trigger_id: run.trigger_id,
        module: run.owner_module,
        ref: run.context.owner_ref,
        run_id: run.id,
        status: result,
      },
      run.team_id,
    );
  }
}
