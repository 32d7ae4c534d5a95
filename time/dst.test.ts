// ADR 0007: the table of what recurrences do where the clocks change, row by row.
import { describe, expect, test } from 'vitest';
import type { Recurrence } from './recurrence.ts';
import { compile, instantsBetween } from './recurrence.ts';
import { isoUtc } from './zone.ts';

const CHICAGO = 'America/Chicago';
const SPRING_NIGHT = ['2026-03-08T05:00Z', '2026-03-08T12:00Z'] as const;
const AUTUMN_NIGHT = ['2026-11-01T05:00Z', '2026-11-01T09:00Z'] as const;

interface Row {
  readonly rule: string;
  readonly expr: string;
  readonly zone: string;
  readonly window: readonly [from: string, to: string];
  readonly instants: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    rule: 'an hour field that starts with a star makes a wildcard: the two o’clock that the gap leaves out is skipped',
    expr: '0 */2 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: ['2026-03-08T06:00:00Z', '2026-03-08T09:00:00Z', '2026-03-08T11:00:00Z'],
  },
  {
    rule: 'a step over a range is a fixed time: 02:15 and 02:45 are made up for together',
    expr: '15-45/15 2 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: ['2026-03-08T08:00:00Z'],
  },
  {
    rule: 'a fixed time in a gap fires once, at the transition (Chicago)',
    expr: '30 2 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: ['2026-03-08T08:00:00Z'],
  },
  {
    rule: 'a fixed time in a gap fires once, at the transition (Madrid)',
    expr: '30 2 * * *',
    zone: 'Europe/Madrid',
    window: ['2026-03-28T23:00Z', '2026-03-29T10:00Z'],
    instants: ['2026-03-29T01:00:00Z'],
  },
  {
    rule: 'a fixed time in a gap of half an hour fires once, at the transition (Lord Howe)',
    expr: '15 2 * * *',
    zone: 'Australia/Lord_Howe',
    window: ['2026-10-03T12:00Z', '2026-10-04T10:00Z'],
    instants: ['2026-10-03T15:30:00Z'],
  },
  {
    rule: 'a fixed time in a gap of two hours fires once, at the transition (Troll)',
    expr: '30 1,2 * * *',
    zone: 'Antarctica/Troll',
    window: ['2026-03-29T00:00Z', '2026-03-29T12:00Z'],
    instants: ['2026-03-29T01:00:00Z'],
  },
  {
    rule: 'several fixed times in one gap are merged',
    expr: '0,30 2 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: ['2026-03-08T08:00:00Z'],
  },
  {
    rule: 'fixed times in and after a gap: the transition, then the real one',
    expr: '30 2,3 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: ['2026-03-08T08:00:00Z', '2026-03-08T08:30:00Z'],
  },
  {
    rule: 'a fixed time in the gap and one at its end are one instant, not two',
    expr: '0 2,3 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: ['2026-03-08T08:00:00Z'],
  },
  {
    rule: 'a wildcard skips the gap',
    expr: '*/30 2 * * *',
    zone: CHICAGO,
    window: SPRING_NIGHT,
    instants: [],
  },
  {
    rule: 'a fixed time in an overlap fires once, the first time',
    expr: '30 1 * * *',
    zone: CHICAGO,
    window: AUTUMN_NIGHT,
    instants: ['2026-11-01T06:30:00Z'],
  },
  {
    rule: 'a wildcard fires at every real instant of an overlap',
    expr: '30 * * * *',
    zone: CHICAGO,
    window: AUTUMN_NIGHT,
    instants: ['2026-11-01T05:30:00Z', '2026-11-01T06:30:00Z', '2026-11-01T07:30:00Z', '2026-11-01T08:30:00Z'],
  },
  {
    rule: 'the Irish winter, a daylight saving that is negative, is an overlap like any other',
    expr: '30 1 * * *',
    zone: 'Europe/Dublin',
    window: ['2026-10-24T12:00Z', '2026-10-25T12:00Z'],
    instants: ['2026-10-25T00:30:00Z'],
  },
  {
    rule: 'the clock that goes back for Ramadan is an overlap too (Casablanca)',
    expr: '30 2 * * *',
    zone: 'Africa/Casablanca',
    window: ['2026-02-14T12:00Z', '2026-02-15T12:00Z'],
    instants: ['2026-02-15T01:30:00Z'],
  },
  {
    rule: 'a zone with an odd offset needs no rule of its own (Kathmandu)',
    expr: '0 6 * * *',
    zone: 'Asia/Kathmandu',
    window: ['2026-06-01T00:00Z', '2026-06-02T00:00Z'],
    instants: ['2026-06-01T00:15:00Z'],
  },
  {
    rule: 'nothing happens on a local date that the zone left out, and nothing is made up for it (Apia)',
    expr: '30 2 * * *',
    zone: 'Pacific/Apia',
    window: ['2011-12-29T00:00Z', '2012-01-01T00:00Z'],
    instants: ['2011-12-29T12:30:00Z', '2011-12-30T12:30:00Z', '2011-12-31T12:30:00Z'],
  },
  {
    rule: 'the 30th that Apia left out does not fire in that month',
    expr: '0 12 30 12 *',
    zone: 'Pacific/Apia',
    window: ['2011-12-01T00:00Z', '2012-12-01T00:00Z'],
    instants: [],
  },
  {
    rule: 'day of month and weekday, both restricted: either is enough',
    expr: '0 12 13 * 5',
    zone: 'UTC',
    window: ['2026-02-01T00:00Z', '2026-03-01T00:00Z'],
    instants: ['2026-02-06T12:00:00Z', '2026-02-13T12:00:00Z', '2026-02-20T12:00:00Z', '2026-02-27T12:00:00Z'],
  },
  {
    rule: 'a stepped star is a restriction: every tenth day or a Monday',
    expr: '0 0 */10 * 1',
    zone: 'UTC',
    window: ['2026-06-01T00:00Z', '2026-06-16T00:00Z'],
    instants: ['2026-06-01T00:00:00Z', '2026-06-08T00:00:00Z', '2026-06-11T00:00:00Z', '2026-06-15T00:00:00Z'],
  },
  {
    rule: 'a step counts from the start of the range and anew in each period',
    expr: '*/40 * * * *',
    zone: 'UTC',
    window: ['2026-06-01T00:00Z', '2026-06-01T02:00Z'],
    instants: ['2026-06-01T00:00:00Z', '2026-06-01T00:40:00Z', '2026-06-01T01:00:00Z', '2026-06-01T01:40:00Z'],
  },
  {
    rule: 'L is the last day of the month, in February of a leap year the 29th',
    expr: '0 0 L 2,4 *',
    zone: 'UTC',
    window: ['2028-01-01T00:00Z', '2028-06-01T00:00Z'],
    instants: ['2028-02-29T00:00:00Z', '2028-04-30T00:00:00Z'],
  },
  {
    rule: '5L is the last Friday, also when it is the last day',
    expr: '0 0 * * 5L',
    zone: 'UTC',
    window: ['2026-06-01T00:00Z', '2026-08-01T00:00Z'],
    instants: ['2026-06-26T00:00:00Z', '2026-07-31T00:00:00Z'],
  },
  {
    rule: 'LW is the last Monday to Friday',
    expr: '0 0 LW * *',
    zone: 'UTC',
    window: ['2026-01-01T00:00Z', '2026-03-01T00:00Z'],
    instants: ['2026-01-30T00:00:00Z', '2026-02-27T00:00:00Z'],
  },
  {
    rule: '1W does not leave its month: a Saturday the 1st becomes Monday the 3rd',
    expr: '0 0 1W 8 *',
    zone: 'UTC',
    window: ['2026-01-01T00:00Z', '2027-01-01T00:00Z'],
    instants: ['2026-08-03T00:00:00Z'],
  },
  {
    rule: '31W does not fire in a month without a 31st',
    expr: '0 0 31W * *',
    zone: 'UTC',
    window: ['2026-01-01T00:00Z', '2026-04-01T00:00Z'],
    instants: ['2026-01-30T00:00:00Z', '2026-03-31T00:00:00Z'],
  },
  {
    rule: 'd#5 does not fire in a month that has only four of that weekday',
    expr: '0 0 * * 1#5',
    zone: 'UTC',
    window: ['2026-01-01T00:00Z', '2026-07-01T00:00Z'],
    instants: ['2026-03-30T00:00:00Z', '2026-06-29T00:00:00Z'],
  },
  {
    rule: '29 February fires in leap years only',
    expr: '0 0 29 2 *',
    zone: 'UTC',
    window: ['2095-01-01T00:00Z', '2105-01-01T00:00Z'],
    instants: ['2096-02-29T00:00:00Z', '2104-02-29T00:00:00Z'],
  },
];

