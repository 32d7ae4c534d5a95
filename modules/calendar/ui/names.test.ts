import { expect, test } from 'vitest';
import type { Lane } from '../../../web/api/types.ts';
import { laneWords, sortedLanes } from './names.ts';

const lane = (title: string, perDay: number, counts: Lane['counts'] = {}): Lane => ({
  lane_id: title,
  event_id: title,
  source: 'cron',
  source_ref: title,
  title,
  category: 'normal',
  color_key: 'cron',
  cadence: 'Every 5 minutes',
  per_day: perDay,
  status: 'success',
  counts,
  actions: [],
  blocked_actions: [],
  days: [],
});

test('lanes in which something went wrong come first, then the most frequent', () => {
  const lanes = [lane('b', 96), lane('poll', 1440), lane('a', 96), lane('sync', 8, { missed: 1 })];
  expect(sortedLanes(lanes).map(({ title }) => title)).toEqual(['sync', 'poll', 'a', 'b']);
});

test('a run that begins or fails again moves no lane', () => {
  const before = [lane('poll', 1440, { failed: 1 }), lane('sync', 96)];
  const after = [
    { ...lane('poll', 1440, { failed: 2 }), status: 'failed' as const },
    { ...lane('sync', 96), status: 'running' as const },
  ];
  expect(sortedLanes(after).map(({ title }) => title)).toEqual(sortedLanes(before).map(({ title }) => title));
});

test('a lane says how often it runs and what went wrong', () => {
  expect(laneWords(lane('poll', 1440, { success: 9, failed: 2 }))).toBe('Every 5 minutes · 1,440/day · 2 failed');
});
