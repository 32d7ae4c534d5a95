// ADR 0009
import { expect, test } from 'vitest';
import { at, sql } from '#kernel';
import { editTrigger } from './commands/define.ts';
import { lockTrigger } from './commands/lock.ts';
import { runNow } from './commands/run.ts';
import { enableTrigger, pauseTrigger, resumeTrigger } from './commands/state.ts';
import { dispatch } from './dispatch.ts';
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
  await story.do(pauseTrigger, id, { reason: 'testing' });
  story.clock.advance(3 * MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['suppressed', 'suppressed', 'suppressed']);
  await story.do(resumeTrigger, id);
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
  await story.do(runNow, id);
  await story.turn();
  expect(story.held[0]?.context.cause).toBe('manual');
  await expect(story.do(runNow, id)).rejects.toMatchObject({
    status: 409,
    code: 'already_running',
  });
  story.held[0]?.finish({ result: 'failed', exitCode: 3, error: 'It ended with exit code 3.' });
  await story.turn();
  expect(await story.statuses(id)).toEqual(['manual failed']);
  expect(await story.findings()).toEqual([]);
});

test('two nodes that dispatch at the same moment never make a row twice', async () => {
  await using story = await openStory();
  await using other = await story.another();
  const ids: string[] = [];
  for (let made = 0; made < 40; made++) ids.push(await story.create({ policy: { overlap: 'allow' } }));
  for (let minute = 0; minute < 5; minute++) {
    story.clock.advance(MINUTE);
    const passes = [dispatch(story.kernel), dispatch(other.kernel), dispatch(story.kernel), dispatch(other.kernel)];
    const opened = (await Promise.all(passes)).reduce((sum, pass) => sum + pass.opened, 0);
    expect(opened).toBe(40);
  }
  const [row] = await story.rows(sql<{ rows: number; live: number }>`
    select (select count(*) from engine.occurrence) as rows, (select count(*) from engine.live_run) as live`);
  expect(row).toEqual({ rows: 200, live: 200 });
  expect(await story.findings()).toEqual([]);
});

test('a trigger that another transaction holds does not keep the others from being decided', async () => {
  await using story = await openStory();
  const [held, free] = [await story.create(), await story.create()];
  story.clock.advance(MINUTE);
  await story.kernel.db.transaction(async (tx) => {
    await lockTrigger(tx, held, story.owner.teamId);
    expect(await dispatch(story.kernel)).toMatchObject({ triggers: 1 });
  });
  expect([await story.statuses(held), await story.statuses(free)]).toEqual([[], ['open']]);
  expect(await dispatch(story.kernel)).toMatchObject({ triggers: 1 });
});

test('work that is due now comes before a backlog, and a pass of it stays small', async () => {
  await using story = await openStory();
  const backlog: string[] = [];
  for (let made = 0; made < 8; made++) backlog.push(await story.create());
  await story.rows(sql`update engine.trigger set next_due_at = next_due_at - interval '1 millisecond'`);
  story.clock.advance(20 * 60 * MINUTE);
  const fresh = await story.create();
  story.clock.advance(MINUTE);
  expect(await dispatch(story.kernel)).toMatchObject({ opened: 1 });
  expect(await story.statuses(fresh)).toEqual(['open']);
  const [row] = await story.rows(sql<{ rows: number }>`select count(*) as rows from engine.occurrence`);
  expect(row?.rows).toBeLessThan(3000);
  while ((await dispatch(story.kernel)).triggers > 0);
  expect(await story.findings()).toEqual([]);
});

test('a trigger that cannot be read is disabled with the error and never stops the others', async () => {
  await using story = await openStory();
  const [broken, sound] = [await story.create(), await story.create()];
  await story.rows(
    sql`update engine.trigger set recurrence = '{"kind":"cron","expr":"every now and then","zone":"UTC"}' where id = ${broken}`,
  );
  await story.rows(
    sql`update engine.trigger_version set recurrence = '{"kind":"cron","expr":"every now and then","zone":"UTC"}' where trigger_id = ${broken}`,
  );
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.statuses(sound)).toEqual(['open']);
  expect(
    await story.rows(sql`select state, state_reason, state_by, next_due_at from engine.trigger where id = ${broken}`),
  ).toEqual([
    {
      state: 'disabled',
      state_reason: expect.stringMatching(/^error: the expression has 4 fields/),
      state_by: 'Almanac',
      next_due_at: null,
    },
  ]);
  expect(
    await story.rows(
      sql`select actor, door, action from kernel.audit_entry where object_id = ${broken} and action = 'trigger.disabled'`,
    ),
  ).toEqual([{ actor: 'Almanac', door: 'engine', action: 'trigger.disabled' }]);
  expect(await story.findings()).toEqual([]);
  await story.do(editTrigger, broken, { recurrence: { kind: 'cron', expr: '* * * * *', zone: 'UTC' } });
  await story.do(enableTrigger, broken);
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.statuses(broken)).toEqual(['open']);
});

