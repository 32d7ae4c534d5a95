import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEventId, encodeEventId, type EventKey } from './event-id.ts';

const key = fc.record<EventKey>({
  source: fc.stringMatching(/^[a-z_]{1,20}$/),
  ref: fc.uuid(),
  origin: fc.constantFrom('schedule', 'manual', 'reschedule'),
  at: fc.integer({ min: 0, max: 7_258_118_400_000 }),
});

test('an event id survives the way there and back, also within an address', () => {
  fc.assert(
    fc.property(key, (given) => {
      const id = encodeEventId(given);
      expect(encodeURIComponent(id)).toBe(id);
      expect(decodeEventId(id)).toEqual(given);
    }),
  );
});

test.each([
  '',
  'cron',
  'cron.x',
  'cron.x.s',
  'cron.x.q1',
  'cron.x.s!',
  '../../etc',
  'cron.a.szzzzzzzzzzzz',
  'CRON.x.s1',
])('%j is no event id', (text) => {
  expect(decodeEventId(text)).toBeUndefined();
});
