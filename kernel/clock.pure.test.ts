import { expect, test } from 'vitest';
import { SystemClock } from './clock.ts';

const MINUTE = 60_000;

/** A database whose clock is ahead of this machine's. */
function ahead(ms: number): () => Promise<number> {
  return () => Promise.resolve(performance.timeOrigin + performance.now() + ms);
}

test('the clock follows the database, not this machine', async () => {
  const clock = new SystemClock();
  await clock.follow(ahead(10 * MINUTE));
  const expected = performance.timeOrigin + performance.now() + 10 * MINUTE;
  expect(Math.abs(clock.now() - expected)).toBeLessThan(50);
  expect(Math.abs(clock.skew() - 10 * MINUTE)).toBeLessThan(1000);
});

test('after a jump it is not steady until the same distance was measured again', async () => {
  const clock = new SystemClock();
  await clock.follow(ahead(0));
  expect(clock.steady()).toBe(true);
  await clock.follow(ahead(-MINUTE));
  expect(clock.steady()).toBe(false);
  await clock.follow(ahead(-MINUTE));
  expect(clock.steady()).toBe(true);
});

test('a drift of less than half a second is followed without a word', async () => {
  const clock = new SystemClock();
  await clock.follow(ahead(0));
  await clock.follow(ahead(300));
  expect(clock.steady()).toBe(true);
});

test('one slow or wild reading of three does not move it', async () => {
  const clock = new SystemClock();
  await clock.follow(ahead(0));
  const readings = [ahead(0), ahead(MINUTE), ahead(0)];
  await clock.follow(() => (readings.shift() ?? ahead(0))());
  expect(clock.steady()).toBe(true);
  expect(Math.abs(clock.now() - performance.timeOrigin - performance.now())).toBeLessThan(50);
});

test('a wait ends at once when its signal is aborted', async () => {
  const ended = new AbortController();
  const waiting = new SystemClock().wait(MINUTE, ended.signal);
  ended.abort();
  await expect(waiting).resolves.toBeUndefined();
  await expect(new SystemClock().wait(MINUTE, AbortSignal.abort())).resolves.toBeUndefined();
});
