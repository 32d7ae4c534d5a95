import { compile, type Recurrence } from '#time/recurrence.ts';
import { at, sql, type Tx } from '#kernel';
import type { OccurrenceRow } from '../schema.ts';

/** Most instants of one trigger within a range: a month of a per-minute one and more. */
const MOST = 50_000;

/** Reused by every call; nothing here waits in between. */
const instants = new Float64Array(MOST);

/** The instants of a recurrence in [from, to); none when it cannot be read. */
export function expand(recurrence: Recurrence, from: number, to: number): number[] {
  if (from >= to) return [];
  try {
    return [...instants.subarray(0, compile(recurrence).expand(from, to, instants))];
  } catch {
    return [];
  }
}

type FoldedRow = Pick<
  OccurrenceRow,
  'trigger_id' | 'nominal_at' | 'origin' | 'status' | 'reason' | 'rev' | 'folded_until'
> & {
  recurrence: Recurrence;
};

/** Every instant in [from, to) that a folded row stands for, by the recurrence that was in force then. */
export async function foldedInstants(
  tx: Tx,
  triggerIds: readonly string[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<FoldedRow[]> {
  const rows = await tx.rows(sql<FoldedRow>`
    select o.trigger_id, o.nominal_at, o.origin, o.status, o.reason, o.rev, o.folded_until, v.recurrence
    from engine.occurrence o
    cross join lateral (
      select recurrence from engine.trigger_version v
      where v.trigger_id = o.trigger_id and v.from_at < o.nominal_at and v.recurrence is not null order by v.version desc limit 1
    ) v
    where o.trigger_id = any(${triggerIds}::uuid[]) and o.folded > 1 and o.nominal_at < ${at(to)} and o.folded_until >= ${at(from)}`);
  return rows.flatMap((row) => {
    const last = row.folded_until ?? row.nominal_at;
    const covered = expand(row.recurrence, Math.max(row.nominal_at, from), Math.min(last + 1, to));
    return covered.map((nominal_at) => ({ ...row, nominal_at }));
  });
}
