// One field of a cron expression: `*`, `?`, values, names, ranges, steps and lists of them.
import { FIRST_YEAR, LAST_YEAR } from '../civil.ts';
import { TimeError } from '../error.ts';

export type CronDialect = 'ocps' | 'vixie' | 'quartz';

/** A part of the expression and where it begins in the text. */
export interface Piece {
  readonly text: string;
  readonly position: number;
}

export interface Field {
  readonly name: 'second' | 'minute' | 'hour' | 'day of month' | 'month' | 'weekday' | 'year';
  readonly low: number;
  readonly high: number;
  /** Where `*` and `a/n` end; differs from `high` only for weekdays, where 7 is Sunday once more. */
  readonly last: number;
  readonly values?: ReadonlyMap<string, number>;
}

const MONTH_NAMES = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAY_NAMES = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

export const SECONDS: Field = { name: 'second', low: 0, high: 59, last: 59 };
export const MINUTES: Field = { name: 'minute', low: 0, high: 59, last: 59 };
export const HOURS: Field = { name: 'hour', low: 0, high: 23, last: 23 };
export const DAYS: Field = { name: 'day of month', low: 1, high: 31, last: 31 };
export const MONTHS: Field = { name: 'month', low: 1, high: 12, last: 12, values: numbered(MONTH_NAMES, 1) };
export const WEEKDAYS: Field = { name: 'weekday', low: 0, high: 7, last: 6, values: numbered(WEEKDAY_NAMES, 0) };
/** Quartz counts weekdays from 1 = Sunday to 7 = Saturday. */
export const QUARTZ_WEEKDAYS: Field = { name: 'weekday', low: 1, high: 7, last: 7, values: numbered(WEEKDAY_NAMES, 1) };
export const YEARS: Field = { name: 'year', low: FIRST_YEAR, high: LAST_YEAR, last: LAST_YEAR };

/** The comma-separated items of a field, each with its position. Throws TimeError `bad_cron` for an empty one. */
export function itemsOf(field: Field, piece: Piece): Piece[] {
  let { position } = piece;
  return piece.text.split(',').map((text) => {
    const item = { text, position };
    position += text.length + 1;
    if (text === '') throw badCron(field, item, 'a value is missing beside the comma');
    return item;
  });
}

/** Adds the values of one item to `into`. Throws TimeError `bad_cron` with field, position and mend. */
export function addValues(field: Field, item: Piece, dialect: CronDialect, into: Set<number>): void {
  const [range = '', stepText, ...more] = item.text.split('/');
  if (more.length > 0) throw badCron(field, item, 'one step only, as in */5');
  const step = stepText === undefined ? 1 : stepOf(field, item, stepText, dialect);
  const [low, high] = rangeOf(field, item, range, stepText !== undefined);
  for (let value = low; value <= high; value += step) into.add(value);
}

/** The number that a text stands for, or undefined when it is neither a number nor a name of the field. */
export function valueOf(field: Field, text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : field.values?.get(text.toUpperCase());
}

/** The value of a text, within the field's bounds. Throws TimeError `bad_cron`. */
export function valueWithin(field: Field, item: Piece, text: string): number {
  const value = valueOf(field, text);
  if (value === undefined) throw badCron(field, item, `${boundsOf(field)}, a range a-b, a step */n or a list of them`);
  if (value >= field.low && value <= field.high) return value;
  throw badCron(field, { text, position: item.position + item.text.indexOf(text) }, boundsOf(field));
}

/** "minute 75: 0–59": which field, what stands there, how to mend it. */
export function badCron(field: Field, piece: Piece, hint: string): TimeError {
  const { text, position } = piece;
  return new TimeError('bad_cron', `${field.name} ${text || '""'}: ${hint}`, { field: field.name, position, hint });
}

function boundsOf(field: Field): string {
  const names = field.values === undefined ? '' : field.name === 'month' ? ' or JAN–DEC' : ' or SUN–SAT';
  return `${field.low}–${field.high}${names}`;
}

function stepOf(field: Field, item: Piece, text: string, dialect: CronDialect): number {
  if (!/^\d+$/.test(text)) throw badCron(field, item, 'a step is a number, as in */5');
  const step = Number(text);
  if (step === 0) throw badCron(field, item, 'a step is at least 1');
  const most = field.last - field.low + 1;
  // Such a step fires once a period, whatever its number says; only cron itself lets it pass.
  if (step > most && dialect !== 'vixie') throw badCron(field, item, `a step is at most ${most}`);
  return step;
}

function rangeOf(field: Field, item: Piece, text: string, stepped: boolean): [low: number, high: number] {
  if (text === '*' || text === '?') return [field.low, field.last];
  const dash = text.indexOf('-');
  if (dash === -1) {
    const value = valueWithin(field, item, text);
    return [value, stepped ? Math.max(field.last, value) : value];
  }
  const low = valueWithin(field, item, text.slice(0, dash));
  let high = valueWithin(field, item, text.slice(dash + 1));
  // "SAT-SUN": by its name Sunday may also close a range.
  if (field === WEEKDAYS && high === 0 && low > 0 && /sun$/i.test(text)) high = 7;
  if (low > high) throw badCron(field, item, `ranges do not wrap around: ${unwrapped(field, low, high)}`);
  return [low, high];
}

function unwrapped(field: Field, low: number, high: number): string {
  const part = (from: number, to: number): string => (from === to ? `${from}` : `${from}-${to}`);
  return low > field.last ? part(field.low, high) : `${part(low, field.last)},${part(field.low, high)}`;
}

function numbered(names: readonly string[], from: number): ReadonlyMap<string, number> {
  return new Map(names.map((name, index) => [name, index + from]));
}
