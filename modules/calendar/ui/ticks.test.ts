import { expect, test } from 'vitest';
import { mergedTicks, tickPaths } from './ticks.ts';

const bars = (path: string): number => path.split('z').length - 1;

test('a day of 96 ticks has 96 bars where there is room', () => {
  const [path] = tickPaths('o'.repeat(96), 288);
  expect(path?.letter).toBe('o');
  expect(bars(path?.path ?? '')).toBe(96);
});

test('23- and 25-hour days keep their own number of ticks', () => {
  expect(bars(tickPaths('o'.repeat(92), 288)[0]?.path ?? '')).toBe(92);
  expect(bars(tickPaths('o'.repeat(100), 300)[0]?.path ?? '')).toBe(100);
});

test('in a narrow column neighbours merge and the failure survives', () => {
  const paths = tickPaths(`${'o'.repeat(50)}f${'o'.repeat(45)}`, 96);
  expect(paths.map((one) => one.letter)).toEqual(['o', 'f']);
  expect(bars(paths[0]?.path ?? '') + bars(paths[1]?.path ?? '')).toBe(48);
});

test('the worst letter wins a merged tick', () => {
  expect(mergedTicks('osfmo-', 2)).toBe('sfo');
  expect(mergedTicks('--', 2)).toBe('-');
});

test('a missed tick is broken in two, an empty one is nothing', () => {
  expect(bars(tickPaths('m---', 40)[0]?.path ?? '')).toBe(2);
  expect(tickPaths('----', 40)).toEqual([]);
});

test('all bars stand on whole pixels', () => {
  for (const { path } of tickPaths('of'.repeat(48), 187)) expect(path).not.toContain('.');
});
