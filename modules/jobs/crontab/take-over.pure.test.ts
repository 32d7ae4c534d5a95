import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemCrontab, userCrontab } from './crontab.fixture.ts';
import { parseCrontab } from './parse.ts';
import { previewCrontab } from './preview.ts';
import { giveBack, takeOver, takeOverMark } from './take-over.ts';

const line = fc.oneof(
  fc.constantFrom(
    '0 1 * * * a',
    '  */5 * * * *\tb',
    '# text',
    '',
    'A=1',
    '0 1 * * * a\r',
    '\t',
    '#almanac',
    ' #almanac: x',
  ),
  fc.string({ maxLength: 20 }).filter((text) => !text.includes('\n') && !text.startsWith(takeOverMark)),
);
const crontab = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
const numbers = fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 8 });

test('giving back restores the very text, whatever was taken over', () => {
  fc.assert(
    fc.property(crontab, numbers, (text, lines) => {
      expect(giveBack(takeOver(text, lines))).toBe(text);
    }),
  );
});

test('taking over twice is the same as once, in any order', () => {
  fc.assert(
    fc.property(crontab, numbers, numbers, (text, first, second) => {
      const once = takeOver(takeOver(text, first), second);
      expect(takeOver(once, first)).toBe(once);
      expect(once).toBe(takeOver(text, [...second, ...first]));
    }),
  );
});

test('lines are given back one by one', () => {
  fc.assert(
    fc.property(crontab, numbers, numbers, (text, lines, back) => {
      const still = lines.filter((line) => !back.includes(line));
      expect(giveBack(takeOver(text, lines), back)).toBe(takeOver(text, still));
    }),
  );
});

test('what is taken over is run by cron no more, and everything else is as it was', () => {
  for (const [text, system] of [
    [userCrontab, false],
    [systemCrontab, true],
  ] as const) {
    const options = { zone: 'UTC', now: 0, system };
    const lines = previewCrontab(text, options)
      .items.filter(({ importable }) => importable)
      .map((item) => item.line);
    const after = takeOver(text, lines);
    expect(parseCrontab(after, system).entries.filter(({ unsupported }) => unsupported === undefined)).toEqual([]);
    expect(parseCrontab(after, system).takenOver.map(({ line }) => line)).toEqual(lines);
    const touched = after.split('\n').map((now, index) => (now === text.split('\n')[index] ? 0 : index + 1));
    expect(touched.filter((n) => n !== 0)).toEqual(lines);
  }
});
