// From the text of a cron expression to its parts: which times of day, which days.
import type { DayParts } from './day.ts';
import { LAST } from './day.ts';
import type { CronDialect, Field, Piece } from './field.ts';
import {
  addValues,
  badCron,
  DAYS,
  HOURS,
  itemsOf,
  MINUTES,
  MONTHS,
  QUARTZ_WEEKDAYS,
  SECONDS,
  valueWithin,
  WEEKDAYS,
  YEARS,
} from './field.ts';
import { TimeError } from '../error.ts';

/** The seven fields of an expression; second and year are filled in when left out. */
export interface CronPieces {
  readonly second: Piece;
  readonly minute: Piece;
  readonly hour: Piece;
  readonly day: Piece;
  readonly month: Piece;
  readonly weekday: Piece;
  readonly year: Piece;
}

const MACROS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
]);

const EVERY_WEEKDAY = 0b111_1111;

/** Cuts an expression into its fields. Throws TimeError `bad_cron` for an unknown macro or a wrong number of fields. */
export function cutCron(expr: string, dialect: CronDialect): CronPieces {
  const text = expr.trim();
  const macro = text.startsWith('@') ? macroOf(text) : undefined;
  const pieces = macro ? cut(macro).map((piece) => ({ ...piece, position: 0 })) : cut(expr);
  const withSeconds = pieces.length === 6 || pieces.length === 7;
  if (!withSeconds && (pieces.length !== 5 || dialect === 'quartz')) throw wrongCount(pieces.length, dialect);
  const [second, minute, hour, day, month, weekday, year] = withSeconds ? pieces : [FIRST_SECOND, ...pieces];
  if (!second || !minute || !hour || !day || !month || !weekday) throw wrongCount(pieces.length, dialect);
  return { second, minute, hour, day, month, weekday, year: year ?? EVERY_YEAR };
}

/** The values of a time field in ascending order. Throws TimeError `bad_cron`. */
export function valuesOf(field: Field, piece: Piece, dialect: CronDialect): number[] {
  const values = new Set<number>();
  for (const item of itemsOf(field, piece)) addValues(field, item, dialect, values);
  return [...values].sort((a, b) => a - b);
}

/** The times of day as milliseconds since midnight, ascending. Throws TimeError `bad_cron`. */
export function timesOf(pieces: CronPieces, dialect: CronDialect): Int32Array {
  const seconds = valuesOf(SECONDS, pieces.second, dialect);
  const minutes = valuesOf(MINUTES, pieces.minute, dialect);
  const hours = valuesOf(HOURS, pieces.hour, dialect);
  const times = new Int32Array(seconds.length * minutes.length * hours.length);
  let count = 0;
  for (const hour of hours) {
    for (const minute of minutes) {
      for (const second of seconds) times[count++] = ((hour * 60 + minute) * 60 + second) * 1000;
    }
  }
  return times;
}

/** The days. Throws TimeError `bad_cron`. */
export function daysOf(pieces: CronPieces, dialect: CronDialect): DayParts {
  if (dialect === 'quartz') refuseTwoDayFields(pieces);
  const bothNeeded = pieces.weekday.text.startsWith('+') && pieces.weekday.text.length > 1;
  const weekday = bothNeeded ? withoutFirst(pieces.weekday) : pieces.weekday;
  return {
    ...datesOf(pieces.day, dialect),
    ...weekdaysOf(weekday, dialect),
    either: !bothNeeded && isRestricted(pieces.day.text, dialect) && isRestricted(weekday.text, dialect),
    months: maskOf(valuesOf(MONTHS, pieces.month, dialect)),
    years: isStar(pieces.year.text) ? undefined : new Set(valuesOf(YEARS, pieces.year, dialect)),
  };
}

/** Whether a field is `*` or `?` and nothing more. */
function isStar(text: string): boolean {
  return text === '*' || text === '?';
}

/** Whether the times follow the clock's pattern (`*` in any time field) rather than being fixed times of day. */
export function isWildcard(pieces: CronPieces): boolean {
  return [pieces.second, pieces.minute, pieces.hour].some(({ text }) => startsWithStar(text));
}

type Dates = Pick<DayParts, 'daysOfMonth' | 'daysBeforeLast' | 'lastWorkday' | 'nearestWorkdays'>;

