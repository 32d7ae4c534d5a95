import { compile, type Recurrence } from '#time/recurrence.ts';
import { at, type Kernel, sql, type Tx } from '#kernel';
import { isPausedAt } from '../decide.ts';
import { expand, foldedInstants } from './folded.ts';
import type { LiveRunRow, OccurrenceRow, TriggerRow } from '../schema.ts';

/** The wire's status of an occurrence (spec 5.2). */
export type WireStatus =
  | 'scheduled'
  | 'queued'
  | 'running'
  | 'success'
  | 'failed'
  | 'missed'
  | 'paused'
  | 'disabled'
  | 'skipped'
  | 'cancelled'
  | 'suppressed'
  | 'superseded';

/** One occurrence on the axis: a row of the ledger in the past, an expanded instant in the future. */
export interface TimelineEntry {
  readonly triggerId: string;
  readonly nominalAt: number;
  readonly origin: OccurrenceRow['origin'];
  readonly status: WireStatus;
  readonly subStatus?: string;
  readonly reason?: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly runId?: string;
  readonly rev: number;
}

export interface Timeline {
  readonly triggers: readonly TriggerRow[];
  readonly entries: readonly TimelineEntry[];
  /** Median duration of the last runs in milliseconds, by trigger. */
  readonly durations: ReadonlyMap<string, number>;
}

export interface TimelineQuestion {
  readonly teamId: string;
  readonly ownerModule: string;
  /** Half-open, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Only this trigger. */
  readonly triggerId?: string;
  /** Enough for whoever asks: what lies behind so many entries may be left out. */
  readonly most?: number;
}

/**
 * Past from the ledger, future by the same expansion that dispatch uses: what is shown is what will be run. Both are of one
 * moment, so they meet at each trigger's cursor without a gap and without an overlap.
 */
export function readTimeline(kernel: Kernel, asked: TimelineQuestion): Promise<Timeline> {
  const only = asked.triggerId === undefined ? sql`` : sql`and t.id = ${asked.triggerId}`;
  return kernel.db.transaction(async (tx) => {
    await tx.run(sql`set transaction isolation level repeatable read read only`);
    const triggers = await tx.rows(sql<TriggerRow>`
      select * from engine.trigger t
      where t.team_id = ${asked.teamId} and t.owner_module = ${asked.ownerModule} ${only}
        -- A deleted one has left a past, up to when it was deleted.
        and (t.state <> 'deleted' or t.updated_at >= ${at(asked.from)}) order by t.title, t.id`);
    const question = { ...asked, to: enoughUntil(triggers, asked) };
    const ids = triggers.map(({ id }) => id);
    const now = kernel.clock.now();
    const entries = [
      ...(await readPast(tx, question, ids)),
      ...(await readFolded(tx, question, ids)),
      ...triggers.flatMap((trigger) => expandFuture(trigger, question, now)),
    ];
    return { triggers, entries, durations: await readDurations(tx, ids) };
  });
}

/**
 * The earliest end of the range by which there are more entries than are wanted; the end itself when there are not so many.
 * Counting costs nothing beside drawing.
 */
function enoughUntil(triggers: readonly TriggerRow[], { from, to, most }: TimelineQuestion): number {
  if (most === undefined) return to;
  const planned = triggers.filter(({ state }) => state === 'enabled' || state === 'paused');
  const countUntil = (end: number): number =>
    planned.reduce(
      (sum, { recurrence, cursor_at }) => sum + countBetween(recurrence, Math.max(from, cursor_at + 1), end),
      0,
    );
  if (countUntil(to) <= most) return to;
  let few = from;
  let enough = to;
  while (enough - few > 1000) {
    const middle = Math.floor((few + enough) / 2);
    if (countUntil(middle) > most) enough = middle;
    else few = middle;
  }
  return enough;
}

/** 0 also for a recurrence that cannot be read. */
function countBetween(recurrence: Recurrence, from: number, to: number): number {
  try {
    return from < to ? compile(recurrence).count(from, to) : 0;
  } catch {
    return 0;
  }
}

/** A row of a long backlog stands for many instants: each is shown where it was. */
async function readFolded(tx: Tx, range: TimelineQuestion, ids: readonly string[]): Promise<TimelineEntry[]> {
  const rows = await foldedInstants(tx, ids, range);
  return rows.map(({ trigger_id, nominal_at, origin, rev, reason, status }) => ({
    triggerId: trigger_id,
    nominalAt: nominal_at,
    origin,
    rev,
    ...wireStatus({ status, live_state: null, live_attempt: null, live_cause: null }),
    ...(reason === null ? {} : { reason }),
  }));
}

interface PastRow extends Pick<OccurrenceRow, 'trigger_id' | 'nominal_at' | 'origin' | 'status' | 'reason' | 'rev'> {
  live_id: string | null;
  live_state: LiveRunRow['state'] | null;
  live_attempt: number | null;
  live_cause: string | null;
  live_started_at: number | null;
  run_id: string | null;
  run_started_at: number | null;
  run_finished_at: number | null;
}

