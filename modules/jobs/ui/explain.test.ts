import { expect, test } from 'vitest';
import { explainExpression, PRESETS } from './explain.ts';

const NOW = Date.parse('2026-03-06T12:00:00Z');

test('an expression is told in words with its next five runs, over a change of clocks too', () => {
  const explained = explainExpression('30 1 * * *', 'America/Chicago', NOW);
  expect(explained).toMatchObject({ kind: 'understood' });
  if (explained.kind !== 'understood') return;
  expect(explained.words).not.toBe('');
  expect(explained.next.map((at) => new Date(at).toISOString())).toEqual([
    '2026-03-07T07:30:00.000Z',
    '2026-03-08T07:30:00.000Z',
    '2026-03-09T06:30:00.000Z',
    '2026-03-10T06:30:00.000Z',
    '2026-03-11T06:30:00.000Z',
  ]);
});

test('a wrong field is named, an unknown zone is not blamed on the expression', () => {
  expect(explainExpression('75 * * * *', 'UTC', NOW)).toMatchObject({ kind: 'refused', about: 'expression' });
  expect(explainExpression('0 * * * *', 'Mars/Phobos', NOW)).toMatchObject({ kind: 'refused', about: 'zone' });
});

test('nothing typed is nothing to complain about', () => {
  expect(explainExpression('  ', 'UTC', NOW)).toEqual({ kind: 'empty' });
});

test('every preset is understood', () => {
  for (const { expr } of PRESETS) expect(explainExpression(expr, 'UTC', NOW).kind).toBe('understood');
});
