import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { Status } from '../../../web/api/types.ts';
import { groupSeries, statusOfSeries } from './series.ts';

const HOUR = 3_600_000;
const hourly = (count: number, status: Status = 'success') =>
  Array.from({ length: count }, (_, hour) => ({ series: 'sync', at: hour * HOUR, status }));

test('four within six hours are one series, three are not', () => {
  expect(groupSeries(hourly(4))).toMatchObject([{ kind: 'series', members: { length: 4 } }]);
  expect(groupSeries(hourly(3)).map((group) => group.kind)).toEqual(['one', 'one', 'one']);
});

test('a failed, missed or running one stands alone beside its series', () => {
  for (const status of ['failed', 'missed', 'running'] as const) {
    const [odd, rest] = groupSeries([...hourly(5), { series: 'sync', at: 2.5 * HOUR, status }]);
    expect(odd).toMatchObject({ kind: 'one', one: { status } });
    expect(rest).toMatchObject({ kind: 'series', members: { length: 5 } });
  }
});

test('two items never share a series', () => {
  const mixed = hourly(6).map((one, index) => ({ ...one, series: index % 2 ? 'a' : 'b' }));
  expect(groupSeries(mixed).every((group) => group.kind === 'one')).toBe(true);
});

test('a series that still has something to come is scheduled', () => {
  expect(statusOfSeries([...hourly(2), ...hourly(2, 'scheduled')])).toBe('scheduled');
  expect(statusOfSeries(hourly(4))).toBe('success');
});

test('nothing is lost or doubled, and no series is longer than six hours', () => {
  const statuses: readonly Status[] = ['scheduled', 'success', 'failed', 'missed', 'running', 'paused'];
  const occurrence = record({
    series: constantFrom('a', 'b'),
    at: integer({ min: 0, max: 24 * HOUR }),
    status: constantFrom(...statuses),
  });
  assert(
    property(array(occurrence), (unsorted) => {
      const all = unsorted.toSorted((a, b) => a.at - b.at);
      const groups = groupSeries(all);
      const seen = groups.flatMap((group) => (group.kind === 'one' ? [group.one] : group.members));
      expect(seen).toHaveLength(all.length);
      expect(new Set(seen)).toEqual(new Set(all));
      const lengths = groups.map((group) =>
        group.kind === 'one' ? 0 : (group.members.at(-1)?.at ?? 0) - (group.members[0]?.at ?? 0),
      );
      expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(6 * HOUR);
    }),
  );
});
