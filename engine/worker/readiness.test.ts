import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { openStory } from '../story.fixture.ts';
import { readiness, workerOf } from './readiness.ts';

const MINUTE = 60_000;

async function complaints(story: Awaited<ReturnType<typeof openStory>>): Promise<string[]> {
  const said = await Promise.all(readiness(story.kernel).map((check) => check()));
  return said.filter((sentence) => sentence !== undefined);
}

test('an engine in order has no complaint', async () => {
  await using story = await openStory();
  workerOf.set(story.kernel, story.worker);
  await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await complaints(story)).toEqual([]);
});

test('a dispatcher that stands still is told after a minute', async () => {
  await using story = await openStory();
  workerOf.set(story.kernel, { ...story.worker, dispatcherAge: () => MINUTE + 1 });
  expect(await complaints(story)).toEqual(['The dispatcher has not looked for due work for a minute.']);
});

test('a month without a place for rows is told', async () => {
  await using story = await openStory();
  story.clock.advance(200 * 24 * 60 * MINUTE);
  expect(await complaints(story)).toEqual(['The ledger has no partition for this month.']);
});

test('a cursor beyond the present is told', async () => {
  await using story = await openStory();
  await story.create();
  await story.rows(sql`update engine.trigger set cursor_at = cursor_at + interval '2 minutes'`);
  expect(await complaints(story)).toEqual([
    'A trigger is decided beyond the present: a clock has jumped ahead and back.',
  ]);
});
