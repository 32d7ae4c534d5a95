import type { EventStatus, SourceOccurrence } from './points.ts';

/** A series with at least so many occurrences a day is drawn as a lane of ticks. */
export const LANE_FROM = 8;
const TICK = 15 * 60_000;

/** One letter per status; the later in this order wins its tick. */
const WORST_LAST: readonly (readonly [string, readonly EventStatus[]])[] = [
  ['-', []],
  ['x', ['skipped', 'suppressed', 'cancelled', 'superseded']],
  ['p', ['paused', 'disabled']],
  ['s', ['scheduled']],
  ['o', ['success']],
  ['q', ['queued']],
  ['r', ['running']],
  ['m', ['missed']],
  ['f', ['failed']],
];
const SEVERITY = new Map(WORST_LAST.flatMap(([, statuses], rank) => statuses.map((status) => [status, rank] as const)));

/** The days of a lane: one letter per quarter of an hour from local midnight on, 92 on a 23-hour day and 100 on a 25-hour one. */
export function ticksOf(
  days: readonly { from: number; to: number }[],
  occurrences: readonly SourceOccurrence[],
): { from: number; to: number; ticks: string }[] {
  let place = 0;
  const sorted = [...occurrences].sort((a, b) => a.at - b.at);
  return days.map(({ from, to }) => {
    const ranks = new Uint8Array(Math.ceil((to - from) / TICK));
    while (place < sorted.length && (sorted[place]?.at ?? from) < from) place++;
    for (; place < sorted.length; place++) {
      const occurrence = sorted[place];
      if (occurrence === undefined || occurrence.at >= to) break;
      const tick = Math.floor((occurrence.at - from) / TICK);
      ranks[tick] = Math.max(ranks[tick] ?? 0, SEVERITY.get(occurrence.status) ?? 0);
    }
    return { from, to, ticks: [...ranks].map((rank) => WORST_LAST[rank]?.[0] ?? '-').join('') };
  });
}

/** How many occurrences of each status. */
export function countStatuses(occurrences: readonly SourceOccurrence[]): Partial<Record<EventStatus, number>> {
  const counts: Partial<Record<EventStatus, number>> = {};
  for (const { status } of occurrences) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
