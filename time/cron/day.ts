// Which days a cron expression means. What a month's days are depends only on the weekday of its 1st and its length, so
// the answer for each of the 28 shapes of a month is worked out once, as a mask with bit 0 for the 1st.
import { MONTH_STARTS, monthAt, MONTHS, weekdayOf, yearOfMonth } from '../civil.ts';

/** The day part of an expression as it was written. Numbers are bit masks; bit n stands for day, weekday or month n. */
export interface DayParts {
  readonly daysOfMonth: number;
  /** `L-n`, and bit 0 for `L` */
  readonly daysBeforeLast: number;
  readonly lastWorkday: boolean;
  /** `nW` */
  readonly nearestWorkdays: number;
  readonly weekdays: number;
  /** For each weekday the occurrences in a month that count (bits 1–5), and bit LAST for the last one. */
  readonly nthWeekdays: readonly number[];
  /** Whether a day needs only one of day of month and weekday, or both. */
  readonly either: boolean;
  readonly months: number;
  /** undefined = every year */
  readonly years: ReadonlySet<number> | undefined;
}

/** The bit of `nthWeekdays` for "the last one of the month". */
export const LAST = 6;

export interface DayRule extends DayParts {
  /** By shape of the month; UNKNOWN until first asked for. */
  readonly masks: Int32Array;
}

/** No month has this mask: bit 31 is never a day. */
const UNKNOWN = -1;

/** Prepares the parts for questions. */
export function dayRule(parts: DayParts): DayRule {
  return { ...parts, masks: new Int32Array(28).fill(UNKNOWN) };
}

/** The days of a month (an index into MONTH_STARTS) as a mask, bit 0 = the 1st. */
export function daysOf(rule: DayRule, month: number): number {
  if (((rule.months >>> ((month % 12) + 1)) & 1) === 0) return 0;
  if (rule.years !== undefined && !rule.years.has(yearOfMonth(month))) return 0;
  const first = MONTH_STARTS[month] ?? 0;
  const length = (MONTH_STARTS[month + 1] ?? 0) - first;
  const weekday = weekdayOf(first);
  const shape = weekday * 4 + length - 28;
  const known = rule.masks[shape] ?? UNKNOWN;
  if (known !== UNKNOWN) return known;
  const mask = maskOf(rule, weekday, length);
  rule.masks[shape] = mask;
  return mask;
}

/** The first day of the rule in [day, before), as day number; Infinity when there is none. */
export function firstDay(rule: DayRule, day: number, before: number): number {
  let month = monthAt(day);
  let start = MONTH_STARTS[month] ?? 0;
  let mask = daysOf(rule, month) & (-1 << (day - start));
  while (mask === 0) {
    month++;
    start = MONTH_STARTS[month] ?? Infinity;
    if (start >= before || month >= MONTHS) return Infinity;
    mask = daysOf(rule, month);
  }
  const found = start + lowestBit(mask);
  return found < before ? found : Infinity;
}

/** The position of the lowest bit that is set. */
export function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** The longest stretch without a day of the rule, in months; Infinity when it has none at all from 1970 to 2199. */
export function longestWait(rule: DayRule): number {
  let longest = 0;
  // The table's first and last year are margins outside the range.
  let previous = 11;
  for (let month = 12; month < MONTHS - 12; month++) {
    if (daysOf(rule, month) === 0) continue;
    longest = Math.max(longest, month - previous);
    previous = month;
  }
  return previous === 11 ? Infinity : Math.max(longest, MONTHS - 12 - previous);
}

function maskOf(rule: DayRule, firstWeekday: number, length: number): number {
  const byDate = dateMask(rule, firstWeekday, length);
  const byWeekday = weekdayMask(rule, firstWeekday, length);
  return (rule.either ? byDate | byWeekday : byDate & byWeekday) & (2 ** length - 1);
}

function dateMask(rule: DayRule, firstWeekday: number, length: number): number {
  let mask = rule.daysOfMonth >>> 1;
  for (let day = 1; day <= length; day++) {
    if ((rule.daysBeforeLast >>> (length - day)) & 1) mask |= bit(day);
    if ((rule.nearestWorkdays >>> day) & 1) mask |= bit(nearestWorkday(day, firstWeekday, length));
  }
  return rule.lastWorkday ? mask | bit(nearestWorkday(length, firstWeekday, length)) : mask;
}

function weekdayMask(rule: DayRule, firstWeekday: number, length: number): number {
  let mask = 0;
  for (let day = 1; day <= length; day++) {
    const weekday = (firstWeekday + day - 1) % 7;
    const which = rule.nthWeekdays[weekday] ?? 0;
    const nth = Math.ceil(day / 7);
    const isLast = day + 7 > length;
    if ((rule.weekdays >>> weekday) & 1 || (which >>> nth) & 1 || (isLast && (which >>> LAST) & 1)) mask |= bit(day);
  }
  return mask;
}

/** The Monday to Friday that is nearest to a day without leaving its month. */
function nearestWorkday(day: number, firstWeekday: number, length: number): number {
  const weekday = (firstWeekday + day - 1) % 7;
  if (weekday === 6) return day > 1 ? day - 1 : day + 2;
  if (weekday === 0) return day < length ? day + 1 : day - 2;
  return day;
}

function bit(day: number): number {
  return 1 << (day - 1);
}
