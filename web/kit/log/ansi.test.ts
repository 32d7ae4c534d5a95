import { expect, test } from 'vitest';
import { plainOf, spansOf } from './ansi.ts';

test('a red word takes the failed token and what follows the reset is plain', () => {
  expect(spansOf('a \u001B[31mred\u001B[0m b')).toEqual([
    { text: 'a ', look: '' },
    { text: 'red', look: 'text-failed' },
    { text: ' b', look: '' },
  ]);
});

test('bright and bold combine', () => {
  expect(spansOf('\u001B[1;92mok')).toEqual([{ text: 'ok', look: 'text-success font-semibold' }]);
});

test('the arguments of a 256-colour code are not read as colours of their own', () => {
  expect(spansOf('\u001B[38;5;31mx')).toEqual([{ text: 'x', look: '' }]);
});

test('cursor moves and titles leave no trace', () => {
  expect(plainOf('\u001B]0;title\u0007a\u001B[2Kb\u001B[?25lc')).toBe('abc');
});

test('a progress line shows its last state', () => {
  expect(spansOf('10%\r50%\r100%\r')).toEqual([{ text: '100%', look: '' }]);
});
