// Times of day on the days of a rule, read on a zone's wall clock, as instants. The walk goes by stretches of constant
// offset with integer arithmetic only; what happens where the clocks change is ADR 0007.
import { DAY, MONTH_STARTS, monthAt, MONTHS, SECOND } from './civil.ts';
import type { DayRule } from './cron/day.ts';
import { daysOf, firstDay, lowestBit } from './cron/day.ts';
import type { Zone } from './zone.ts';
import { RANGE_END, RANGE_START, stretchAt } from './zone.ts';

export interface WallClockRule {
  /** Milliseconds since midnight, ascending, whole seconds. */
  readonly times: Int32Array;
  readonly days: DayRule;
  /** Times that a gap leaves out: once, together, at the transition, or not at all. */
  readonly gap: 'transition' | 'skip';
  /** Times that an overlap repeats. */
  readonly overlap: 'first' | 'both';
}

/** The first instant of the rule strictly after `after`, NaN when there is none before 2200. */
export function nextOnWallClock(rule: WallClockRule, zone: Zone, after: number): number {
  const from = after < RANGE_START ? RANGE_START : Math.floor(after / SECOND) * SECOND + SECOND;
  if (!(from < RANGE_END)) return Number.NaN;
  const { starts, ends, offsets } = zone;
  let index = stretchAt(zone, from);
  let offset = offsets[index] ?? 0;
  let local = from + offset;
  if (index > 0) {
    const start = starts[index] ?? 0;
    const wallEnd = start + (offsets[index - 1] ?? 0);
    if (from === start && firesInGap(rule, wallEnd, start + offset)) return start;
    if (rule.overlap === 'first' && local < wallEnd) local = wallEnd;
  }
  let found = firstTime(rule, local, LOCAL_END);
  for (;;) {
    const end = ends[index] ?? Infinity;
    // An infinite `found` must run through the rest: an overlap repeats times that lie before it.
    if (found - offset < end) return found - offset < RANGE_END ? found - offset : Number.NaN;
    if (end === Infinity) return Number.NaN;
    const wallEnd = end + offset;
    index++;
    offset = offsets[index] ?? 0;
    const wallStart = end + offset;
    if (wallStart > wallEnd) {
      if (found < wallStart) {
        if (firesInGap(rule, wallEnd, wallStart)) return end;
        found = firstTime(rule, wallStart, LOCAL_END);
      }
    } else if (rule.overlap === 'both') {
      const again = firstTime(rule, wallStart, wallEnd);
      if (again < wallEnd) return again - offset;
    }
  }
}

/**
 * Writes the instants of the rule in [from, to) into `into` from index `at` on and returns the index behind the last
 * one. Stops when `into` is full.
 */
export function expandOnWallClock(
  rule: WallClockRule,
  zone: Zone,
  from: number,
  to: number,
  into: Float64Array,
  at: number,
): number {
  return walk(rule, zone, from, to, into, at);
}

/** How many instants the rule has in [from, to), without making them. */
export function countOnWallClock(rule: WallClockRule, zone: Zone, from: number, to: number): number {
  return walk(rule, zone, from, to, undefined, 0);
}

const LOCAL_END = RANGE_END + 2 * DAY;

function walk(
  rule: WallClockRule,
  zone: Zone,
  windowFrom: number,
  windowTo: number,
  into: Float64Array | undefined,
  at: number,
): number {
  const from = Math.max(windowFrom, RANGE_START);
  const to = Math.min(windowTo, RANGE_END);
  const { starts, ends, offsets } = zone;
  const room = into === undefined ? Infinity : into.length;
  let count = at;
  if (!(from < to)) return count;
  for (let index = stretchAt(zone, from); ; index++) {
    const start = Math.max(starts[index] ?? 0, from);
    const end = ends[index] ?? Infinity;
    const offset = offsets[index] ?? 0;
    let localFrom = start + offset;
    if (index > 0) {
      const wallEnd = (starts[index] ?? 0) + (offsets[index - 1] ?? 0);
      if (start === starts[index] && firesInGap(rule, wallEnd, localFrom)) {
        if (count === room) return count;
        if (into !== undefined) into[count] = start;
        count++;
        // The wall time right behind the gap is that same instant.
        localFrom++;
      }
      if (rule.overlap === 'first' && localFrom < wallEnd) localFrom = wallEnd;
    }
    count = walkStretch(rule, localFrom, Math.min(end, to) + offset, offset, into, count);
    if (end >= to || count === room) return count;
  }
}

/** The instants of the wall times [localFrom, localTo) within one stretch. */
function walkStretch(
  rule: WallClockRule,
  localFrom: number,
  localTo: number,
  offset: number,
  into: Float64Array | undefined,
  at: number,
): number {
  if (localFrom >= localTo) return at;
  const { times } = rule;
  const room = into === undefined ? Infinity : into.length;
  const first = Math.floor(localFrom / DAY);
  let month = monthAt(first);
  let monthStart = MONTH_STARTS[month] ?? 0;
  let mask = daysOf(rule.days, month) & (-1 << (first - monthStart));
  let count = at;
  for (;;) {
    while (mask === 0) {
      month++;
      monthStart = MONTH_STARTS[month] ?? 0;
      if (month >= MONTHS || monthStart * DAY >= localTo) return count;
      mask = daysOf(rule.days, month);
    }
    const day = (monthStart + lowestBit(mask)) * DAY;
    mask &= mask - 1;
    if (day >= localTo) return count;
    const low = day < localFrom ? lowerBound(times, localFrom - day) : 0;
    let high = day + DAY > localTo ? lowerBound(times, localTo - day) : times.length;
    if (high - low > room - count) high = low + room - count;
    if (into === undefined) {
      count += high - low;
    } else {
      const midnight = day - offset;
      for (let i = low; i < high; i++) into[count++] = midnight + (times[i] ?? 0);
      if (count === room) return count;
    }
  }
}

/** Whether the gap [wallEnd, wallStart) leaves out a time of the rule that is to be made up for at the transition. */
function firesInGap(rule: WallClockRule, wallEnd: number, wallStart: number): boolean {
  if (rule.gap === 'skip' || wallStart <= wallEnd) return false;
  if (wallStart - wallEnd < DAY) return firstTime(rule, wallEnd, wallStart) < wallStart;
  // A day that is left out whole did not happen, and nothing is made up for.
  const firstMidnight = Math.ceil(wallEnd / DAY) * DAY;
  const lastMidnight = Math.floor(wallStart / DAY) * DAY;
  return (
    firstTime(rule, wallEnd, firstMidnight) < firstMidnight || firstTime(rule, lastMidnight, wallStart) < wallStart
  );
}

/** The first wall time of the rule in [local, before); Infinity, or one at or after `before`, when there is none. */
function firstTime(rule: WallClockRule, local: number, before: number): number {
  const { times } = rule;
  const day = Math.floor(local / DAY);
  const lastDay = Math.ceil(before / DAY);
  const found = firstDay(rule.days, day, lastDay);
  if (found !== day) return found * DAY + (times[0] ?? 0);
  const index = lowerBound(times, local - day * DAY);
  if (index < times.length) return day * DAY + (times[index] ?? 0);
  return firstDay(rule.days, day + 1, lastDay) * DAY + (times[0] ?? 0);
}

/** The index of the first time at or after `value`. */
function lowerBound(times: Int32Array, value: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
