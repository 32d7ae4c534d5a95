import type { Status } from '../../../web/api/types.ts';

const WITHIN_MS = 6 * 3_600_000;
const FEWEST = 4;
/** These are always shown on their own. */
const ALONE: ReadonlySet<Status> = new Set(['failed', 'missed', 'running', 'queued']);

interface Occurrence {
  /** Which job or other item it belongs to. */
  readonly series: string;
  readonly at: number;
  readonly status: Status;
}

export type Grouped<O extends Occurrence> =
  | { readonly kind: 'one'; readonly one: O }
  | { readonly kind: 'series'; readonly members: readonly O[] };

/**
 * Four or more occurrences of one item within six hours become a series; failed, missed, running and queued ones stay
 * alone. Give it one day at a time, in order of time.
 */
export function groupSeries<O extends Occurrence>(occurrences: readonly O[]): readonly Grouped<O>[] {
  const grouped: Grouped<O>[] = [];
  for (const all of Map.groupBy(occurrences, (one) => one.series).values()) {
    const quiet = all.filter((one) => !ALONE.has(one.status));
    for (const one of all) if (ALONE.has(one.status)) grouped.push({ kind: 'one', one });
    for (let from = 0; from < quiet.length;) {
      const start = quiet[from]?.at ?? 0;
      let to = from;
      while (to < quiet.length && (quiet[to]?.at ?? 0) - start <= WITHIN_MS) to += 1;
      const members = quiet.slice(from, to);
      const [first] = members;
      if (members.length >= FEWEST) {
        grouped.push({ kind: 'series', members });
        from = to;
      } else {
        if (first) grouped.push({ kind: 'one', one: first });
        from += 1;
      }
    }
  }
  return grouped;
}

/** What a series as a whole is: still to come, else done, else whatever its first member is. */
export function statusOfSeries(members: readonly Occurrence[]): Status {
  const statuses = new Set(members.map((member) => member.status));
  if (statuses.has('scheduled')) return 'scheduled';
  if (statuses.has('success')) return 'success';
  return members[0]?.status ?? 'scheduled';
}
