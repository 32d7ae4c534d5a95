// Cron expressions as English sentences: when in the day, on which days.
import { HOUR, MINUTE, SECOND } from '../civil.ts';
import { cronRule } from '../cron.ts';
import type { DayRule } from '../cron/day.ts';
import type { CronDialect } from '../cron/field.ts';
import { HOURS, MINUTES, SECONDS } from '../cron/field.ts';
import type { CronPieces } from '../cron/parse.ts';
import { cutCron, valuesOf } from '../cron/parse.ts';
import { clockTime, counted, isRun, listed, MONTH_WORDS, ordinal, WEEKDAY_WORDS } from './words.ts';

/** More times or days than this are a table, not a sentence. */
const MOST_LISTED = 6;

/** The sentence, or undefined when there is no good one. Throws TimeError like `compile`. */
export function describeCron(expr: string, dialect: CronDialect): string | undefined {
  const { days } = cronRule(expr, dialect);
  const time = timeWords(cutCron(expr, expr.trimStart().startsWith('@') ? 'ocps' : dialect), dialect);
  const day = dayWords(days);
  return time === undefined || day === undefined ? undefined : time + day;
}

function timeWords(pieces: CronPieces, dialect: CronDialect): string | undefined {
  const seconds = valuesOf(SECONDS, pieces.second, dialect);
  const minutes = valuesOf(MINUTES, pieces.minute, dialect);
  const hours = valuesOf(HOURS, pieces.hour, dialect);
  const [second = 0] = seconds;
  if (seconds.length > 1) {
    const step = evenStep(seconds, 60);
    return step && minutes.length === 60 && hours.length === 24 ? `Every ${counted(step, 'second')}` : undefined;
  }
  const count = minutes.length * hours.length;
  if (hours.length === 24) return second === 0 ? withinHours(minutes) : undefined;
  if (minutes.length === 1 && hours.length > 2 && second === 0) {
    const [minute = 0] = minutes;
    const step = evenStep(hours, 24);
    if (step) return `Every ${counted(step, 'hour')}${minute === 0 ? '' : ` at ${past(minute)}`}`;
    if (isRun(hours) && hours.length > 3) return `Hourly${span(hours, minute, minute)}`;
  }
  if (count <= MOST_LISTED) {
    const times = hours.flatMap((hour) => minutes.map((minute) => hour * HOUR + minute * MINUTE + second * SECOND));
    return `At ${listed(times.map(clockTime))}`;
  }
  const within = second === 0 && isRun(hours) && evenStep(minutes, 60);
  return within ? `Every ${counted(within, 'minute')}${span(hours, 0, minutes.at(-1) ?? 0)}` : undefined;
}

function withinHours(minutes: readonly number[]): string | undefined {
  const step = evenStep(minutes, 60);
  if (step) return `Every ${counted(step, 'minute')}`;
  return minutes.length <= MOST_LISTED ? `Hourly at ${listed(minutes.map(past))}` : undefined;
}

/** The step when the values divide the whole period evenly from 0 on, as a step of five minutes does. */
function evenStep(values: readonly number[], period: number): number | undefined {
  const step = period / values.length;
  return values.length > 1 && values.every((value, index) => value === index * step) ? step : undefined;
}

function span(hours: readonly number[], firstMinute: number, lastMinute: number): string {
  const first = (hours[0] ?? 0) * HOUR + firstMinute * MINUTE;
  const last = (hours.at(-1) ?? 0) * HOUR + lastMinute * MINUTE;
  return ` from ${clockTime(first)} to ${clockTime(last)}`;
}

function past(minute: number): string {
  return `:${String(minute).padStart(2, '0')}`;
}

function dayWords(rule: DayRule): string | undefined {
  const months = bitsOf(rule.months);
  const years = [...(rule.years ?? [])].sort((a, b) => a - b);
  if (years.length > MOST_LISTED || (months.length > MOST_LISTED && months.length < 12)) return undefined;
  const monthList = namedRun(
    months.map((month) => month - 1),
    MONTH_WORDS,
  );
  const ofMonth = months.length === 12 ? 'of the month' : `of ${monthList}`;
  const inYears = years.length === 0 ? '' : ` in ${listed(years.map(String))}`;
  const dates = rule.daysOfMonth === ALL_DATES ? '' : dateWords(rule, ofMonth);
  const weekdays = rule.weekdays === ALL_WEEKDAYS ? '' : weekdayWords(rule, ofMonth);
  if (dates === undefined || weekdays === undefined) return undefined;
  if (dates && weekdays && !rule.either) return undefined;
  const words = dates && weekdays ? `${dates} or${weekdays.replace(/^, (?!on )/, ' ')}` : dates + weekdays;
  return words + (months.length === 12 || words.includes(ofMonth) ? '' : ` in ${monthList}`) + inYears;
}

/** Bits 1–31, as the signed number that bit operations yield. */
const ALL_DATES = -2;
const ALL_WEEKDAYS = 0b111_1111;

function dateWords(rule: DayRule, ofMonth: string): string | undefined {
  const plain = bitsOf(rule.daysOfMonth);
  const words: string[] = [];
  if (plain.length > 3 && isRun(plain)) words.push(`${ordinal(plain[0] ?? 0)} to ${ordinal(plain.at(-1) ?? 0)}`);
  else words.push(...plain.map(ordinal));
  for (const day of bitsOf(rule.nearestWorkdays)) words.push(`working day nearest the ${ordinal(day)}`);
  for (const before of bitsOf(rule.daysBeforeLast).reverse()) {
    words.push(before === 0 ? 'last day' : `last day but ${before}`);
  }
  if (rule.lastWorkday) words.push('last working day');
  return words.length > MOST_LISTED ? undefined : ` on the ${listed(words)} ${ofMonth}`;
}

function weekdayWords(rule: DayRule, ofMonth: string): string {
  const nth = WEEKDAY_WORDS.flatMap((weekday, index) =>
    bitsOf(rule.nthWeekdays[index] ?? 0).map((which) => `${NTH_WORDS[which] ?? ''} ${weekday}`),
  );
  // Weeks are read from Monday on.
  const plain = bitsOf(rule.weekdays)
    .map((weekday) => (weekday + 6) % 7)
    .sort((a, b) => a - b);
  if (nth.length > 0) {
    const also = plain.map((weekday) => `every ${MONDAY_FIRST[weekday] ?? ''}`);
    return ` on ${listed([...nth.map((words) => `the ${words}`), ...also])} ${ofMonth}`;
  }
  if (plain.length > 2 && isRun(plain)) return `, ${namedRun(plain, MONDAY_FIRST)}`;
  return ` on ${listed(plain.map((weekday) => `${MONDAY_FIRST[weekday] ?? ''}s`))}`;
}

const NTH_WORDS: readonly string[] = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'last'];
const MONDAY_FIRST = [...WEEKDAY_WORDS.slice(1), WEEKDAY_WORDS[0]];

function namedRun(values: readonly number[], names: readonly string[]): string {
  const words = values.map((value) => names[value] ?? '');
  return words.length > 2 && isRun(values) ? `${words[0] ?? ''} to ${words.at(-1) ?? ''}` : listed(words);
}

function bitsOf(mask: number): number[] {
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (mask >>> bit) & 1);
}
