import { at, type Kernel, newId, sql, type Tx } from '#kernel';
import { isPausedAt } from './decide.ts';
import { keyLine } from './queue.ts';
import type { OccurrenceKey, TriggerRow } from './schema.ts';

export type MissedReason = 'late' | 'waited' | 'interrupted';

/** A row that is missed, standing for `folded` instants. */
export interface MissedRow {
  readonly trigger_id: string;
  readonly team_id: string;
  readonly nominal_at: number;
  readonly folded: number;
  readonly folded_until: number | null;
}

/** Adds missed occurrences to the one pending item of each trigger, which the caller has locked. */
export async function addMissed(tx: Tx, rows: readonly MissedRow[], reason: MissedReason, now: number): Promise<void> {
  if (rows.length === 0) return;
  const lines = [...Map.groupBy(rows, ({ trigger_id }) => trigger_id)].map(([trigger_id, group]) => ({
    id: newId(now),
    trigger_id,
    team_id: group[0]?.team_id,
    count: group.reduce((sum, { folded }) => sum + folded, 0),
    first_at: at(Math.min(...group.map(({ nominal_at }) => nominal_at))),
    last_at: at(Math.max(...group.map(({ nominal_at, folded_until }) => folded_until ?? nominal_at))),
  }));
  await tx.run(sql`
    insert into engine.missed_item as m (id, team_id, trigger_id, count, first_at, last_at, reason, state, created_at)
    select l.id, l.team_id, l.trigger_id, l.count, l.first_at, l.last_at, ${reason}, 'pending', ${at(now)}
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(id uuid, team_id uuid, trigger_id uuid, count int, first_at timestamptz, last_at timestamptz)
    on conflict (trigger_id) where state = 'pending' do update set
      count = m.count + excluded.count,
      first_at = least(m.first_at, excluded.first_at),
      last_at = greatest(m.last_at, excluded.last_at),
      reason = excluded.reason`);
}

/** Closes the pending items of locked triggers and settles their missed occurrences with them. */
export async function closeMissed(
  tx: Tx,
  triggers: readonly string[],
  as: 'resolved_by_run' | 'superseded' | 'dismissed',
  by: string,
  now: number,
): Promise<void> {
  if (triggers.length === 0) return;
  await tx.run(sql`
    update engine.missed_item set state = ${as}, resolved_at = ${at(now)}, resolved_by = ${by}
    where trigger_id = any(${triggers}::uuid[]) and state = 'pending'`);
  await tx.run(sql`
    update engine.occurrence set status = ${as === 'dismissed' ? 'dismissed' : 'superseded'}, settled_at = ${at(now)}, rev = nextval('engine.rev')
    where trigger_id = any(${triggers}::uuid[]) and status = 'missed'`);
}

/** A run that was taken out of the queue or off its node without a result, and why, in words. */
export interface LostRun extends OccurrenceKey {
  readonly team_id: string;
  readonly words: string;
}

/**
 * Marks open occurrences whose live run is gone as missed and asks about them. Nobody is asked about a trigger that was
 * deleted, nor about waiting that ended in a pause. The triggers are locked.
 */
export async function askAbout(
  tx: Tx,
  lost: readonly LostRun[],
  reason: 'waited' | 'interrupted',
  triggers: ReadonlyMap<string, TriggerRow>,
  now: number,
): Promise<void> {
  if (lost.length === 0) return;
  const lines = lost.map((run) => {
    const trigger = triggers.get(run.trigger_id);
    if (trigger === undefined || trigger.state === 'deleted') {
      return { ...keyLine(run), status: 'cancelled', reason: `${reason}: ${run.words}; it was deleted meanwhile` };
    }
    if (reason === 'waited' && isPausedAt(trigger, run.nominal_at)) {
      return { ...keyLine(run), status: 'suppressed', reason: `paused: ${trigger.state_reason ?? 'no reason given'}` };
    }
    return { ...keyLine(run), status: 'missed', reason: `${reason}: ${run.words}` };
  });
  const asked = await tx.rows(sql<MissedRow & { status: string }>`
    update engine.occurrence o set status = l.status, reason = l.reason, rev = nextval('engine.rev'),
      settled_at = case when l.status = 'missed' then null else ${at(now)}::timestamptz end
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) as l(trigger_id uuid, nominal_at timestamptz, origin text, status text, reason text)
    where o.trigger_id = l.trigger_id and o.nominal_at = l.nominal_at and o.origin = l.origin and o.status = 'open'
    returning o.trigger_id, o.nominal_at, o.folded, o.folded_until, o.status`);
  const rows = asked.flatMap((row) => {
    const team_id = triggers.get(row.trigger_id)?.team_id;
    return row.status === 'missed' && team_id !== undefined ? [{ ...row, team_id }] : [];
  });
  await addMissed(tx, rows, reason, now);
}

export interface PendingItem {
  id: string;
  trigger_id: string;
  owner_module: string;
  owner_ref: string;
  title: string;
  category: string;
  count: number;
  first_at: number;
  last_at: number;
  reason: string;
}

/** Pending items of a team, newest first. */
export function pendingItems(kernel: Kernel, teamId: string): Promise<PendingItem[]> {
  return kernel.db.rows(sql<PendingItem>`
    select m.id, m.trigger_id, t.owner_module, t.owner_ref, t.title, t.category, m.count, m.first_at, m.last_at, m.reason
    from engine.missed_item m join engine.trigger t on t.id = m.trigger_id
    where m.team_id = ${teamId} and m.state = 'pending' order by m.last_at desc limit 1000`);
}