test('rows that are there already get no second run and no second question', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: { kind: 'cron', expr: '*/5 * * * *', zone: 'UTC' } });
  const before = story.clock.now();
  story.clock.advance(21 * MINUTE);
  await story.turn();
  const dump = sql`select (select jsonb_agg(o order by nominal_at) from engine.occurrence o) as rows, (select jsonb_agg(l) from engine.live_run l) as live,
    (select jsonb_agg(m) from engine.missed_item m) as items`;
  const there = await story.rows(dump);
  await story.rows(
    sql`update engine.trigger set cursor_at = ${at(before)}, next_at = ${at(before + 5 * MINUTE)}, next_due_at = ${at(before + 5 * MINUTE)} where id = ${id}`,
  );
  await story.turn();
  expect(await story.rows(dump)).toEqual(there);
});

test('a clock that jumps ahead makes no storm, and one that jumps back makes nothing twice', async () => {
  await using story = await openStory();
  const id = await story.create({ policy: { overlap: 'allow' } });
  story.clock.advance(3 * 60 * MINUTE);
  await story.turn();
  expect((await story.statuses(id)).filter((status) => status === 'open')).toHaveLength(2);
  story.clock.advance(-2 * 60 * MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toHaveLength(180);
  await story.do(editTrigger, id, { title: 'Edited in the past' });
  story.clock.advance(2 * 60 * MINUTE + MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toHaveLength(181);
  expect(await story.findings()).toEqual([]);
});

test('while the clock has just jumped nothing is decided', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(MINUTE);
  story.clock.setSteady(false);
  await story.turn();
  expect(await story.statuses(id)).toEqual([]);
  story.clock.setSteady(true);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['open']);
});

test('spread delays the decision, so that a pause still works until an occurrence is due', async () => {
  await using story = await openStory();
  const [id, other] = [await story.create(), await story.create()];
  await story.rows(sql`update engine.trigger set spread_ms = 30000, next_due_at = next_at + interval '30 seconds'`);
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual([]);
  await story.do(pauseTrigger, id);
  story.clock.advance(30_000);
  await story.turn();
  expect([await story.statuses(id), await story.statuses(other)]).toEqual([['suppressed'], ['open']]);
  expect(story.held[0]?.context).toMatchObject({ triggerId: other, dueAt: story.clock.now() });
  expect(await story.findings()).toEqual([]);
});

test('a pause with an end ends by itself, and a backlog across its end is decided by what was true then', async () => {
  await using story = await openStory();
  const id = await story.create();
  await story.do(pauseTrigger, id, { reason: 'testing', until: story.clock.now() + 700 * MINUTE });
  story.clock.advance(720 * MINUTE);
  await story.turn();
  const statuses = await story.statuses(id);
  expect(statuses.slice(0, 699)).toEqual(Array.from({ length: 699 }, () => 'suppressed'));
  expect(statuses.slice(699)).toEqual([...Array.from({ length: 19 }, () => 'missed'), 'open', 'skipped']);
  expect(await story.rows(sql`select state, state_reason, state_by, paused_until from engine.trigger`)).toEqual([
    { state: 'enabled', state_reason: null, state_by: null, paused_until: null },
  ]);
  expect(await story.findings()).toEqual([]);
});

test('a rare trigger is told as enabled as soon as its pause is over', async () => {
  await using story = await openStory();
  await story.do(pauseTrigger, await story.create({ recurrence: { kind: 'cron', expr: '0 3 * * *', zone: 'UTC' } }), {
    until: story.clock.now() + MINUTE,
  });
  expect((await dispatch(story.kernel)).nextDueAt).toBe(story.clock.now() + MINUTE);
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.rows(sql`select state, version from engine.trigger`)).toEqual([{ state: 'enabled', version: 3 }]);
  expect(await story.findings()).toEqual([]);
});

test('a one-shot fires once, ends, and still gets its retry', async () => {
  await using story = await openStory();
  const id = await story.create({
    recurrence: { kind: 'at', at: story.clock.now() + MINUTE, zone: 'UTC' },
    policy: { retry_ms: [1000] },
  });
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.rows(sql`select state, next_at, next_due_at from engine.trigger`)).toEqual([
    { state: 'ended', next_at: null, next_due_at: null },
  ]);
  story.held[0]?.finish({ result: 'failed' });
  await story.turn();
  story.clock.advance(1100);
  await story.turn();
  story.held[1]?.finish();
  await story.turn();
  expect(await story.statuses(id)).toEqual(['success']);
  expect(await story.findings()).toEqual([]);
});
