// Rules are decided on the wall clock and go straight back to instants (epoch milliseconds); this file is the only way
// between the two. "Local" is wall time written as if it were UTC: milliseconds since 1970-01-01T00:00 on that clock.
import { remember } from './cache.ts';
import { civilDate, DAY, dayNumber, HOUR, LAST_YEAR, MINUTE, SECOND } from './civil.ts';
import { TimeError } from './error.ts';

/** Instants that recurrences know: [RANGE_START, RANGE_END). */
export const RANGE_START = 0;
export const RANGE_END: number = dayNumber(LAST_YEAR + 1, 1, 1) * DAY;

/** A zone as stretches of constant offset: stretch i is [starts[i], ends[i]), all in milliseconds. */
export interface Zone {
  readonly id: string;
  /** The first is -Infinity: before 1970 the offset of 1970 is used. */
  readonly starts: Float64Array;
  /** The last is Infinity: after 2199 the offset of its end is used. */
  readonly ends: Float64Array;
  /** What the wall clock is ahead of UTC. */
  readonly offsets: Float64Array;
}

const zones = new Map<string, Zone>();

/** The zone with this IANA name, in any letter case. Throws TimeError `unknown_zone`. */
export function zoneOf(id: string): Zone {
  return remember(zones, id, 2000, () => readZone(id));
}

/** The version of the tz database in use, or `unknown` where the platform (a browser) does not tell. */
export function tzdataVersion(): string {
  const platform = globalThis as { readonly process?: { readonly versions?: { readonly tz?: string } } };
  return platform.process?.versions?.tz ?? 'unknown';
}

/** The index of the stretch that holds this instant. */
export function stretchAt(zone: Zone, instant: number): number {
  const { starts } = zone;
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What the wall clock is ahead of UTC at this instant, in milliseconds. */
export function offsetAt(zone: Zone, instant: number): number {
  return zone.offsets[stretchAt(zone, instant)] ?? 0;
}

/** The wall time at this instant, as local milliseconds. */
export function localAt(zone: Zone, instant: number): number {
  return instant + offsetAt(zone, instant);
}

/** The instant of a wall time: the first of two in an overlap; the transition for a wall time that a gap leaves out. */
export function instantOf(zone: Zone, local: number): number {
  const { starts, ends, offsets } = zone;
  // No zone is ever further than this ahead of UTC, so the search begins at or before the right stretch.
  let index = stretchAt(zone, local - 16 * HOUR);
  while (local >= (ends[index] ?? Infinity) + (offsets[index] ?? 0)) index++;
  return Math.max(starts[index] ?? 0, local - (offsets[index] ?? 0));
}

/** Whether the zone leaves this local day (a day number) out, as Apia did with 2011-12-30. */
export function isDayLeftOut(zone: Zone, day: number): boolean {
  return Math.floor(localAt(zone, instantOf(zone, day * DAY)) / DAY) !== day;
}

/** The first instant of the local day that holds this instant. */
export function startOfLocalDay(zone: Zone, instant: number): number {
  return instantOf(zone, Math.floor(localAt(zone, instant) / DAY) * DAY);
}

/** The first instant of the local day `count` days (also negative) after the one that begins at `startOfDay`. */
export function addLocalDays(zone: Zone, startOfDay: number, count: number): number {
  return instantOf(zone, (Math.floor(localAt(zone, startOfDay) / DAY) + count) * DAY);
}

/** `2026-03-08T03:00:00-05:00`; milliseconds only where there are some. */
export function isoLocal(zone: Zone, instant: number): string {
  const offset = offsetAt(zone, instant);
  const size = Math.abs(offset);
  const seconds = size % MINUTE === 0 ? '' : `:${two((size % MINUTE) / SECOND)}`;
  const sign = offset < 0 ? '-' : '+';
  return `${isoWall(instant + offset)}${sign}${two(size / HOUR)}:${two((size % HOUR) / MINUTE)}${seconds}`;
}

/** `2026-03-08T08:00:00Z`; milliseconds only where there are some. */
export function isoUtc(instant: number): string {
  return `${isoWall(instant)}Z`;
}

function isoWall(local: number): string {
  const date = civilDate(Math.floor(local / DAY));
  const time = local - Math.floor(local / DAY) * DAY;
  const rest = time % SECOND === 0 ? '' : `.${String(Math.floor(time % SECOND)).padStart(3, '0')}`;
  const clock = `${two(time / HOUR)}:${two((time % HOUR) / MINUTE)}:${two((time % MINUTE) / SECOND)}`;
  return `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}T${clock}${rest}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}

function readZone(id: string): Zone {
  let here = firstInstantIn(id);
  const starts = [-Infinity];
  const offsets = [here.offsetNanoseconds / 1e6];
  for (;;) {
    const transition = here.getTimeZoneTransition('next');
    if (transition === null || transition.epochMilliseconds >= RANGE_END) break;
    const offset = transition.offsetNanoseconds / 1e6;
    // Some transitions change only the name or the daylight flag.
    if (offset !== offsets.at(-1)) {
      starts.push(transition.epochMilliseconds);
      offsets.push(offset);
    }
    here = transition;
  }
  const ends = [...starts.slice(1), Infinity];
  return {
    id: here.timeZoneId,
    starts: Float64Array.from(starts),
    ends: Float64Array.from(ends),
    offsets: Float64Array.from(offsets),
  };
}

function firstInstantIn(id: string): Temporal.ZonedDateTime {
  // Temporal takes plain offsets for zones too; an offset knows no change of the clocks, so it is not a zone here.
  if (/^[A-Za-z]/.test(id)) {
    try {
      return Temporal.Instant.fromEpochMilliseconds(RANGE_START).toZonedDateTimeISO(id);
    } catch {
      // Falls through to the refusal below.
    }
  }
  throw unknownZone(id);
}

function unknownZone(id: string): TimeError {
  const city = id
    .split('/')
    .at(-1)
    ?.replaceAll(/[\s-]+/g, '_')
    .toLowerCase();
  const meant = Intl.supportedValuesOf('timeZone').find((known) => known.split('/').at(-1)?.toLowerCase() === city);
  const hint = meant ? `did you mean ${meant}?` : 'an IANA name such as America/Chicago';
  return new TimeError('unknown_zone', `zone ${id || '""'} is not known: ${hint}`, { field: 'zone', hint });
}
