import { at, type Kernel, newId, sql, type Tx } from '#kernel';
import type { OccurrenceKey, TriggerRow } from './schema.ts';

export interface MissedRows {
  readonly rows: readonly { readonly nominal: number; readonly folded: number; readonly foldedUntil: number | null }[];
  readonly reason: 'late' | 'waited' | 'interrupted';
}

/** Adds missed occurrences to the one pending item of their trigger, which the caller has locked. */
export async function addMissed(
  tx: Tx,
  trigger: Pick<TriggerRow, 'id' | 'team_id'>,
  { rows, reason }: MissedRows,
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  const count = rows.reduce((sum, { folded }) => sum + folded, 0);
  const first = Math.min(...rows.map(({ nominal }) => nominal));
  const last = Math.max(...rows.map(({ nominal, foldedUntil }) => foldedUntil ?? nominal));
  await tx.run(sql`
    insert into engine.missed_item (id, team_id, trigger_id, count, first_at, last_at, reason, state, created_at)
    values (${newId(now)}, ${trigger.team_id}, ${trigger.id}, ${count}, ${at(first)}, ${at(last)}, ${reason}, 'pending', ${at(now)})
    on conflict (trigger_id) where state = 'pending' do update set
      count = engine.missed_item.count + excluded.count,
      first_at = least(engine.missed_item.first_at, excluded.first_at),
      last_at = greatest(engine.missed_item.last_at, excluded.last_at),
      reason = excluded.reason`);
}

/** Closes the pending items of locked triggers and settles their missed occurrences as superseded. */
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

/** Marks open occurrences whose live run is gone as missed and asks about them. The triggers are locked. */
export async function askAbout(
  tx: Tx,
  keys: readonly (OccurrenceKey & { team_id: string; words: string })[],
  reason: 'waited' | 'interrupted',
  now: number,
): Promise<void> {
  for (const key of keys) {
    await tx.run(sql`
      update engine.occurrence set status = 'missed', reason = ${`${reason}: ${key.words}`}, rev = nextval('engine.rev')
      where trigger_id = ${key.trigger_id} and nominal_at = ${at(key.nominal_at)} and origin = ${key.origin} and status = 'open'`);
    await addMissed(
      tx,
      { id: key.trigger_id, team_id: key.team_id },
      { rows: [{ nominal: key.nominal_at, folded: 1, foldedUntil: null }], reason },
      now,
    );
  }
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
