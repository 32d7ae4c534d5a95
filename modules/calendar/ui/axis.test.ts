import { describe, expect, test } from 'vitest';
import type { Segment } from '../../../web/kit/time/wall.ts';
import { axisOf, dayIndexOf, seamOf, yOf } from './axis.ts';

const at = (iso: string): number => Date.parse(iso);
const hours = (from: number, abbreviation: string, offset: number): Segment => ({
  from,
  abbreviation,
  offset: offset * 3_600_000,
});

const SPRING = [hours(at('2026-03-02T06:00Z'), 'CST', -6), hours(at('2026-03-08T08:00Z'), 'CDT', -5)];
const AUTUMN = [hours(at('2026-10-26T05:00Z'), 'CDT', -5), hours(at('2026-11-01T07:00Z'), 'CST', -6)];

describe('an ordinary week', () => {
  const axis = axisOf([hours(0, 'UTC', 0)], at('2026-06-01T00:00Z'), at('2026-06-08T00:00Z'));

  test('has seven days of 24 rows', () => {
    expect(axis.days).toHaveLength(7);
    expect(axis.rows).toHaveLength(24);
    expect(axis.height).toBe(1440);
    expect(axis.days.map((day) => day.weekend)).toEqual([false, false, false, false, false, true, true]);
  });

  test('puts an instant at its minute of its day', () => {
    const instant = at('2026-06-03T13:30Z');
    expect(dayIndexOf(axis, instant)).toBe(2);
    expect(yOf(axis, axis.days[2], instant)).toBe(13 * 60 + 30);
    expect(dayIndexOf(axis, at('2026-06-08T00:00Z'))).toBe(-1);
  });
});

describe('the week in which Chicago goes forward', () => {
  const axis = axisOf(SPRING, at('2026-03-02T06:00Z'), at('2026-03-09T05:00Z'));
  const sunday = axis.days[6];

  test('the Sunday is 23 hours long and skips 02:00', () => {
    expect((sunday.to - sunday.from) / 3_600_000).toBe(23);
    expect(seamOf(axis, sunday)).toEqual({ y: 120, height: 60 });
    expect(axis.days.slice(0, 6).every((day) => seamOf(axis, day) === undefined)).toBe(true);
  });

  test('03:00 stands beside the 03:00 of the other days', () => {
    expect(yOf(axis, sunday, at('2026-03-08T08:00Z'))).toBe(180);
    expect(yOf(axis, sunday, at('2026-03-08T07:59Z'))).toBe(119);
    expect(yOf(axis, sunday, at('2026-03-08T10:00Z'))).toBe(300);
  });

  test('alone in a day view the skipped hour is only a thin seam', () => {
    const day = axisOf(SPRING, at('2026-03-08T06:00Z'), at('2026-03-09T05:00Z'));
    expect(seamOf(day, day.days[0])).toEqual({ y: 120, height: 20 });
    expect(day.rows).toHaveLength(23);
    expect(day.height).toBe(23 * 60 + 20);
  });
});

describe('the week in which Chicago goes back', () => {
  const axis = axisOf(AUTUMN, at('2026-10-26T05:00Z'), at('2026-11-02T06:00Z'));
  const sunday = axis.days[6];

  test('the repeated hour is an extra row that only the Sunday has', () => {
    expect((sunday.to - sunday.from) / 3_600_000).toBe(25);
    expect(axis.rows).toHaveLength(25);
    expect(axis.height).toBe(25 * 60);
    expect(axis.rows[2]).toEqual({ y: 120, height: 60, wall: 60, again: { day: 6, abbreviation: 'CST' } });
  });

  test('both 01:30 have a place of their own', () => {
    expect(yOf(axis, sunday, at('2026-11-01T06:30Z'))).toBe(90);
    expect(yOf(axis, sunday, at('2026-11-01T07:30Z'))).toBe(150);
    expect(yOf(axis, sunday, at('2026-11-01T08:00Z'))).toBe(180);
  });

  test('02:00 is in one line on every day', () => {
    for (const [index, day] of axis.days.entries()) {
      const two = index === 6 ? at('2026-11-01T08:00Z') : day.from + 2 * 3_600_000;
      expect(yOf(axis, day, two)).toBe(180);
    }
  });
});

test('a day that begins at 01:00 because midnight is skipped has its seam at the top', () => {
  // As São Paulo did: 2018-11-04 has no 00:00.
  const segments = [hours(at('2018-11-03T03:00Z'), '-03', -3), hours(at('2018-11-04T03:00Z'), '-02', -2)];
  const axis = axisOf(segments, at('2018-11-03T03:00Z'), at('2018-11-05T02:00Z'));
  expect(axis.days).toHaveLength(2);
  expect(seamOf(axis, axis.days[1])).toEqual({ y: 0, height: 60 });
  expect(yOf(axis, axis.days[1], at('2018-11-04T03:00Z'))).toBe(60);
});

test('going back at midnight repeats the last hour of the day', () => {
  const segments = [hours(at('2018-02-17T02:00Z'), '-02', -2), hours(at('2018-02-18T02:00Z'), '-03', -3)];
  const axis = axisOf(segments, at('2018-02-17T02:00Z'), at('2018-02-19T03:00Z'));
  expect(axis.days.map((day) => (day.to - day.from) / 3_600_000)).toEqual([25, 24]);
  expect(yOf(axis, axis.days[0], at('2018-02-18T02:30Z'))).toBe(24 * 60 + 30);
});
