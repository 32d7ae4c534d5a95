// A sentence that a person checks at a glance. A recurrence without a good sentence is shown as it was written.
import { civilDate, DAY, HOUR, MINUTE, SECOND, weekdayOf } from './civil.ts';
import { describeCron } from './describe/cron.ts';
import type { Duration } from './duration.ts';
import { readDuration } from './duration.ts';
import type { EveryRecurrence, Recurrence } from './recurrence.ts';
import { clockTime, counted, listed, MONTH_WORDS, ordinal, WEEKDAY_WORDS } from './describe/words.ts';
import { localAt, zoneOf } from './zone.ts';

/**
 * "At 02:30, Monday to Friday", in English and without the zone. Falls back to the cron expression or the duration.
 * Throws TimeError for a recurrence that `compile` refuses too.
 */
export function describe(recurrence: Recurrence): string {
  switch (recurrence.kind) {
    case 'cron':
      return describeCron(recurrence.expr, recurrence.dialect ?? 'ocps') ?? recurrence.expr;
    case 'every':
      return describeEvery(recurrence);
    case 'at':
      return `Once, on ${moment(recurrence.at, recurrence.zone)}`;
    case 'daily':
      return `At ${listed([...recurrence.times].sort())}`;
    default:
      return '';
  }
}

function describeEvery({ every, anchor, zone }: EveryRecurrence): string {
  const period = readDuration(every);
  const local = localAt(zoneOf(zone), anchor);
  const day = Math.floor(local / DAY);
  const time = `at ${clockTime(local - day * DAY)}`;
  const { months, days, elapsed } = period;
  if (partCount(period) > 1) return `Every ${listed(partsOf(period))}`;
  if (elapsed > 0) return `Every ${elapsedWords(elapsed)}`;
  if (days > 0 && days % 7 !== 0) return `Every ${counted(days, 'day')} ${time}`;
  if (days > 0) return `Every ${counted(days / 7, 'week')} on ${WEEKDAY_WORDS[weekdayOf(day)] ?? ''} ${time}`;
  const date = civilDate(day);
  if (months % 12 !== 0) return `Every ${counted(months, 'month')} on the ${ordinal(date.day)} ${time}`;
  return `Every ${counted(months / 12, 'year')} on ${date.day} ${MONTH_WORDS[date.month - 1] ?? ''} ${time}`;
}

function partCount({ months, days, elapsed }: Duration): number {
  return [months, days, elapsed].filter((part) => part > 0).length;
}

function partsOf({ months, days, elapsed }: Duration): string[] {
  const parts: string[] = [];
  if (months > 0) parts.push(months === 1 ? '1 month' : `${months} months`);
  if (days > 0) parts.push(days === 1 ? '1 day' : `${days} days`);
  if (elapsed > 0) parts.push(elapsedWords(elapsed).replace(/^(?=[a-z])/, '1 '));
  return parts;
}

/** The largest unit that needs no fraction: "90 minutes", "hour". */
function elapsedWords(elapsed: number): string {
  if (elapsed % HOUR === 0) return counted(elapsed / HOUR, 'hour');
  if (elapsed % MINUTE === 0) return counted(elapsed / MINUTE, 'minute');
  return counted(elapsed / SECOND, 'second');
}

function moment(instant: number, zone: string): string {
  const local = localAt(zoneOf(zone), instant);
  const day = Math.floor(local / DAY);
  const date = civilDate(day);
  const time = clockTime(Math.floor((local - day * DAY) / SECOND) * SECOND);
  return `${date.day} ${MONTH_WORDS[date.month - 1] ?? ''} ${date.year} at ${time}`;
}
