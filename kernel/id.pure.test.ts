import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { hashSecret, newId, newSecret } from './id.ts';

test('an id is a version 7 UUID whose first 48 bits are the instant', () => {
  assert(
    property(integer({ min: 0, max: 2 ** 48 - 1 }), (now) => {
      const id = newId(now);
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now);
    }),
  );
});

test('ids of later instants sort after earlier ones, and two of one instant differ', () => {
  expect([newId(2000), newId(1000), newId(1001)].sort().map((id) => id.slice(0, 13))).toEqual([
    '00000000-03e8',
    '00000000-03e9',
    '00000000-07d0',
  ]);
  expect(newId(1)).not.toBe(newId(1));
});

test('a secret tells what it opens and is kept as a hash only', () => {
  const secret = newSecret('alm');
  expect(secret).toMatch(/^alm_[\w-]{43}$/);
  expect(hashSecret(secret)).toMatch(/^[\da-f]{64}$/);
  expect(hashSecret(secret)).toBe(hashSecret(secret));
});
