import type { CalendarEvent, Feed, Lane, Status } from '../../../web/api/types.ts';
import { STATUS_LOOKS } from '../../../web/kit/status.tsx';
import { wallAt } from '../../../web/kit/time/wall.ts';
import { clockWords, dayWords, relativeWords } from '../../../web/kit/time/words.ts';
import { timeWords, type Week } from './week.ts';

/** "Backup database, cron, failed, Sunday 8 March, 1:30". */
export function eventName(week: Week, event: CalendarEvent, at: number): string {
  const time = timeWords(week, at).replace(/^0/, '');
  return [event.title, event.source, statusWord(event.status), dayWords(wallAt(week.segments, at)), time].join(', ');
}

/** "Fetch rates, cron, 6 occurrences, succeeded, Monday 9 March, 9:00 to 14:00". */
export function seriesName(
  week: Week,
  event: CalendarEvent,
  count: number,
  status: Status,
  from: number,
  to: number,
): string {
  const clock = (instant: number): string => clockWords(wallAt(week.segments, instant)).replace(/^0/, '');
  return `${event.title}, ${event.source}, ${count} occurrences, ${statusWord(status)}, ${dayWords(wallAt(week.segments, from))}, ${clock(from)} to ${clock(to)}`;
}

/** "Every 5 minutes · 288/day · 2 missed". */
export function laneWords(lane: Lane): string {
  const wrong = (['failed', 'missed'] as const)
    .filter((status) => (lane.counts[status] ?? 0) > 0)
    .map((status) => `${lane.counts[status]} ${status}`);
  return [lane.cadence, `${lane.per_day.toLocaleString('en')}/day`, ...wrong].join(' · ');
}

/** What went wrong in the range first, then the most frequent. A run that begins or ends moves nothing. */
export function sortedLanes(lanes: readonly Lane[]): readonly Lane[] {
  const wrong = (lane: Lane): number => ((lane.counts['failed'] ?? 0) + (lane.counts['missed'] ?? 0) > 0 ? 0 : 1);
  return lanes.toSorted((a, b) => wrong(a) - wrong(b) || b.per_day - a.per_day || a.title.localeCompare(b.title));
}

export interface Health {
  readonly status: 'failed' | 'missed' | 'running';
  readonly count: number;
  readonly words: string;
}

/** What the strip lists; empty when all is well. */
export function healthOf(stats: Feed['stats']): readonly Health[] {
  const all: readonly Health[] = [
    { status: 'failed', count: stats.failed_24h, words: `${stats.failed_24h} failed in 24 h` },
    { status: 'missed', count: stats.missed_pending, words: `${stats.missed_pending} missed` },
    { status: 'running', count: stats.running, words: `${stats.running} running` },
  ];
  return all.filter((one) => one.count > 0);
}

/** "Next: Backup in 4 min". */
export function nextWords(stats: Feed['stats'], now: number): string {
  return stats.next ? `Next: ${stats.next.title} ${relativeWords(Date.parse(stats.next.at), now)}` : 'Nothing planned';
}

function statusWord(status: Status): string {
  return (STATUS_LOOKS[status]?.label ?? status).toLowerCase();
}