function datesOf(piece: Piece, dialect: CronDialect): Dates {
  const days = new Set<number>();
  let [daysBeforeLast, nearestWorkdays, lastWorkday] = [0, 0, false];
  for (const item of itemsOf(DAYS, piece)) {
    const before = /^L(?:-(\d+))?$/i.exec(item.text);
    const nearest = /^(\d+)W$/i.exec(item.text)?.[1];
    if (before) daysBeforeLast |= 1 << daysBefore(item, before[1] ?? '0');
    else if (/^LW$/i.test(item.text)) lastWorkday = true;
    else if (nearest !== undefined) nearestWorkdays |= 1 << valueWithin(DAYS, item, nearest);
    else addValues(DAYS, item, dialect, days);
  }
  return { daysOfMonth: maskOf(days), daysBeforeLast, lastWorkday, nearestWorkdays };
}

function daysBefore(item: Piece, text: string): number {
  if (Number(text) > 30) throw badCron(DAYS, item, 'L-n takes n 0–30');
  return Number(text);
}

function weekdaysOf(piece: Piece, dialect: CronDialect): Pick<DayParts, 'weekdays' | 'nthWeekdays'> {
  const field = dialect === 'quartz' ? QUARTZ_WEEKDAYS : WEEKDAYS;
  const fromSunday = (value: number): number => (dialect === 'quartz' ? value - 1 : value % 7);
  const plain = new Set<number>();
  const nthWeekdays = [0, 0, 0, 0, 0, 0, 0];
  for (const item of itemsOf(field, piece)) {
    const [, name, nth] = /^([^#]*)#(.*)$/.exec(item.text) ?? /^([^#]+)(L)$/i.exec(item.text) ?? [];
    if (name !== undefined && nth !== undefined) {
      const weekday = fromSunday(valueWithin(field, item, name));
      nthWeekdays[weekday] = (nthWeekdays[weekday] ?? 0) | (1 << nthOf(field, item, nth));
    } else if (/^L$/i.test(item.text)) {
      if (dialect !== 'quartz') throw badCron(field, item, 'say which weekday, as in 5L for the last Friday');
      plain.add(field.last);
    } else {
      addValues(field, item, dialect, plain);
    }
  }
  return { weekdays: maskOf([...plain].map(fromSunday)) & EVERY_WEEKDAY, nthWeekdays };
}

function nthOf(field: Field, item: Piece, text: string): number {
  if (/^L$/i.test(text)) return LAST;
  if (!/^[1-5]$/.test(text)) throw badCron(field, item, 'weekday#n takes n 1–5, or L for the last');
  return Number(text);
}

function isRestricted(text: string, dialect: CronDialect): boolean {
  return dialect === 'vixie' ? !startsWithStar(text) : !isStar(text);
}

function startsWithStar(text: string): boolean {
  return text.startsWith('*') || text.startsWith('?');
}

function refuseTwoDayFields(pieces: CronPieces): void {
  const { day, weekday } = pieces;
  if ((day.text === '?') === (weekday.text === '?'))
    throw badCron(QUARTZ_WEEKDAYS, weekday, 'quartz wants ? in exactly one of day of month and weekday');
}

function maskOf(values: Iterable<number>): number {
  let mask = 0;
  for (const value of values) mask |= 1 << value;
  return mask;
}

function withoutFirst(piece: Piece): Piece {
  return { text: piece.text.slice(1), position: piece.position + 1 };
}

const FIRST_SECOND: Piece = { text: '0', position: 0 };
const EVERY_YEAR: Piece = { text: '*', position: 0 };

function cut(text: string): Piece[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], position: match.index }));
}

function macroOf(text: string): string {
  const macro = MACROS.get(text.toLowerCase());
  if (macro !== undefined) return macro;
  const hint = /^@every\b/i.test(text)
    ? 'use a recurrence of the kind every'
    : /^@reboot$/i.test(text)
      ? 'it means the start of the machine, not a time'
      : `one of ${[...MACROS.keys()].join(' ')}`;
  throw new TimeError('bad_cron', `${text}: ${hint}`, { field: 'expr', position: 0, hint });
}

function wrongCount(count: number, dialect: CronDialect): TimeError {
  const hint =
    dialect === 'quartz'
      ? '6 fields: second minute hour day month weekday, and optionally a year'
      : '5 fields: minute hour day month weekday (a 6th in front is seconds, a 7th at the end is the year)';
  return new TimeError('bad_cron', `the expression has ${count} fields: ${hint}`, { field: 'expr', position: 0, hint });
}
