import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { runNow } from './commands/run.ts';
import { pauseTrigger, resumeTrigger } from './commands/state.ts';
import { openStory } from './story.fixture.ts';

const MINUTE = 60_000;

test('a trigger that is due gets one row and one run, and the run one outcome', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  expect(story.held).toHaveLength(1);
  expect(story.held[0]?.context).toMatchObject({ triggerId: id, attempt: 1, cause: 'schedule' });
  expect(await story.statuses(id)).toEqual(['open']);
  story.held[0]?.finish();
  await story.turn();
  expect(await story.statuses(id)).toEqual(['success']);
  expect(await story.findings()).toEqual([]);
});

test('while a run goes on, the next occurrence is skipped with a row and the reason', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['open', 'skipped']);
  expect(await story.findings()).toEqual([]);
});

test('what is later than its grace is missed and asked about in one item', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: { kind: 'cron', expr: '*/5 * * * *', zone: 'UTC' } });
  story.clock.advance(21 * MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['missed', 'missed', 'missed', 'open']);
  const items = await story.kernel.db.rows(sql`select count, reason, state from engine.missed_item`);
  expect(items).toEqual([{ count: 3, reason: 'late', state: 'pending' }]);
  story.held[0]?.finish();
  await story.turn();
  expect(await story.statuses(id)).toEqual(['superseded', 'superseded', 'superseded', 'success']);
  expect(await story.findings()).toEqual([]);
});

test('a month of a per-minute backlog costs a thousand and one rows and stays exactly accounted', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(30 * 24 * 60 * MINUTE);
  await story.turn();
  const [row] = await story.kernel.db.rows(sql<{ rows: number; instants: number }>`
    select count(*) as rows, sum(folded) as instants from engine.occurrence where trigger_id = ${id}`);
  expect(row).toEqual({ rows: 1001, instants: 30 * 24 * 60 });
  expect(await story.findings()).toEqual([]);
});

test('a pause suppresses what falls due and resuming has nothing to catch up', async () => {
  await using story = await openStory();
  const id = await story.create();
  await story.kernel.db.transaction((tx) => pauseTrigger(story.kernel, tx, story.owner, id, { reason: 'testing' }));
  story.clock.advance(3 * MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['suppressed', 'suppressed', 'suppressed']);
  await story.kernel.db.transaction((tx) => resumeTrigger(story.kernel, tx, story.owner, id));
  await story.turn();
  expect(story.held).toEqual([]);
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['suppressed', 'suppressed', 'suppressed', 'open']);
  expect(await story.findings()).toEqual([]);
});

test('run now is a manual occurrence beside the scheduled one, and is refused while one runs', async () => {
  await using story = await openStory();
  const id = await story.create();
  await story.kernel.db.transaction((tx) => runNow(story.kernel, tx, story.owner, id));
  await story.turn();
  expect(story.held[0]?.context.cause).toBe('manual');
  await expect(story.kernel.db.transaction((tx) => runNow(story.kernel, tx, story.owner, id))).rejects.toMatchObject({
    status: 409,
    code: 'already_running',
  });
  story.held[0]?.finish({ result: 'failed', exitCode: 3, error: 'It ended with exit code 3.' });
  await story.turn();
  expect(await story.statuses(id)).toEqual(['manual failed']);
  expect(await story.findings()).toEqual([]);
});
