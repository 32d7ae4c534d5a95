// The one door to recurrences: what kinds there are and what may be asked of each.
import { remember } from './cache.ts';
import { DAY, HOUR, MINUTE, SECOND } from './civil.ts';
import type { CronDialect } from './cron.ts';
import { cronRule } from './cron.ts';
import { readDuration } from './duration.ts';
import { TimeError } from './error.ts';
import { countEvery, expandEvery, nextEvery } from './every.ts';
import type { WallClockRule } from './wall-clock.ts';
import { countOnWallClock, expandOnWallClock, nextOnWallClock } from './wall-clock.ts';
import type { Zone } from './zone.ts';
import { zoneOf } from './zone.ts';

export type { CronDialect } from './cron.ts';

interface Common {
  /** IANA name, never inferred. */
  readonly zone: string;
  /** Nothing fires before this instant. */
  readonly from?: number | undefined;
  /** Nothing fires at or after this instant. */
  readonly until?: number | undefined;
}

export interface CronRecurrence extends Common {
  readonly kind: 'cron';
  readonly expr: string;
  readonly dialect?: CronDialect | undefined;
}

export interface EveryRecurrence extends Common {
  readonly kind: 'every';
  /** ISO 8601 duration: hours and smaller are elapsed time, days and longer follow the wall clock. */
  readonly every: string;
  /** Epoch milliseconds; the first firing is one period later. */
  readonly anchor: number;
}

