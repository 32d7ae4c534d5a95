import { describe, expect, test } from 'vitest';
import { compile, type Recurrence } from '#time/recurrence.ts';
import { sql } from '#kernel';
import { editTrigger } from '../commands/define.ts';
import { disableTrigger, pauseTrigger } from '../commands/state.ts';
import { dispatch } from '../dispatch.ts';
import { openStory, type Story } from '../story.fixture.ts';
import { readTimeline, type TimelineEntry } from './timeline.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

async function entries(story: Story, from: number, to: number): Promise<readonly TimelineEntry[]> {
  return (await readTimeline(story.kernel, { teamId: story.owner.teamId, ownerModule: 'probe', from, to })).entries;
}

function counts(found: readonly TimelineEntry[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(found, ({ status }) => status)].map(([status, group]) => [status, group.length]),
  );
}

function cron(expr: string, zone = 'UTC'): Recurrence {
  return { kind: 'cron', expr, zone };
}

describe.each([
  ['an ordinary week', '2026-11-18T12:00:00Z', 'UTC'],
  ['the week in which an hour is skipped', '2026-03-08T06:30:00Z', 'America/Chicago'],
  ['the week in which an hour comes twice', '2026-11-01T05:30:00Z', 'America/Chicago'],
])('%s', (_, start, zone) => {
  test.each(['*/30 * * * *', '30 1,2 * * *', '0 9 * * 1-5'])(
    'of %s shows every instant once, past and future meeting at the cursor',
    async (expr) => {
      await using story = await openStory({ start });
      await story.create({ recurrence: cron(expr, zone) });
      const from = story.clock.now();
      const to = from + 7 * DAY;
      const planned: number[] = [];
      for (let next = compile(cron(expr, zone)).next(from); next < to; next = compile(cron(expr, zone)).next(next))
        planned.push(next);
      story.answer = { result: 'success' };
      for (const ahead of [0, 90 * MINUTE, 30 * MINUTE, 0, 4 * HOUR, 2 * DAY]) {
        story.clock.advance(ahead);
        const before = (await entries(story, from, to)).map(({ nominalAt }) => nominalAt).sort((a, b) => a - b);
        expect(before).toEqual(planned);
        await story.turn();
        const after = await entries(story, from, to);
        expect(after.map(({ nominalAt }) => nominalAt).sort((a, b) => a - b)).toEqual(planned);
        const now = story.clock.now();
        expect(after.every(({ status, nominalAt }) => (status === 'scheduled') === nominalAt > now)).toBe(true);
      }
    },
  );
});

test('a page that is read while occurrences are decided shows each of them once', async () => {
  await using story = await openStory();
  for (let made = 0; made < 20; made++)
    await story.create({ recurrence: cron('* * * * *'), policy: { overlap: 'allow' } });
  const from = story.clock.now();
  for (let minute = 0; minute < 5; minute++) {
    story.clock.advance(MINUTE);
    const [, ...pages] = await Promise.all([
      dispatch(story.kernel),
      ...Array.from({ length: 4 }, () => entries(story, from, from + HOUR)),
    ]);
    for (const page of pages) expect(page).toHaveLength(20 * 59);
  }
});

test('a pause with an end shows what lies in it as paused and the rest as scheduled', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: cron('0 * * * *') });
  const now = story.clock.now();
  await story.do(pauseTrigger, id, { until: now + 5 * HOUR });
  expect(counts(await entries(story, now, now + 10 * HOUR))).toEqual({ paused: 4, scheduled: 5 });
});

test('a disabled trigger is one card where its next would be, in no other week', async () => {
  await using story = await openStory();
  await story.do(disableTrigger, await story.create({ recurrence: cron('0 * * * *') }));
  story.clock.advance(3 * DAY);
  const now = story.clock.now();
  expect(await entries(story, now - 7 * DAY, now + 7 * DAY)).toMatchObject([
    { status: 'disabled', nominalAt: now + HOUR },
  ]);
  expect(await entries(story, now + 7 * DAY, now + 14 * DAY)).toEqual([]);
  expect(await entries(story, now - 7 * DAY, now)).toEqual([]);
});

test('a run that waits for its next attempt is told as running, retrying, with its run', async () => {
  await using story = await openStory();
  await story.create({ recurrence: cron('0 * * * *'), policy: { repeatable: true } });
  story.answer = { result: 'failed', error: 'No luck.' };
  const from = story.clock.now();
  story.clock.advance(HOUR);
  await story.turn();
  expect(await entries(story, from, from + 90 * MINUTE)).toMatchObject([
    {
      status: 'running',
      subStatus: 'retrying',
      nominalAt: from + HOUR,
      runId: expect.any(String),
      startedAt: from + HOUR,
    },
  ]);
});

test('a run shows when it started and ended, and the usual duration of its trigger', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: cron('0 * * * *') });
  const from = story.clock.now();
  for (const seconds of [10, 50, 20]) {
    story.clock.moveTo(Math.floor(story.clock.now() / HOUR) * HOUR + HOUR);
    await story.turn();
    story.clock.advance(seconds * 1000);
    story.held.at(-1)?.finish();
    await story.settle();
  }
  const { durations, entries: found } = await readTimeline(story.kernel, {
    teamId: story.owner.teamId,
    ownerModule: 'probe',
    from,
    to: from + 4 * HOUR,
    triggerId: id,
  });
  expect(found.slice(0, 3).map(({ startedAt, finishedAt }) => (finishedAt ?? 0) - (startedAt ?? 0))).toEqual([
    10_000, 50_000, 20_000,
  ]);
  expect(durations.get(id)).toBe(20_000);
});

test('every instant of a long backlog is shown as missed, by the recurrence of that time', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: cron('* * * * *') });
  const from = story.clock.now();
  story.clock.advance(10 * DAY);
  await story.turn();
  await story.do(editTrigger, id, { recurrence: cron('0 0 1 1 *') });
  expect(counts(await entries(story, from + 2 * DAY, from + 3 * DAY))).toEqual({ missed: 1440 });
  expect(counts(await entries(story, from, from + 11 * DAY))).toMatchObject({ missed: 10 * 1440 - 2 });
});

test('a trigger that cannot be read keeps its past and does not take the others with it', async () => {
  await using story = await openStory();
  const [broken] = [
    await story.create({ recurrence: cron('0 * * * *') }),
    await story.create({ recurrence: cron('0 * * * *') }),
  ];
  story.answer = { result: 'success' };
  const from = story.clock.now();
  story.clock.advance(HOUR);
  await story.turn();
  await story.rows(
    sql`update engine.trigger set recurrence = '{"kind":"cron","expr":"?","zone":"UTC"}' where id = ${broken}`,
  );
  expect(counts(await entries(story, from, from + 150 * MINUTE))).toEqual({ success: 2, scheduled: 1 });
});

test("another team's triggers are not there", async () => {
  await using story = await openStory();
  await story.create();
  const { entries: found, triggers } = await readTimeline(story.kernel, {
    teamId: crypto.randomUUID(),
    ownerModule: 'probe',
    from: story.clock.now(),
    to: story.clock.now() + DAY,
  });
  expect([found, triggers]).toEqual([[], []]);
});