describe('where the clocks change', () => {
  for (const { rule, expr, zone, window, instants } of ROWS) {
    test(`${rule}: "${expr}"`, () => {
      expect(firings({ kind: 'cron', expr, zone }, window)).toEqual(instants);
    });
  }

  test('in the vixie dialect a stepped star counts as a star, so that both must hold', () => {
    const window = ['2026-06-01T00:00Z', '2026-07-01T00:00Z'] as const;
    expect(firings({ kind: 'cron', expr: '0 0 */10 * 1', dialect: 'vixie', zone: 'UTC' }, window)).toEqual([
      '2026-06-01T00:00:00Z',
    ]);
  });

  test('daily times are fixed times: made up for in a gap, once in an overlap', () => {
    const daily: Recurrence = { kind: 'daily', times: ['01:30', '02:30'], zone: CHICAGO };
    expect(firings(daily, SPRING_NIGHT)).toEqual(['2026-03-08T07:30:00Z', '2026-03-08T08:00:00Z']);
    expect(firings(daily, AUTUMN_NIGHT)).toEqual(['2026-11-01T06:30:00Z', '2026-11-01T08:30:00Z']);
  });

  test('every day follows the wall clock, every 24 hours the stopwatch', () => {
    const anchor = at('2026-03-07T18:00Z');
    const window = ['2026-03-07T00:00Z', '2026-03-10T00:00Z'] as const;
    expect(firings({ kind: 'every', every: 'P1D', anchor, zone: CHICAGO }, window)).toEqual([
      '2026-03-08T17:00:00Z',
      '2026-03-09T17:00:00Z',
    ]);
    expect(firings({ kind: 'every', every: 'PT24H', anchor, zone: CHICAGO }, window)).toEqual([
      '2026-03-08T18:00:00Z',
      '2026-03-09T18:00:00Z',
    ]);
  });

  test('every day at a time that a gap leaves out fires at the transition', () => {
    const everyDay: Recurrence = { kind: 'every', every: 'P1D', anchor: at('2026-03-07T08:30Z'), zone: CHICAGO };
    expect(firings(everyDay, SPRING_NIGHT)).toEqual(['2026-03-08T08:00:00Z']);
  });

  test('every day does not fire on the date that Apia left out', () => {
    const everyDay: Recurrence = { kind: 'every', every: 'P1D', anchor: at('2011-12-28T22:00Z'), zone: 'Pacific/Apia' };
    expect(firings(everyDay, ['2011-12-29T00:00Z', '2012-01-01T00:00Z'])).toEqual([
      '2011-12-29T22:00:00Z',
      '2011-12-30T22:00:00Z',
      '2011-12-31T22:00:00Z',
    ]);
  });
});

function firings(recurrence: Recurrence, [from, to]: readonly [string, string]): string[] {
  const compiled = compile(recurrence);
  const instants = instantsBetween(compiled, at(from), at(to), 1000);
  // The same by steps: a table row counts only when both ways agree.
  const chain: number[] = [];
  for (let next = compiled.next(at(from) - 1); next < at(to); next = compiled.next(next)) chain.push(next);
  expect(chain).toEqual(instants);
  return instants.map(isoUtc);
}

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}
