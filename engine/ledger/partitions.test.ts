import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { openStory, type Story } from '../story.fixture.ts';
import { ensureMonths, hasMonth } from './partitions.ts';

const DAY = 24 * 60 * 60_000;

function months(story: Story): Promise<string[]> {
  return story
    .rows(sql<{ name: string }>`
      select relname as name from pg_catalog.pg_class where relispartition and relkind = 'r' and relname like 'occurrence_%' order by 1`)
    .then((rows) => rows.map(({ name }) => name));
}

const daily = { kind: 'cron', expr: '0 12 * * *', zone: 'UTC' } as const;

test('months are there from the one before to three ahead', async () => {
  await using story = await openStory();
  expect(await months(story)).toEqual(
    ['2026_10', '2026_11', '2026_12', '2027_01', '2027_02'].map((name) => `occurrence_${name}`),
  );
  expect(await hasMonth(story.kernel, story.clock.now() + 100 * DAY)).toBe(true);
  expect(await hasMonth(story.kernel, story.clock.now() + 110 * DAY)).toBe(false);
});

test('after a year of downtime every month of it is made before anything is decided', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: daily });
  story.clock.advance(365 * DAY);
  await story.killAndRestart();
  await story.turn();
  expect(await story.statuses(id)).toHaveLength(365);
  expect(await story.findings()).toEqual([]);
});

test('a dispatcher that meets a missing month makes it and goes on, and nobody is disabled for it', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: daily });
  story.clock.advance(200 * DAY);
  await story.turn();
  expect(await story.statuses(id)).toHaveLength(200);
  expect(await story.rows(sql`select state from engine.trigger`)).toEqual([{ state: 'enabled' }]);
});

test('rows at both edges of a month find their place', async () => {
  await using story = await openStory({ start: '2026-11-30T23:59:58Z' });
  const id = await story.create({
    recurrence: { kind: 'every', every: 'PT1S', anchor: story.clock.now(), zone: 'UTC' },
    policy: { overlap: 'allow' },
  });
  story.clock.advance(2000);
  await story.turn();
  expect(
    await story.rows(
      sql`select tableoid::regclass::text as place from engine.occurrence where trigger_id = ${id} order by nominal_at`,
    ),
  ).toEqual([{ place: 'engine.occurrence_2026_11' }, { place: 'engine.occurrence_2026_12' }]);
});

test('nodes that start at the same moment make the months once', async () => {
  await using story = await openStory();
  await using other = await story.another();
  story.clock.advance(300 * DAY);
  await Promise.all([ensureMonths(story.kernel), ensureMonths(other.kernel), ensureMonths(story.kernel)]);
  expect(await hasMonth(story.kernel, story.clock.now())).toBe(true);
});
