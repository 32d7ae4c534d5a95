import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addLocalDays,
  instantOf,
  isoLocal,
  isoUtc,
  localAt,
  offsetAt,
  RANGE_END,
  startOfLocalDay,
  tzdataVersion,
  zoneOf,
} from './zone.ts';

const ZONES = Intl.supportedValuesOf('timeZone');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('a zone', () => {
  test('has the offset that Temporal has, anywhere from 1970 to 2199', () => {
    const anywhere = fc.tuple(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: RANGE_END - 1 }));
    fc.assert(
      fc.property(anywhere, ([id, instant]) => {
        const expected = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(id).offsetNanoseconds / 1e6;
        expect(offsetAt(zoneOf(id), instant)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  test('changes its offset at the millisecond at which Temporal does, in every zone of the database', () => {
    expect(ZONES.length).toBeGreaterThan(400);
    for (const id of ZONES) {
      const zone = zoneOf(id);
      // The first and the last few changes; the years between repeat the same rules.
      const changes = [...zone.starts].slice(1);
      for (const start of [...changes.slice(0, 6), ...changes.slice(-4)]) {
        for (const instant of [start - 1, start]) {
          const there = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(id);
          expect(offsetAt(zone, instant), `${id} ${instant}`).toBe(there.offsetNanoseconds / 1e6);
        }
      }
    }
  });

  test('never changes twice within so short a time that a wall time comes round three times', () => {
    for (const id of ZONES) {
      const { starts, ends, offsets } = zoneOf(id);
      for (let i = 1; i < starts.length; i++) {
        const change = Math.abs((offsets[i] ?? 0) - (offsets[i - 1] ?? 0));
        expect((ends[i] ?? 0) - (starts[i] ?? 0), `${id} ${starts[i]}`).toBeGreaterThan(change + DAY);
      }
    }
  });

  test('finds the instant of a wall time as Temporal does, gaps apart', () => {
    const anywhere = fc.tuple(fc.constantFrom(...ZONES), fc.integer({ min: DAY, max: RANGE_END - DAY }));
    fc.assert(
      fc.property(anywhere, ([id, local]) => {
        const zone = zoneOf(id);
        const wall = Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();
        const expected = wall.toZonedDateTime(id, { disambiguation: 'earlier' });
        const isGap = !expected.toPlainDateTime().equals(wall);
        const found = instantOf(zone, local);
        expect(isGap ? localAt(zone, found) > local : found === expected.epochMilliseconds).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('puts a wall time of a gap at the transition and one of an overlap at its first instant', () => {
    const chicago = zoneOf('America/Chicago');
    expect(isoUtc(instantOf(chicago, wall('2026-03-08T02:30')))).toBe('2026-03-08T08:00:00Z');
    expect(isoUtc(instantOf(chicago, wall('2026-11-01T01:30')))).toBe('2026-11-01T06:30:00Z');
    expect(isoUtc(instantOf(zoneOf('Pacific/Apia'), wall('2011-12-30T12:00')))).toBe('2011-12-30T10:00:00Z');
  });

  test('knows its days: 23 and 25 hours long, beginning at one o’clock, or left out', () => {
    expect(dayOf('America/Chicago', '2026-03-08T18:00Z')).toEqual(['2026-03-08T06:00:00Z', 23]);
    expect(dayOf('America/Chicago', '2026-11-01T18:00Z')).toEqual(['2026-11-01T05:00:00Z', 25]);
    expect(dayOf('America/Sao_Paulo', '2018-11-04T12:00Z')).toEqual(['2018-11-04T03:00:00Z', 23]);
    expect(dayOf('Australia/Lord_Howe', '2026-10-04T00:00Z')).toEqual(['2026-10-03T13:30:00Z', 23.5]);
    const apia = zoneOf('Pacific/Apia');
    const before = startOfLocalDay(apia, at('2011-12-29T20:00Z'));
    expect(isoLocal(apia, before)).toBe('2011-12-29T00:00:00-10:00');
    expect(isoLocal(apia, addLocalDays(apia, before, 1))).toBe('2011-12-31T00:00:00+14:00');
    expect(isoLocal(apia, addLocalDays(apia, before, 2))).toBe('2011-12-31T00:00:00+14:00');
    expect(isoLocal(apia, addLocalDays(apia, before, -1))).toBe('2011-12-28T00:00:00-10:00');
  });

  test('is written with its offset, to the minute, the second or the millisecond that is there', () => {
    expect(isoLocal(zoneOf('America/Chicago'), at('2026-03-08T08:00Z'))).toBe('2026-03-08T03:00:00-05:00');
    expect(isoLocal(zoneOf('Asia/Kathmandu'), at('2026-03-08T08:00:01.5Z'))).toBe('2026-03-08T13:45:01.500+05:45');
    expect(isoUtc(at('1969-12-31T23:59:59.999Z'))).toBe('1969-12-31T23:59:59.999Z');
  });

  test('is found in any letter case and refused with a suggestion when it is not one', () => {
    expect(zoneOf('america/chicago').id).toBe('America/Chicago');
    expect(() => zoneOf('Chicago')).toThrow('zone Chicago is not known: did you mean America/Chicago?');
    expect(() => zoneOf('new york')).toThrow('did you mean America/New_York?');
    for (const id of ['', 'Mars/Olympus', '+02:00', '-05:00']) {
      expect(() => zoneOf(id)).toThrow(expect.objectContaining({ code: 'unknown_zone', field: 'zone' }));
    }
  });

  test('comes from a named version of the tz database', () => {
    expect(tzdataVersion()).toMatch(/^20\d\d[a-z]/);
  });
});

function dayOf(id: string, text: string): [start: string, hours: number] {
  const zone = zoneOf(id);
  const start = startOfLocalDay(zone, at(text));
  return [isoUtc(start), (addLocalDays(zone, start, 1) - start) / HOUR];
}

function at(text: string): number {
  return Temporal.Instant.from(text).epochMilliseconds;
}

function wall(text: string): number {
  return at(`${text}Z`);
}
