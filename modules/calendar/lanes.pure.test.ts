import { expect, test } from 'vitest';
import { addLocalDays, startOfLocalDay, zoneOf } from '#time/zone.ts';
import { countStatuses, ticksOf } from './lanes.ts';
import type { EventStatus, SourceOccurrence } from './points.ts';
import { localDays } from './range.ts';

const QUARTER = 15 * 60_000;

function at(instant: number, status: EventStatus): SourceOccurrence {
  return { at: instant, status, origin: 'schedule', rev: 1, actions: [], blocked: [] };
}

const utc = zoneOf('UTC');
const day = startOfLocalDay(utc, Temporal.Instant.from('2026-11-20T12:00:00Z').epochMilliseconds);

test('a day has 96 ticks, and the worst status of a quarter of an hour wins', () => {
  const [ticks] = ticksOf(
    [{ from: day, to: day + 96 * QUARTER }],
    [at(day, 'success'), at(day + 1, 'failed'), at(day + 2, 'missed'), at(day + QUARTER, 'scheduled')],
  );
  expect(ticks?.ticks).toBe(`fs${'-'.repeat(94)}`);
});

test.each([
  ['running', 'success', 'r'],
  ['missed', 'running', 'm'],
  ['failed', 'missed', 'f'],
  ['skipped', 'scheduled', 's'],
  ['paused', 'suppressed', 'p'],
  ['queued', 'success', 'q'],
] as const)('%s beside %s is drawn as %s', (one, other, letter) => {
  expect(ticksOf([{ from: day, to: day + QUARTER }], [at(day, other), at(day, one)])[0]?.ticks).toBe(letter);
});

test('a 23-hour day has 92 ticks and a 25-hour day 100', () => {
  const chicago = zoneOf('America/Chicago');
  const lengths = ['2026-03-08T12:00:00Z', '2026-11-01T12:00:00Z'].map((noon) => {
    const from = startOfLocalDay(chicago, Temporal.Instant.from(noon).epochMilliseconds);
    return ticksOf(localDays(chicago, from, addLocalDays(chicago, from, 1)), [])[0]?.ticks.length;
  });
  expect(lengths).toEqual([92, 100]);
});

test('counts by status cover every occurrence', () => {
  expect(countStatuses([at(day, 'failed'), at(day, 'success'), at(day, 'failed')])).toEqual({ failed: 2, success: 1 });
});
