// ADR 0005: the engine against an oracle that shares nothing with it. The oracle walks wall times minute by minute,
// reads each field anew for each of them, and asks Temporal for the instants.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CronDialect } from './recurrence.ts';
import { compile, instantsBetween } from './recurrence.ts';
import { TimeError } from './error.ts';
import { isoUtc, RANGE_END } from './zone.ts';

interface Case {
  readonly expr: string;
  readonly dialect: CronDialect;
  readonly zone: string;
  readonly from: number;
  readonly to: number;
}

const HOUR = 3_600_000;

describe('cron expressions, in any zone and any window', () => {
  test('expand to what an oracle over Temporal finds', { timeout: 60_000 }, () => {
    let checked = 0;
    fc.assert(
      fc.property(cases(), (given) => {
        const compiled = compiledOf(given);
        if (!compiled) return;
        checked++;
        const found = instantsBetween(compiled, given.from, given.to, 1e6).map(isoUtc);
        expect(found).toEqual(oracle(given).map(isoUtc));
      }),
      { numRuns: 3000 },
    );
    expect(checked).toBeGreaterThan(2000);
  });

  test('name the days that the oracle names, over more than a year', { timeout: 60_000 }, () => {
    const days = fc.tuple(
      expressions(),
      fc.constantFrom<CronDialect>('ocps', 'vixie'),
      fc.integer({ min: 1, max: 80_000 }),
    );
    fc.assert(
      fc.property(days, ([any, dialect, day]) => {
        const expr = `0 12 ${any.split(' ').slice(2).join(' ')}`;
        const given = { expr, dialect, zone: 'UTC', from: day * 24 * HOUR, to: (day + 400) * 24 * HOUR };
        const compiled = compiledOf(given);
        if (!compiled) return;
        expect(instantsBetween(compiled, given.from, given.to, 1e6).map(isoUtc)).toEqual(oracle(given).map(isoUtc));
      }),
      { numRuns: 1500 },
    );
  });

  test('step by next to what they expand to, however the window is split', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(cases(), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }), (given, cuts) => {
        const compiled = compiledOf(given);
        if (!compiled) return;
        const whole = instantsBetween(compiled, given.from, given.to, 1e6);
        const chain: number[] = [];
        for (let t = compiled.next(given.from - 1); t < given.to; t = compiled.next(t)) chain.push(t);
        expect(chain).toEqual(whole);

        const length = given.to - given.from;
        const edges = [
          given.from,
          ...cuts.sort((a, b) => a - b).map((cut) => Math.floor(given.from + cut * length)),
          given.to,
        ];
        const parts = edges.slice(1).flatMap((to, i) => instantsBetween(compiled, edges[i] ?? to, to, 1e6));
        expect(parts).toEqual(whole);
        expect(compiled.count(given.from, given.to)).toBe(whole.length);
        expect(inSmallBuffers(given, 7)).toEqual(whole);
      }),
      { numRuns: 3000 },
    );
  });

  test('match exactly the instants they expand to', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(cases(), (given) => {
        const compiled = compiledOf(given);
        if (!compiled) return;
        const instants = new Set(instantsBetween(compiled, given.from, given.to, 1e6));
        const firstMinute = Math.ceil(given.from / 60_000) * 60_000;
        for (let t = firstMinute; t < given.to; t += 60_000) expect(compiled.matches(t)).toBe(instants.has(t));
        for (const instant of instants) expect(compiled.matches(instant + 1)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

function compiledOf({ expr, dialect, zone }: Case): ReturnType<typeof compile> | undefined {
  try {
    return compile({ kind: 'cron', expr, dialect, zone });
  } catch (error) {
    // A random expression may name a day that never comes; every other refusal would be a fault.
    if (error instanceof TimeError && error.code === 'never_fires') return undefined;
    throw error;
  }
}

function inSmallBuffers(given: Case, size: number): number[] {
  const compiled = compile({ kind: 'cron', expr: given.expr, dialect: given.dialect, zone: given.zone });
  const buffer = new Float64Array(size);
  const all: number[] = [];
  let { from } = given;
  for (;;) {
    const length = compiled.expand(from, given.to, buffer);
    all.push(...buffer.subarray(0, length));
    if (length < size) return all;
    from = (buffer[size - 1] ?? 0) + 1;
  }
}

// ---- the oracle ----

function oracle({ expr, dialect, zone, from, to }: Case): number[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = expr.split(' ');
  const wildcard = minute.startsWith('*') || hour.startsWith('*');
  const open = dialect === 'vixie' ? /^\*/ : /^\*$/;
  const needsBoth = open.test(day) || open.test(weekday);
  const minutes = range(0, 59).filter((value) => inField(minute, value, 0, 59));
  const hours = range(0, 23).filter((value) => inField(hour, value, 0, 23));
  const found = new Set<number>();
  const lastDate = dateAt(to, zone).add({ days: 1 });
  let date = dateAt(from, zone).subtract({ days: 1 });
  for (; Temporal.PlainDate.compare(date, lastDate) <= 0; date = date.add({ days: 1 })) {
    if (!inField(named(month), date.month, 1, 12)) continue;
    const byDate = onDate(day, date);
    const byWeekday = onWeekday(named(weekday), date);
    if (needsBoth ? !(byDate && byWeekday) : !(byDate || byWeekday)) continue;
    const dateExists = date.toZonedDateTime(zone).toPlainDate().equals(date);
    for (const h of hours) {
      for (const m of minutes) {
        const wall = date.toPlainDateTime({ hour: h, minute: m });
        for (const instant of instantsOf(wall, zone, wildcard, dateExists)) found.add(instant);
      }
    }
  }
  return [...found].filter((t) => from <= t && t < to && t >= 0 && t < RANGE_END).sort((a, b) => a - b);
}

function instantsOf(wall: Temporal.PlainDateTime, zone: string, wildcard: boolean, dateExists: boolean): number[] {
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' });
  if (earlier.equals(later)) return [earlier.epochMilliseconds];
  const isGap = !earlier.toPlainDateTime().equals(wall);
  if (!isGap) return wildcard ? [earlier.epochMilliseconds, later.epochMilliseconds] : [earlier.epochMilliseconds];
  return wildcard || !dateExists ? [] : [changeBetween(earlier, later)];
}

/** The second at which the offset changes, by halving. */
function changeBetween(earlier: Temporal.ZonedDateTime, later: Temporal.ZonedDateTime): number {
  let [low, high] = [earlier.epochMilliseconds / 1000, later.epochMilliseconds / 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    const offset = Temporal.Instant.fromEpochMilliseconds(middle * 1000).toZonedDateTimeISO(earlier.timeZoneId).offset;
    if (offset === earlier.offset) low = middle;
    else high = middle;
  }
  return high * 1000;
}

function dateAt(instant: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate();
}

function inField(text: string, value: number, low: number, high: number): boolean {
  return text.split(',').some((item) => {
    const [span = '', step] = item.split('/');
    const [first, last] = span === '*' ? [low, high] : span.split('-').map(Number);
    const start = first ?? low;
    const end = last ?? (step ? high : start);
    return value >= start && value <= end && (value - start) % Number(step ?? 1) === 0;
  });
}

function onDate(text: string, date: Temporal.PlainDate): boolean {
  const isWorkday = (d: Temporal.PlainDate): boolean => d.dayOfWeek <= 5;
  return text.split(',').some((item) => {
    if (item === 'L') return date.day === date.daysInMonth;
    if (item.startsWith('L-')) return date.daysInMonth - date.day === Number(item.slice(2));
    if (item === 'LW') return nearestWorkday(date.daysInMonth) === date.day;
    if (item.endsWith('W'))
      return Number(item.slice(0, -1)) <= date.daysInMonth && nearestWorkday(parseInt(item)) === date.day;
    return inField(item, date.day, 1, 31);
  });

  /** Looks at ever more distant days, the same distance backwards before forwards. */
  function nearestWorkday(day: number): number {
    const wanted = date.with({ day });
    for (const distance of [0, -1, 1, -2, 2]) {
      const candidate = wanted.add({ days: distance });
      if (candidate.month === date.month && isWorkday(candidate)) return candidate.day;
    }
    throw new Error('a week without a workday');
  }
}

function onWeekday(text: string, date: Temporal.PlainDate): boolean {
  return text.split(',').some((item) => {
    const [day, nth] = item.split('#');
    if (nth !== undefined) return inWeek(day ?? '', date) && Math.floor((date.day - 1) / 7) + 1 === Number(nth);
    if (item.endsWith('L')) return inWeek(item.slice(0, -1), date) && date.add({ days: 7 }).month !== date.month;
    return inWeek(item, date);
  });
}

function inWeek(item: string, date: Temporal.PlainDate): boolean {
  // Sunday counts as 7 only where 7 is written; `*/n` counts from Sunday = 0 and ends on Saturday.
  const zeroBased = date.dayOfWeek % 7;
  return inField(item, zeroBased, 0, 6) || (zeroBased === 0 && item.includes('7') && inField(item, 7, 0, 6));
}

function named(text: string): string {
  const names = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
  const months = ['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
  return text.replaceAll(/[A-Z]{3}/gi, (name) => {
    const month = months.indexOf(name.toUpperCase());
    return String(month > 0 ? month : names.indexOf(name.toUpperCase()));
  });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

// ---- random cases ----

function cases(): fc.Arbitrary<Case> {
  return fc
    .record({
      expr: expressions(),
      dialect: fc.constantFrom<CronDialect>('ocps', 'ocps', 'vixie'),
      zone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
      anywhere: fc.integer({ min: 0, max: RANGE_END / 1000 - 1 }),
      atTransition: fc.integer({ min: 0, max: 9 }).map((n) => n < 8),
      before: fc.integer({ min: 0, max: 30 * HOUR }),
      after: fc.integer({ min: 0, max: 30 * HOUR }),
    })
    .map(({ expr, dialect, zone, anywhere, atTransition, before, after }) => {
      const middle = Temporal.Instant.fromEpochMilliseconds(anywhere * 1000).toZonedDateTimeISO(zone);
      // Most zones change their clocks only in the past: look back, then forward.
      const change = middle.getTimeZoneTransition('previous') ?? middle.getTimeZoneTransition('next');
      const usable = atTransition && change !== null && change.epochMilliseconds > 0;
      const center = usable ? change.epochMilliseconds : anywhere * 1000;
      return { expr, dialect, zone, from: center - before, to: center + after };
    });
}

function expressions(): fc.Arbitrary<string> {
  const minute = field(0, 59, fc.constantFrom(0, 15, 30, 45, 59));
  const hour = field(0, 23, fc.constantFrom(0, 1, 2, 3, 23));
  const day = mostly(
    '*',
    fc.oneof(
      field(1, 31, fc.integer({ min: 1, max: 31 })),
      fc.constantFrom('L', 'LW', 'L-1', '1W', '15W', '31W', '30W,1'),
    ),
  );
  const month = mostly(
    '*',
    fc.oneof(field(1, 12, fc.integer({ min: 1, max: 12 })), fc.constantFrom('MAR-may', 'oct,NOV')),
  );
  const weekday = mostly(
    '*',
    fc.oneof(
      field(0, 6, fc.integer({ min: 0, max: 6 })),
      fc.constantFrom('7', '5-7', 'MON-FRI', 'sun', '0L', '5L', '1#1', '0#2', '6#5', 'SUN#4,3', '*/2'),
    ),
  );
  return fc.tuple(minute, hour, day, month, weekday).map((fields) => fields.join(' '));
}

function field(low: number, high: number, likely: fc.Arbitrary<number>): fc.Arbitrary<string> {
  const any = fc.integer({ min: low, max: high });
  const step = fc.integer({ min: 1, max: high - low + 1 });
  const span = fc.tuple(any, any).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  return fc.oneof(
    { arbitrary: likely.map(String), weight: 4 },
    { arbitrary: fc.constant('*'), weight: 2 },
    { arbitrary: step.map((n) => `*/${n}`), weight: 2 },
    { arbitrary: any.map(String), weight: 1 },
    { arbitrary: span, weight: 1 },
    { arbitrary: fc.tuple(span, step).map(([s, n]) => `${s}/${n}`), weight: 1 },
    { arbitrary: fc.tuple(any, step).map(([s, n]) => `${s}/${n}`), weight: 1 },
    { arbitrary: fc.tuple(likely, any, span).map((items) => items.join(',')), weight: 1 },
  );
}

function mostly(text: string, rest: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ arbitrary: fc.constant(text), weight: 2 }, { arbitrary: rest, weight: 1 });
}
