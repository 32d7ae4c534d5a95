import { expect, test } from 'vitest';
import { addressOf, moved, rangeOf, searchOf } from './address.ts';

test('an address survives the way through the link', () => {
  const search = {
    view: 'day',
    date: '2026-11-01',
    tz: 'America/Chicago',
    src: 'cron,agent',
    status: 'failed',
    q: 'back',
    sel: 'ev_1',
  };
  expect(searchOf(addressOf(search))).toEqual(search);
});

test('what does not read as expected is left out', () => {
  expect(addressOf({ view: 'year', date: '2026-13-77' })).toMatchObject({ view: 'week', date: undefined });
});

test('a week begins on Monday, also across a change day and a new year', () => {
  expect(rangeOf('week', '2026-11-01')).toEqual({ start: '2026-10-26', end: '2026-11-02' });
  expect(rangeOf('list', '2027-01-01')).toEqual({ start: '2026-12-28', end: '2027-01-04' });
  expect(rangeOf('day', '2026-02-28')).toEqual({ start: '2026-02-28', end: '2026-03-01' });
});

test('moving goes by what is shown', () => {
  expect(moved('week', '2026-11-01', 1)).toBe('2026-11-08');
  expect(moved('day', '2026-11-01', -1)).toBe('2026-10-31');
});
