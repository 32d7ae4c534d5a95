import { expect, test } from 'vitest';
import { z } from 'zod';
import { unfit } from './http/refuse.ts';
import { suggest } from './problem.ts';

test('the nearest known word is suggested, and nothing when no word is near', () => {
  expect(suggest('scheduel', ['schedule', 'zone'])).toBe('schedule');
  expect(suggest('xyzzy', ['schedule', 'zone'])).toBeUndefined();
  expect(suggest('anything', [])).toBeUndefined();
});

const schema = z.strictObject({
  name: z.string().min(1, 'must not be empty'),
  when: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('cron'), expr: z.string() }),
    z.strictObject({ kind: z.literal('every'), every: z.string() }),
  ]),
  tags: z.array(z.strictObject({ label: z.string() })).default([]),
  target: z
    .union([z.strictObject({ url: z.string() }), z.strictObject({ host: z.string(), port: z.int() })])
    .optional(),
});

function refusal(given: unknown): { field: string | undefined; hint: string | undefined; code: string } {
  const found = schema.safeParse(given);
  if (found.success) throw new Error('it was accepted');
  const { field, hint, code } = unfit(found.error, schema, 'body');
  return { field, hint, code };
}

const cron = { kind: 'cron', expr: '* * * * *' };

test('an unknown field is named with its path and the one that was meant', () => {
  expect(refusal({ name: 'x', when: cron, tgas: [] })).toEqual({
    code: 'unknown_field',
    field: 'tgas',
    hint: 'Did you mean tags?',
  });
  expect(refusal({ name: 'x', when: { ...cron, exrp: 1 } })).toMatchObject({
    field: 'when.exrp',
    hint: 'Did you mean expr?',
  });
  expect(refusal({ name: 'x', when: cron, tags: [{ label: 'a' }, { label: 'b', lable: 'c' }] })).toMatchObject({
    field: 'tags.1.lable',
    hint: 'Did you mean label?',
  });
});

test('a wrong field is named with its path, also inside of a union', () => {
  expect(refusal({ name: '', when: cron }).field).toBe('name');
  expect(refusal({ name: 'x', when: { kind: 'cron', expr: 5 } }).field).toBe('when.expr');
  expect(refusal({ name: 'x', when: { kind: 'corn' } }).field).toBe('when.kind');
  expect(refusal({ name: 'x', when: cron, target: { host: 'h', port: 'x' } }).field).toBe('target.port');
  expect(refusal([]).field).toBe('body');
});
