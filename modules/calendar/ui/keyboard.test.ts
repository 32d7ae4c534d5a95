import { expect, test } from 'vitest';
import { neighbourOf, type Stop } from './keyboard.ts';

const stop = (key: string, top: number): Stop => ({ key, top, lane: 0 });
const week = [[stop('a', 0), stop('b', 100), stop('c', 500)], [], [stop('d', 90), stop('e', 480)]];

test('up and down follow the time of the day and end at its edges', () => {
  expect(neighbourOf(week, 'a', 'down')).toBe('b');
  expect(neighbourOf(week, 'c', 'down')).toBeUndefined();
  expect(neighbourOf(week, 'a', 'up')).toBeUndefined();
});

test('left and right go to the nearest time and skip an empty day', () => {
  expect(neighbourOf(week, 'b', 'right')).toBe('d');
  expect(neighbourOf(week, 'e', 'left')).toBe('c');
  expect(neighbourOf(week, 'd', 'right')).toBeUndefined();
});

test('home, end and pages stay in the day', () => {
  expect(neighbourOf(week, 'b', 'home')).toBe('a');
  expect(neighbourOf(week, 'b', 'end')).toBe('c');
  expect(neighbourOf(week, 'a', 'page-down')).toBe('b');
});

test('without a place the first stop of the week is taken', () => {
  expect(neighbourOf(week, undefined, 'down')).toBe('a');
  expect(neighbourOf([[], []], 'x', 'down')).toBeUndefined();
});
