// ISO 8601 durations as recurrences use them: what a calendar counts apart from what a stopwatch counts.
import { HOUR, MINUTE, SECOND } from './civil.ts';
import { TimeError } from './error.ts';

export interface Duration {
  /** Months, a year being twelve; wall clock. */
  readonly months: number;
  /** Days, a week being seven; wall clock. */
  readonly days: number;
  /** Hours and smaller in milliseconds; elapsed time. */
  readonly elapsed: number;
}

const ISO =
  /^P(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{1,3})?)S)?)?$/i;

const MOST_DAYS = 400 * 366;

/** Reads `PT15M`, `P1D`, `P1DT12H`. Throws TimeError `bad_duration` for another text, nothing at all or over 400 years. */
export function readDuration(text: string): Duration {
  const match = ISO.exec(text);
  if (!match) throw badDuration(text, 'an ISO 8601 duration such as PT15M, P1D or P1W');
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number((part ?? '0').replace(',', '.')));
  const duration = {
    months: years * 12 + months,
    days: weeks * 7 + days,
    elapsed: Math.round(hours * HOUR + minutes * MINUTE + seconds * SECOND),
  };
  const size = duration.months * 31 + duration.days + duration.elapsed / (24 * HOUR);
  if (size * 24 * HOUR < SECOND) throw badDuration(text, 'at least one second');
  if (size > MOST_DAYS) throw badDuration(text, 'at most 400 years');
  return duration;
}

function badDuration(text: string, hint: string): TimeError {
  return new TimeError('bad_duration', `every ${text || '""'}: ${hint}`, { field: 'every', position: 0, hint });
}
