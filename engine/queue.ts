import { at, atOrNull, newId, sql, type Tx } from '#kernel';
import { mutexOf, timeoutOf } from './ledger/policy.ts';
import type { LiveRunContext, LiveRunRow, OccurrenceKey, Origin, TriggerRow } from './schema.ts';

/** What goes into the queue of live runs, and what becomes of it when it is taken out unstarted. */

export interface NewLiveRun {
  readonly trigger: TriggerRow;
  readonly nominal: number;
  readonly origin: Origin;
  readonly cause: 'schedule' | 'manual' | 'backfill' | 'retry';
  readonly attempt: number;
  readonly availableAt: number;
  /** Queued beyond this instant it is missed; null: it may wait for ever. */
  readonly staleAt: number | null;
  /** The run of the same occurrence that came before: the new one carries out the same definition. */
  readonly after?: Pick<LiveRunRow, 'context' | 'recoveries'>;
}

/** Manual before schedule before retry before the rest. */
const PRIORITY = { manual: 0, schedule: 1, retry: 2, backfill: 3, recovery: 3 } as const;
export const PRIORITIES: ReadonlySet<number> = new Set(Object.values(PRIORITY));

/** Puts runs into the queue. @returns their ids, in the order given */
export async function openLiveRuns(tx: Tx, now: number, wanted: readonly NewLiveRun[]): Promise<string[]> {
  if (wanted.length === 0) return [];
  const lines = wanted.map((run) => ({ ...liveRunLine(run), id: newId(now) }));
  await tx.run(sql`
    insert into engine.live_run (id, trigger_id, nominal_at, origin, attempt, cause, team_id, owner_module, lane, priority, mutex, tags, repeatable,
      recoveries, available_at, stale_at, state, context)
    select l.id, l.trigger_id, l.nominal_at, l.origin, l.attempt, l.cause, l.team_id, l.owner_module, l.lane, l.priority, l.mutex, l.tags, l.repeatable,
      l.recoveries, l.available_at, l.stale_at, 'queued', l.context
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(id uuid, trigger_id uuid, nominal_at timestamptz, origin text, attempt int, cause text, team_id uuid, owner_module text, lane text,
        priority int, mutex text, tags text[], repeatable boolean, recoveries int, available_at timestamptz, stale_at timestamptz, context jsonb)`);
  return lines.map(({ id }) => id);
}

function liveRunLine(run: NewLiveRun): object {
  const { trigger, cause, after } = run;
  return {
    trigger_id: trigger.id,
    nominal_at: at(run.nominal),
    origin: run.origin,
    attempt: run.attempt,
    cause,
    team_id: trigger.team_id,
    owner_module: trigger.owner_module,
    lane: trigger.lane,
    priority: PRIORITY[cause],
    mutex: mutexOf(trigger),
    tags: trigger.policy.tags ?? [],
    repeatable: trigger.policy.repeatable === true,
    recoveries: after?.recoveries ?? 0,
    available_at: at(run.availableAt),
    stale_at: atOrNull(run.staleAt),
    context: after?.context ?? contextOf(trigger),
  };
}

function contextOf({ owner_ref, title, zone, definition, policy }: TriggerRow): LiveRunContext {
  return { owner_ref, title, zone, definition, timeout_ms: timeoutOf(policy) };
}

/**
 * Queues runs that their node left behind once more, each as a new attempt: a new run with an id and an output of its own.
 */
export async function queueAgain(tx: Tx, now: number, runs: readonly LiveRunRow[]): Promise<void> {
  if (runs.length === 0) return;
  await tx.run(sql`
    update engine.live_run l set id = n.new_id, state = 'queued', attempt = attempt + 1, recoveries = recoveries + 1, cause = 'recovery',
      priority = ${PRIORITY.recovery}, node_id = null, started_at = null, deadline_at = null, stale_at = null, available_at = ${at(now)}
    from unnest(${runs.map(({ id }) => id)}::uuid[], ${runs.map(() => newId(now))}::uuid[]) as n(old_id, new_id)
    where l.id = n.old_id`);
}

/** Takes all queued runs of a locked trigger out; running ones go on. */
export async function settleQueued(
  tx: Tx,
  triggerId: string,
  as: 'suppressed' | 'cancelled',
  why: string,
  now: number,
): Promise<void> {
  const queued = await tx.rows(sql<LiveRunRow>`
    select * from engine.live_run where trigger_id = ${triggerId} and state = 'queued' order by id for update`);
  await settleUnstarted(tx, queued, as, why, now);
}

/** A retry that waits belongs to an attempt that failed, so its occurrence becomes what it was: failed. */
export async function settleUnstarted(
  tx: Tx,
  runs: readonly (OccurrenceKey & Pick<LiveRunRow, 'id' | 'cause'>)[],
  as: 'suppressed' | 'cancelled',
  why: string,
  now: number,
): Promise<void> {
  if (runs.length === 0) return;
  await tx.run(sql`delete from engine.live_run where id = any(${runs.map(({ id }) => id)}::uuid[])`);
  const lines = runs.map((run) => ({ ...keyLine(run), status: run.cause === 'retry' ? 'failed' : as }));
  await tx.run(sql`
    update engine.occurrence o set status = l.status, reason = ${why}, settled_at = ${at(now)}, rev = nextval('engine.rev')
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(trigger_id uuid, nominal_at timestamptz, origin text, status text)
    where o.trigger_id = l.trigger_id and o.nominal_at = l.nominal_at and o.origin = l.origin and o.status = 'open'`);
}

/** The key of an occurrence on its way into SQL. */
export function keyLine(key: OccurrenceKey): { trigger_id: string; nominal_at: string; origin: Origin } {
  return { trigger_id: key.trigger_id, nominal_at: at(key.nominal_at), origin: key.origin };
}
