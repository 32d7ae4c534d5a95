// Days are counted from 1970-01-01 (day 0), in the proleptic Gregorian calendar, without any zone.

export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** The years that recurrences know; an instant outside them never fires. */
export const FIRST_YEAR = 1970;
export const LAST_YEAR = 2199;

export interface CivilDate {
  readonly year: number;
  /** 1–12 */
  readonly month: number;
  /** 1–31 */
  readonly day: number;
}

/** The day number of a date. `month` may lie outside 1–12 and carries into the year; `day` must exist in its month. */
export function dayNumber(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last day of a year.
  const months = year * 12 + month - 3;
  const fromMarch = months - Math.floor(months / 12) * 12;
  const y = Math.floor(months / 12);
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return y * 365 + leapDays + Math.floor((153 * fromMarch + 2) / 5) + day - 719_469;
}

/** The date of a day number. */
export function civilDate(dayNumber: number): CivilDate {
  const fromMarchOfYear0 = dayNumber + 719_468;
  const era = Math.floor(fromMarchOfYear0 / 146_097);
  const dayOfEra = fromMarchOfYear0 - era * 146_097;
  const leapless =
    dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor(leapless / 365);
  const dayOfYear = dayOfEra - (yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const day = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day };
}

/** How many days the month has. */
export function monthLength(year: number, month: number): number {
  return dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
}

/** 0 = Sunday … 6 = Saturday. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 4) % 7) + 7) % 7;
}

/** A year's margin on both sides, so that local days just outside the range still have a month. */
const TABLE_YEAR = FIRST_YEAR - 1;

/** Day number of the 1st of every month; index 0 is January 1969, the last entry the January after the table's end. */
export const MONTH_STARTS: Int32Array = Int32Array.from(
  { length: (LAST_YEAR + 1 - TABLE_YEAR + 1) * 12 + 1 },
  (_, index) => dayNumber(TABLE_YEAR, index + 1, 1),
);

/** How many months the table holds. */
export const MONTHS: number = MONTH_STARTS.length - 1;

/** The table's month (an index into MONTH_STARTS) that holds this day. The day must lie in the table, 1969–2200. */
export function monthAt(dayNumber: number): number {
  const guess = Math.floor((dayNumber + 365) / 30.436_875);
  if (dayNumber < (MONTH_STARTS[guess] ?? 0)) return guess - 1;
  return dayNumber < (MONTH_STARTS[guess + 1] ?? Infinity) ? guess : guess + 1;
}

/** The year of a month of the table. */
export function yearOfMonth(month: number): number {
  return TABLE_YEAR + Math.floor(month / 12);
}