async function readPast(
  tx: Tx,
  { from, to, most }: TimelineQuestion,
  ids: readonly string[],
): Promise<TimelineEntry[]> {
  const rows = await tx.rows(sql<PastRow>`
    select o.trigger_id, o.nominal_at, o.origin, o.status, o.reason, o.rev,
      l.id as live_id, l.state as live_state, l.attempt as live_attempt, l.cause as live_cause, l.started_at as live_started_at,
      r.id as run_id, r.started_at as run_started_at, r.finished_at as run_finished_at
    from engine.occurrence o
    left join engine.live_run l on o.status = 'open' and l.trigger_id = o.trigger_id and l.nominal_at = o.nominal_at and l.origin = o.origin
    left join lateral (
      select id, started_at, finished_at from engine.run h
      where h.trigger_id = o.trigger_id and h.nominal_at = o.nominal_at and h.origin = o.origin order by attempt desc limit 1
    ) r on true
    where o.trigger_id = any(${ids}::uuid[]) and o.nominal_at >= ${at(from)} and o.nominal_at < ${at(to)} and o.folded = 1
    order by o.nominal_at limit ${most === undefined ? null : most + 1}`);
  return rows.map(pastEntry);
}

function pastEntry(row: PastRow): TimelineEntry {
  const startedAt = row.live_started_at ?? row.run_started_at;
  const runId = row.live_id ?? row.run_id;
  return {
    triggerId: row.trigger_id,
    nominalAt: row.nominal_at,
    origin: row.origin,
    rev: row.rev,
    ...wireStatus(row),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(startedAt === null ? {} : { startedAt }),
    ...(row.live_id !== null || row.run_finished_at === null ? {} : { finishedAt: row.run_finished_at }),
    ...(runId === null ? {} : { runId }),
  };
}

type ToldStatus = Pick<PastRow, 'status' | 'live_state' | 'live_attempt' | 'live_cause'>;

/** How settled and missed occurrences are told. */
const TOLD: Readonly<Record<Exclude<OccurrenceRow['status'], 'open'>, { status: WireStatus; subStatus?: string }>> = {
  success: { status: 'success' },
  failed: { status: 'failed' },
  cancelled: { status: 'cancelled' },
  skipped: { status: 'skipped' },
  suppressed: { status: 'suppressed' },
  superseded: { status: 'superseded' },
  missed: { status: 'missed' },
  rescheduled: { status: 'missed', subStatus: 'rescheduled' },
  dismissed: { status: 'missed', subStatus: 'dismissed' },
  expired: { status: 'missed', subStatus: 'expired' },
};

function wireStatus({ status, live_state, live_attempt, live_cause }: ToldStatus): {
  status: WireStatus;
  subStatus?: string;
} {
  if (status !== 'open') return TOLD[status];
  if (live_state === 'queued' && live_attempt !== null && live_attempt > 1) {
    return { status: 'running', subStatus: 'retrying' };
  }
  return {
    status: live_state === 'running' ? 'running' : 'queued',
    ...(live_cause === 'backfill' ? { subStatus: 'backfill' } : {}),
  };
}

function expandFuture(trigger: TriggerRow, { from, to }: TimelineQuestion, now: number): TimelineEntry[] {
  const entry = (nominalAt: number, status: WireStatus): TimelineEntry => ({
    triggerId: trigger.id,
    nominalAt,
    origin: 'schedule',
    status,
    rev: trigger.version,
  });
  if (trigger.state === 'disabled') {
    // One grey card where the next would be, no further future.
    const next = nextOf(trigger, Math.max(trigger.cursor_at, now));
    return next >= from && next < to ? [entry(next, 'disabled')] : [];
  }
  if (trigger.state !== 'enabled' && trigger.state !== 'paused') return [];
  return expand(trigger.recurrence, Math.max(from, trigger.cursor_at + 1), to).map((nominal) =>
    entry(nominal, isPausedAt(trigger, nominal) ? 'paused' : 'scheduled'),
  );
}

/** NaN also for a recurrence that cannot be read: it has no future, and must not take that of the others. */
function nextOf({ recurrence }: TriggerRow, after: number): number {
  try {
    return compile(recurrence).next(after);
  } catch {
    return Number.NaN;
  }
}

async function readDurations(tx: Tx, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.rows(sql<{ trigger_id: string; ms: number }>`
    select i.trigger_id, percentile_disc(0.5) within group (order by r.ms) as ms from unnest(${ids}::uuid[]) as i(trigger_id)
    cross join lateral (
      select extract(epoch from finished_at - started_at) * 1000 as ms from engine.run
      where trigger_id = i.trigger_id and result = 'success' order by finished_at desc limit 20
    ) r group by i.trigger_id`);
  return new Map(rows.map(({ trigger_id, ms }) => [trigger_id, Math.round(ms)]));
}
