import { addLocalDays, isoUtc, offsetAt, startOfLocalDay, type Zone } from '#time/zone.ts';
import { shape, unprocessable } from '#kernel';

export type View = 'week' | 'day' | 'list';

export interface Range {
  readonly from: number;
  readonly to: number;
  /** Something was cut off: the calendar goes 30 days back and a year ahead. */
  readonly clamped: boolean;
}

const DAYS_BACK = 30;
const DAYS_AHEAD = 366;
/** Longest range of one answer, in days: more than a month and a week at both its ends. */
const DAYS_AT_ONCE = 45;
/** ISO weekday with which a week begins. */
const FIRST_WEEKDAY = 1;

export interface RangeQuestion {
  readonly view: View;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly zone: Zone;
  readonly now: number;
}

/**
 * The half-open range of a request: local midnight to midnight of the view, or as said.
 * @throws Problem 422 for an unreadable instant, `end <= start`, or a range wholly outside what the calendar holds
 */
export function readRange({ view, start, end, zone, now }: RangeQuestion): Range {
  const today = startOfLocalDay(zone, now);
  const from = start === undefined ? beginOf(view, zone, now) : shape.readInstant(start, 'start', zone.id);
  const to =
    end === undefined
      ? addLocalDays(zone, startOfLocalDay(zone, from), view === 'day' ? 1 : 7)
      : shape.readInstant(end, 'end', zone.id);
  if (to <= from) throw unprocessable('end', 'end: must be later than start.', `start is ${isoUtc(from)}.`);
  const earliest = addLocalDays(zone, today, -DAYS_BACK);
  const latest = addLocalDays(zone, today, DAYS_AHEAD);
  const cut = {
    from: Math.max(from, earliest),
    to: Math.min(to, latest, addLocalDays(zone, startOfLocalDay(zone, Math.max(from, earliest)), DAYS_AT_ONCE)),
  };
  if (cut.to <= cut.from) {
    throw unprocessable(
      'start',
      'start: this range is outside of what the calendar holds.',
      `It goes from ${isoUtc(earliest)} to ${isoUtc(latest)}.`,
    );
  }
  return { ...cut, clamped: cut.from !== from || cut.to !== to };
}

function beginOf(view: View, zone: Zone, now: number): number {
  const today = startOfLocalDay(zone, now);
  if (view !== 'week') return today;
  const weekday = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone.id).dayOfWeek;
  return addLocalDays(zone, today, -((weekday - FIRST_WEEKDAY + 7) % 7));
}

export interface ZoneSegment {
  readonly from: number;
  readonly offsetMinutes: number;
  readonly abbreviation: string;
}

/** The offsets in force within a range; pages position by them, since a browser's zone data may be older. */
export function zoneSegments(zone: Zone, from: number, to: number): ZoneSegment[] {
  const starts = [from, ...[...zone.starts].filter((start) => start > from && start < to)];
  return starts.map((start) => ({
    from: start,
    offsetMinutes: offsetAt(zone, start) / 60_000,
    abbreviation: abbreviationAt(zone.id, start),
  }));
}

/** English regions know different abbreviations: CDT in America, CET in Europe, AEST in Australia. */
const REGIONS = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA'];

function abbreviationAt(zone: string, at: number): string {
  const names = REGIONS.map((region) => {
    const parts = new Intl.DateTimeFormat(region, { timeZone: zone, timeZoneName: 'short' }).formatToParts(at);
    return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  });
  return names.find((name) => !/^(?:GMT|UTC)[+-]/.test(name)) ?? names[0] ?? zone;
}

/** Local midnights within a range, each with the end of its day. */
export function localDays(zone: Zone, from: number, to: number): { from: number; to: number }[] {
  const days: { from: number; to: number }[] = [];
  for (let day = startOfLocalDay(zone, from); day < to; day = addLocalDays(zone, day, 1))
    days.push({ from: day, to: addLocalDays(zone, day, 1) });
  return days;
}
