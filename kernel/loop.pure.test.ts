import { expect, test } from 'vitest';
import { startLoop } from './loop.ts';
import { FakeClock } from './testing/clock.ts';

/** Lets everything that is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function open(pass: () => Promise<number>): {
  clock: FakeClock;
  loop: ReturnType<typeof startLoop>;
  errors: unknown[];
} {
  const clock = new FakeClock('2026-11-20T12:00:00Z');
  const errors: unknown[] = [];
  const loop = startLoop({ name: 'test', clock, pass, most: 1000, onError: (error) => errors.push(error) });
  return { clock, loop, errors };
}

test('it sleeps as long as the pass says, but never longer than its own period', async () => {
  const sleeps = [300, 60_000, 1000];
  let passes = 0;
  const { clock, loop } = open(() => Promise.resolve(sleeps[passes++] ?? 1000));
  await settle();
  expect(passes).toBe(1);
  clock.advance(299);
  await settle();
  expect(passes).toBe(1);
  clock.advance(1);
  await settle();
  expect(passes).toBe(2);
  clock.advance(1000);
  await settle();
  expect(passes).toBe(3);
  await loop.stop();
});

test('a signal ends the sleep, and one during a pass makes another follow', async () => {
  let passes = 0;
  const gate = Promise.withResolvers<void>();
  const { loop } = open(async () => {
    passes++;
    if (passes === 2) await gate.promise;
    return 1000;
  });
  await settle();
  loop.wake();
  await settle();
  expect(passes).toBe(2);
  loop.wake();
  gate.resolve();
  await settle();
  expect(passes).toBe(3);
  await loop.stop();
});

test('a failed pass is told, and tried again half a second later', async () => {
  let passes = 0;
  const { clock, loop, errors } = open(() => {
    passes++;
    return passes === 1 ? Promise.reject(new Error('away')) : Promise.resolve(1000);
  });
  await settle();
  expect(errors).toHaveLength(1);
  clock.advance(500);
  await settle();
  expect(passes).toBe(2);
  expect(loop.age()).toBe(0);
  clock.advance(700);
  expect(loop.age()).toBe(700);
  await loop.stop();
});

test('stopping waits for the present pass, and none follows', async () => {
  let passes = 0;
  const gate = Promise.withResolvers<void>();
  const { loop } = open(async () => {
    passes++;
    await gate.promise;
    return 0;
  });
  await settle();
  let stopped = false;
  const stopping = loop.stop().then(() => (stopped = true));
  await settle();
  expect(stopped).toBe(false);
  gate.resolve();
  await stopping;
  expect(passes).toBe(1);
});