export interface AtRecurrence extends Common {
  readonly kind: 'at';
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface DailyRecurrence extends Common {
  readonly kind: 'daily';
  /** `HH:MM` or `HH:MM:SS` on the wall clock. */
  readonly times: readonly string[];
}

export type Recurrence = CronRecurrence | EveryRecurrence | AtRecurrence | DailyRecurrence;

/** A recurrence that is ready to answer. Instants are integer epoch milliseconds, 1970–2199. */
export interface Compiled {
  /** The first instant strictly after `after`; NaN when there is none. */
  next(after: number): number;
  /**
   * Writes the instants in [from, to), ascending, into `into` from index `at` (0) on and returns the index behind the
   * last one. Stops when `into` is full: a result of `into.length` says that there may be more.
   */
  expand(from: number, to: number, into: Float64Array, at?: number): number;
  /** How many instants lie in [from, to), without making them. */
  count(from: number, to: number): number;
  /** Whether it fires at exactly this instant. */
  matches(instant: number): boolean;
}

const compiled = new Map<string, Compiled>();

const SMALL_BUFFER = 1024;

/**
 * Prepares a recurrence; equal ones share the work. Throws TimeError that names the field and the mend: `bad_cron`,
 * `never_fires`, `bad_dialect`, `bad_duration`, `bad_times`, `bad_instant`, `bad_bounds`, `unknown_zone`.
 */
export function compile(recurrence: Recurrence): Compiled {
  return remember(compiled, keyOf(recurrence), 20_000, () => bounded(compileKind(recurrence), recurrence));
}

/** The instants in [from, to), at most `most` of them. */
export function instantsBetween(compiled: Compiled, from: number, to: number, most: number): number[] {
  // Counting first spares a large buffer, but a window without an end is slow to count.
  const buffer = new Float64Array(most <= SMALL_BUFFER ? most : Math.min(most, compiled.count(from, to)));
  return [...buffer.subarray(0, compiled.expand(from, to, buffer))];
}

/** How often the recurrence fires in the 24 hours from `from` on. */
export function countPerDay(recurrence: Recurrence, from: number): number {
  return compile(recurrence).count(from, from + DAY);
}

function keyOf(recurrence: Recurrence): string {
  const { kind, zone, from = '', until = '' } = recurrence;
  return `${kind}|${zone}|${from}|${until}|${detailOf(recurrence)}`;
}

function detailOf(recurrence: Recurrence): string {
  switch (recurrence.kind) {
    case 'cron':
      return `${recurrence.dialect ?? 'ocps'}|${recurrence.expr}`;
    case 'every':
      return `${recurrence.every}|${recurrence.anchor}`;
    case 'at':
      return `${recurrence.at}`;
    case 'daily':
      return recurrence.times.join(',');
    default:
      throw unsupportedKind(recurrence);
  }
}

function compileKind(recurrence: Recurrence): Compiled {
  const zone = zoneOf(recurrence.zone);
  switch (recurrence.kind) {
    case 'cron':
      return onWallClock(cronRule(recurrence.expr, recurrence.dialect ?? 'ocps'), zone);
    case 'every':
      return everyPeriod(recurrence, zone);
    case 'at':
      return once(instantIn(recurrence.at, 'at'));
    case 'daily':
      return onWallClock(dailyRule(recurrence.times), zone);
    default:
      throw unsupportedKind(recurrence);
  }
}

function onWallClock(rule: WallClockRule, zone: Zone): Compiled {
  return {
    next: (after) => nextOnWallClock(rule, zone, after),
    expand: (from, to, into, at = 0) => expandOnWallClock(rule, zone, from, to, into, at),
    count: (from, to) => countOnWallClock(rule, zone, from, to),
    matches: (instant) => nextOnWallClock(rule, zone, instant - 1) === instant,
  };
}

function everyPeriod(recurrence: EveryRecurrence, zone: Zone): Compiled {
  const rule = { period: readDuration(recurrence.every), anchor: instantIn(recurrence.anchor, 'anchor') };
  return {
    next: (after) => nextEvery(rule, zone, after),
    expand: (from, to, into, at = 0) => expandEvery(rule, zone, from, to, into, at),
    count: (from, to) => countEvery(rule, zone, from, to),
    matches: (instant) => nextEvery(rule, zone, instant - 1) === instant,
  };
}

function once(instant: number): Compiled {
  const within = (from: number, to: number): boolean => from <= instant && instant < to;
  return {
    next: (after) => (instant > after ? instant : Number.NaN),
    expand(from, to, into, at = 0) {
      if (!within(from, to) || at >= into.length) return at;
      into[at] = instant;
      return at + 1;
    },
    count: (from, to) => (within(from, to) ? 1 : 0),
    matches: (asked) => asked === instant,
  };
}

function bounded(inner: Compiled, { from = -Infinity, until = Infinity }: Common): Compiled {
  if (from === -Infinity && until === Infinity) return inner;
  if (!(from < until)) {
    throw new TimeError('bad_bounds', 'until: must lie after from', { field: 'until', hint: 'must lie after from' });
  }
  return {
    next(after) {
      const instant = inner.next(Math.max(after, from - 1));
      return instant < until ? instant : Number.NaN;
    },
    expand: (start, end, into, at = 0) => inner.expand(Math.max(start, from), Math.min(end, until), into, at),
    count: (start, end) => inner.count(Math.max(start, from), Math.min(end, until)),
    matches: (instant) => from <= instant && instant < until && inner.matches(instant),
  };
}

function dailyRule(texts: readonly string[]): WallClockRule {
  if (texts.length === 0) throw badTimes('', 'at least one time of day, as in 09:30');
  const times = Int32Array.from(new Set(texts.map(timeOfDay))).sort();
  return { times, days: cronRule('0 0 * * *').days, gap: 'transition', overlap: 'first' };
}

function timeOfDay(text: string): number {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  const [hour, minute, second] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 0)];
  if (!(hour < 24 && minute < 60 && second < 60)) throw badTimes(text, 'HH:MM or HH:MM:SS, 00:00–23:59:59');
  return hour * HOUR + minute * MINUTE + second * SECOND;
}

function badTimes(text: string, hint: string): TimeError {
  return new TimeError('bad_times', `time of day ${text || '""'}: ${hint}`, { field: 'times', hint });
}

function instantIn(value: number, field: string): number {
  if (Number.isSafeInteger(value)) return value;
  const hint = 'whole milliseconds since 1970';
  throw new TimeError('bad_instant', `${field} ${value}: ${hint}`, { field, hint });
}

function unsupportedKind(recurrence: never): TimeError {
  const { kind } = recurrence as { readonly kind?: unknown };
  const hint = 'cron, every, at or daily';
  return new TimeError('kind_not_supported', `kind ${String(kind)}: ${hint}`, { field: 'kind', hint });
}
