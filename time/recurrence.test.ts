import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Compiled, Recurrence } from './recurrence.ts';
import { compile, countPerDay, instantsBetween } from './recurrence.ts';
import { isoUtc, RANGE_END } from './zone.ts';

const DAY = 86_400_000;
const ZONES = Intl.supportedValuesOf('timeZone');

describe('every', () => {
  test('fires a period after its anchor first, and keeps its phase whenever it is asked', () => {
    const everyQuarter = compile({ kind: 'every', every: 'PT15M', anchor: at('2026-03-01T10:07Z'), zone: 'UTC' });
    expect(isoUtc(everyQuarter.next(at('2020-01-01T00:00Z')))).toBe('2026-03-01T10:22:00Z');
    expect(isoUtc(everyQuarter.next(at('2026-03-01T10:22Z')))).toBe('2026-03-01T10:37:00Z');
    expect(isoUtc(everyQuarter.next(at('2026-03-01T10:40Z')))).toBe('2026-03-01T10:52:00Z');
    expect(everyQuarter.matches(at('2026-03-01T10:07Z'))).toBe(false);
  });

  test('counts months from the anchor, so that the 31st comes back after a short month', () => {
    const monthly: Recurrence = { kind: 'every', every: 'P1M', anchor: at('2026-01-31T09:00Z'), zone: 'UTC' };
    expect(between(monthly, '2026-01-01T00:00Z', '2026-06-01T00:00Z')).toEqual([
      '2026-02-28T09:00:00Z',
      '2026-03-31T09:00:00Z',
      '2026-04-30T09:00:00Z',
      '2026-05-31T09:00:00Z',
    ]);
  });

  test('agrees with Temporal on any period, away from the gaps', () => {
    const periods = ['PT90S', 'PT7M', 'PT1H', 'PT36H', 'P1D', 'P3D', 'P1W', 'P2W', 'P1M', 'P5M', 'P1Y', 'P1DT12H'];
    const given = fc.record({
      every: fc.constantFrom(...periods),
      zone: fc.constantFrom(...ZONES),
      anchor: fc.integer({ min: 0, max: RANGE_END / 1000 - 1 }).map((seconds) => seconds * 1000),
      turns: fc.integer({ min: 1, max: 500 }),
    });
    fc.assert(
      fc.property(given, ({ every, zone, anchor, turns }) => {
        const { years, months, weeks, days, hours, minutes, seconds } = Temporal.Duration.from(every);
        const start = Temporal.Instant.fromEpochMilliseconds(anchor).toZonedDateTimeISO(zone);
        const wall = start.toPlainDateTime().add({
          years: years * turns,
          months: months * turns,
          days: (weeks * 7 + days) * turns,
        });
        const elapsed = { hours: hours * turns, minutes: minutes * turns, seconds: seconds * turns };
        const isCalendar = years + months + weeks + days > 0;
        const earlier = isCalendar ? wall.toZonedDateTime(zone, { disambiguation: 'earlier' }) : start;
        if (isCalendar && !earlier.toPlainDateTime().equals(wall)) return;
        const expected = earlier.add(elapsed).epochMilliseconds;
        if (expected >= RANGE_END || expected <= anchor) return;
        expect(isoUtc(compile({ kind: 'every', every, anchor, zone }).next(expected - 1))).toBe(isoUtc(expected));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['', 'P', 'PT', 'P1DT', '15m', 'P-1D', 'PT0S', 'P0D', 'PT0.5S', 'P1.5D', 'P500Y'])(
    '%j is refused',
    (every) => {
      expect(() => compile({ kind: 'every', every, anchor: 0, zone: 'UTC' })).toThrow(
        expect.objectContaining({ code: 'bad_duration', field: 'every' }),
      );
    },
  );
});

describe('at', () => {
  test('fires once', () => {
    const once = compile({ kind: 'at', at: 5000, zone: 'UTC' });
    expect(once.next(4999)).toBe(5000);
    expect(once.next(5000)).toBeNaN();
    expect([once.count(5000, 5001), once.count(0, 5000)]).toEqual([1, 0]);
    expect(instantsBetween(once, 0, 9000, 10)).toEqual([5000]);
    expect([once.matches(5000), once.matches(5001)]).toEqual([true, false]);
  });

  test('refuses what is not an instant', () => {
    for (const value of [Number.NaN, 1.5, Infinity]) {
      expect(() => compile({ kind: 'at', at: value, zone: 'UTC' })).toThrow(
        expect.objectContaining({ code: 'bad_instant', field: 'at' }),
      );
    }
  });
});

describe('daily', () => {
  test('fires at its times in order, each once', () => {
    const daily: Recurrence = {
      kind: 'daily',
      times: ['18:00', '9:30', '09:30:00', '23:59:59'],
      zone: 'Europe/Madrid',
    };
    expect(between(daily, '2026-01-10T00:00Z', '2026-01-11T00:00Z')).toEqual([
      '2026-01-10T08:30:00Z',
      '2026-01-10T17:00:00Z',
      '2026-01-10T22:59:59Z',
    ]);
  });

  test.each(['', '24:00', '9', '09:60', '09:30:60', 'noon'])('%j is refused', (time) => {
    expect(() => compile({ kind: 'daily', times: ['09:30', time], zone: 'UTC' })).toThrow(
      expect.objectContaining({ code: 'bad_times', field: 'times' }),
    );
  });

  test('without a time is refused', () => {
    expect(() => compile({ kind: 'daily', times: [], zone: 'UTC' })).toThrow('at least one time of day');
  });
});

describe('bounds', () => {
  const hours: Recurrence = {
    kind: 'cron',
    expr: '0 * * * *',
    zone: 'UTC',
    from: at('2026-01-01T10:00Z'),
    until: at('2026-01-01T13:00Z'),
  };

  test('let the first instant in and keep the last one out', () => {
    const inside = ['2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z', '2026-01-01T12:00:00Z'];
    expect(between(hours, '2025-12-31T00:00Z', '2026-01-02T00:00Z')).toEqual(inside);
    expect(chain(compile(hours), 0).map(isoUtc)).toEqual(inside);
    expect(compile(hours).count(0, Infinity)).toBe(3);
    expect(compile(hours).matches(at('2026-01-01T13:00Z'))).toBe(false);
    expect(compile(hours).matches(at('2026-01-01T10:00Z'))).toBe(true);
  });

  test('do not move the phase of every', () => {
    const late: Recurrence = { kind: 'every', every: 'PT7H', anchor: 0, zone: 'UTC', from: DAY };
    expect(compile(late).next(0)).toBe(28 * 3_600_000);
  });

  test('that leave nothing are refused', () => {
    expect(() => compile({ ...hours, until: at('2026-01-01T10:00Z') })).toThrow(
      expect.objectContaining({ code: 'bad_bounds', field: 'until' }),
    );
  });
});

describe('any recurrence', () => {
  const RECURRENCES: readonly Recurrence[] = [
    { kind: 'cron', expr: '*/5 1-3 * * *', zone: 'America/Chicago' },
    { kind: 'every', every: 'P1D', anchor: at('2026-03-01T08:30Z'), zone: 'America/Chicago' },
    { kind: 'every', every: 'PT50M', anchor: at('2026-03-01T08:30Z'), zone: 'America/Chicago' },
    { kind: 'daily', times: ['02:00', '02:30', '03:00'], zone: 'America/Chicago' },
    { kind: 'at', at: at('2026-03-08T08:00Z'), zone: 'America/Chicago' },
  ];
  test.each(RECURRENCES)('answers alike by next, expand, count and matches: $kind', (recurrence) => {
    const compiled = compile(recurrence);
    const [from, to] = [at('2026-03-07T00:00Z'), at('2026-03-10T00:00Z')];
    const instants = instantsBetween(compiled, from, to, 1e5);
    expect(chain(compiled, from - 1).filter((instant) => instant < to)).toEqual(instants);
    expect(compiled.count(from, to)).toBe(instants.length);
    expect(instants.every((instant) => compiled.matches(instant) && !compiled.matches(instant - 1))).toBe(true);
    expect(instantsBetween(compiled, from, to, 2)).toEqual(instants.slice(0, 2));
    expect(instantsBetween(compiled, to, from, 10)).toEqual([]);
  });

  test('writes behind what its buffer already holds and stops when it is full', () => {
    const minutes = compile({ kind: 'cron', expr: '* * * * *', zone: 'UTC' });
    const buffer = new Float64Array(4).fill(-1);
    expect(minutes.expand(0, DAY, buffer, 2)).toBe(4);
    expect([...buffer]).toEqual([-1, -1, 0, 60_000]);
    expect(minutes.expand(0, DAY, buffer, 4)).toBe(4);
  });

  test('says how often it fires in a day', () => {
    const from = at('2026-06-01T00:00Z');
    const perDay = (expr: string): number => countPerDay({ kind: 'cron', expr, zone: 'UTC' }, from);
    expect(['* * * * *', '*/5 * * * *', '0 9,18 * * *', '0 0 1 1 *'].map(perDay)).toEqual([1440, 288, 2, 0]);
    expect(countPerDay({ kind: 'every', every: 'PT1S', anchor: 0, zone: 'UTC' }, from)).toBe(86_400);
    expect(countPerDay({ kind: 'cron', expr: '0 * * * *', zone: 'America/Chicago' }, at('2026-03-08T06:00Z'))).toBe(24);
  });

  test('needs a zone that exists and a kind that is known', () => {
    expect(() => compile({ kind: 'at', at: 0, zone: 'Nowhere' })).toThrow('zone Nowhere is not known');
    expect(() => compile({ kind: 'rrule', zone: 'UTC' } as unknown as Recurrence)).toThrow(
      expect.objectContaining({ code: 'kind_not_supported', field: 'kind' }),
    );
  });
});

function chain(compiled: Compiled, after: number): number[] {
  const instants: number[] = [];
  for (let t = compiled.next(after); !Number.isNaN(t) && instants.length < 500; t = compiled.next(t)) instants.push(t);
  return instants;
}

function between(recurrence: Recurrence, from: string, to: string): string[] {
  return instantsBetween(compile(recurrence), at(from), at(to), 1000).map(isoUtc);
}

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}
