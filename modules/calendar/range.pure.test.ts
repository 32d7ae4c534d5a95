import { expect, test } from 'vitest';
import { isoLocal, zoneOf } from '#time/zone.ts';
import { localDays, readRange, zoneSegments } from './range.ts';

const chicago = zoneOf('America/Chicago');
const now = Temporal.Instant.from('2026-11-04T03:30:00Z').epochMilliseconds; // Tuesday evening in Chicago

function local(view: 'week' | 'day' | 'list', start?: string, end?: string): string[] {
  const { from, to } = readRange({ view, start, end, zone: chicago, now });
  return [isoLocal(chicago, from), isoLocal(chicago, to)];
}

test('a week goes from local Monday midnight to the next, a day from midnight to midnight', () => {
  expect(local('week')).toEqual(['2026-11-02T00:00:00-06:00', '2026-11-09T00:00:00-06:00']);
  expect(local('day')).toEqual(['2026-11-03T00:00:00-06:00', '2026-11-04T00:00:00-06:00']);
  expect(local('list')).toEqual(['2026-11-03T00:00:00-06:00', '2026-11-10T00:00:00-06:00']);
});

test('a naive start is read in the zone, and the week of a clock change keeps its local midnights', () => {
  expect(local('week', '2026-10-26T00:00:00')).toEqual(['2026-10-26T00:00:00-05:00', '2026-11-02T00:00:00-06:00']);
});

test('what lies further back than 30 days is cut off and said', () => {
  const range = readRange({
    view: 'list',
    start: '2026-01-01T00:00:00Z',
    end: '2026-11-05T00:00:00Z',
    zone: chicago,
    now,
  });
  expect(range.clamped).toBe(true);
  expect(isoLocal(chicago, range.from)).toBe('2026-10-04T00:00:00-05:00');
});

test.each([
  ['2026-11-05T00:00:00Z', '2026-11-05T00:00:00Z', 'end'],
  ['2026-11-05T00:00:00Z', '2026-11-04T00:00:00Z', 'end'],
  ['1793000000', undefined, 'start'],
  ['yesterday', undefined, 'start'],
  ['2020-01-01T00:00:00Z', '2020-02-01T00:00:00Z', 'start'],
])('start %s and end %s are refused by naming %s', (start, end, field) => {
  expect(() => readRange({ view: 'week', start, end, zone: chicago, now })).toThrow(
    expect.objectContaining({ status: 422, field }),
  );
});

test('the segments of a week say from when on which offset holds, with its abbreviation', () => {
  const { from, to } = readRange({ view: 'week', start: '2026-10-26T00:00:00', zone: chicago, now });
  expect(zoneSegments(chicago, from, to)).toEqual([
    { from, offsetMinutes: -300, abbreviation: 'CDT' },
    { from: Temporal.Instant.from('2026-11-01T07:00:00Z').epochMilliseconds, offsetMinutes: -360, abbreviation: 'CST' },
  ]);
  expect(localDays(chicago, from, to)).toHaveLength(7);
});

test.each([
  ['Europe/Berlin', 'CET'],
  ['Australia/Sydney', 'AEDT'],
  ['UTC', 'UTC'],
  ['America/Sao_Paulo', 'GMT-3'],
])('%s is abbreviated as %s in November', (name, abbreviation) => {
  expect(zoneSegments(zoneOf(name), now, now + 1)[0]?.abbreviation).toBe(abbreviation);
});
