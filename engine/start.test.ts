import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { runNow } from './commands/run.ts';
import { openStory, type Story } from './story.fixture.ts';
import { startRuns } from './start.ts';

const MINUTE = 60_000;

function running(story: Story): Promise<number> {
  return story
    .rows(sql<{ count: number }>`select count(*) as count from engine.live_run where state = 'running'`)
    .then(([row]) => row?.count ?? 0);
}

test('a lane never runs more than it may, however many nodes start at once', async () => {
  await using story = await openStory();
  await using other = await story.another();
  for (let made = 0; made < 30; made++) await story.create();
  story.clock.advance(MINUTE);
  await story.worker.heartbeatPass();
  await other.worker.heartbeatPass();
  await story.worker.dispatchPass();
  const ask = (one: Story): Promise<unknown> =>
    startRuns(one.kernel, 'default', { nodeId: one.worker.id, tags: [], capacity: 64 });
  for (let round = 0; round < 5; round++) {
    await Promise.all([ask(story), ask(other), ask(story), ask(other)]);
    expect(await running(story)).toBeLessThanOrEqual(10);
  }
  expect(await running(story)).toBe(10);
  expect(await story.findings()).toEqual([]);
});

test('a start does not wait for new runs of its lane that are being written, nor they for it', async () => {
  await using story = await openStory();
  const [queued, next] = [await story.create(), await story.create()];
  await story.do(runNow, queued);
  await story.kernel.db.transaction(async (tx) => {
    await runNow(story.kernel, tx, story.owner, next);
    expect(await startRuns(story.kernel, 'default', { nodeId: story.worker.id, tags: [], capacity: 64 })).toMatchObject(
      {
        runs: [{ trigger_id: queued }],
        full: false,
      },
    );
  });
});

test('while another node starts runs of a lane, it is left to that node for the moment', async () => {
  await using story = await openStory();
  await story.do(runNow, await story.create());
  await story.kernel.db.transaction(async (tx) => {
    await tx.run(sql`select 1 from engine.lane where name = 'default' for no key update`);
    expect(
      await startRuns(story.kernel, 'default', { nodeId: story.worker.id, tags: [], capacity: 64 }),
    ).toBeUndefined();
    expect(await story.worker.startPass()).toBeLessThan(100);
  });
  await story.turn();
  expect(story.held).toHaveLength(1);
});

test('runs with one mutex go one after the other, also in different lanes on different nodes', async () => {
  await using story = await openStory();
  await using other = await story.another();
  const policy = { mutex: 'host:db1' };
  for (const lane of ['default', 'light', 'default', 'light']) await story.create({ policy, lane });
  story.clock.advance(MINUTE);
  await story.worker.heartbeatPass();
  await other.worker.heartbeatPass();
  await story.worker.dispatchPass();
  for (let left = 4; left > 0; left--) {
    await Promise.all([story.worker.startPass(), other.worker.startPass()]);
    expect(await running(story)).toBe(1);
    await story.settle();
    await other.settle();
    for (const run of [...story.held.splice(0), ...other.held.splice(0)]) run.finish();
    await story.settle();
    await other.settle();
  }
  const [row] = await story.rows(
    sql<{ done: number }>`select count(*) as done from engine.run where result = 'success'`,
  );
  expect(row?.done).toBe(4);
  expect(await story.findings()).toEqual([]);
});

test('two lanes that reach for one mutex at the same moment get it one after the other', async () => {
  await using story = await openStory();
  const [first, second] = [
    await story.create({ policy: { mutex: 'host:db1' }, lane: 'light' }),
    await story.create({ policy: { mutex: 'host:db1' } }),
  ];
  await story.do(runNow, first);
  await story.do(runNow, second);
  const question = { nodeId: story.worker.id, tags: [], capacity: 64 };
  let reaching: Promise<unknown> | undefined;
  await story.kernel.db.transaction(async (tx) => {
    // What another node has begun and not committed cannot be seen, only run into.
    await tx.run(sql`
      update engine.live_run set state = 'running', node_id = ${story.worker.id}, started_at = available_at where trigger_id = ${first}`);
    reaching = startRuns(story.kernel, 'default', question);
    await waitingForALock(story);
  });
  expect(await reaching).toMatchObject({ runs: [] });
  expect(await running(story)).toBe(1);
  expect(await story.findings()).toEqual([]);
});

/** Resolves when a connection of this database waits for a lock, or has done without. */
async function waitingForALock(story: Story): Promise<void> {
  const waits = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  for (let looks = 0; looks < 200; looks++) {
    if ((await story.rows(waits)).length > 0) return;
  }
}

test('a run pinned to tags starts only on a node that carries all of them', async () => {
  await using story = await openStory();
  await using gpu = await story.another({ config: { worker_tags: ['gpu', 'lisbon'] } });
  const id = await story.create({ policy: { tags: ['gpu'] } });
  story.clock.advance(MINUTE);
  await story.turn();
  expect(story.held).toEqual([]);
  await gpu.turn();
  expect(gpu.held.map(({ context }) => context.triggerId)).toEqual([id]);
});

test('a node takes no more runs than it has room for, and takes the rest when there is', async () => {
  await using story = await openStory({ config: { node_capacity: 2 } });
  for (let made = 0; made < 3; made++) await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  expect(story.held).toHaveLength(2);
  story.held[0]?.finish();
  await story.settle();
  await story.turn();
  expect(story.held).toHaveLength(3);
});

test('a run by hand goes before scheduled ones', async () => {
  await using story = await openStory({ config: { node_capacity: 1 } });
  for (let made = 0; made < 3; made++) await story.create();
  const urgent = await story.create({ recurrence: { kind: 'cron', expr: '0 0 1 1 *', zone: 'UTC' } });
  story.clock.advance(MINUTE);
  await story.worker.dispatchPass();
  await story.do(runNow, urgent);
  await story.turn();
  expect(story.held.map(({ context }) => context.triggerId)).toEqual([urgent]);
});

test('nothing starts while the clock has just jumped, on a node that was declared dead, or before its time', async () => {
  await using story = await openStory();
  await story.do(runNow, await story.create());
  story.clock.setSteady(false);
  const question = { nodeId: story.worker.id, tags: [], capacity: 64 };
  expect(await startRuns(story.kernel, 'default', question)).toMatchObject({ runs: [] });
  story.clock.setSteady(true);
  await story.rows(sql`update engine.node set state = 'dead'`);
  expect(await startRuns(story.kernel, 'default', question)).toMatchObject({ runs: [] });
  await story.rows(sql`update engine.node set state = 'alive'`);
  await story.rows(sql`update engine.live_run set available_at = available_at + interval '1 second'`);
  expect(await startRuns(story.kernel, 'default', question)).toMatchObject({ runs: [] });
  story.clock.advance(1000);
  expect(await startRuns(story.kernel, 'default', question)).toMatchObject({
    runs: [{ state: 'running', node_id: story.worker.id }],
  });
});

test('a run is told its time, its deadline, its last success and its next occurrence', async () => {
  await using story = await openStory();
  await story.create({ definition: { kind: 'probe', says: 'hello' }, policy: { timeout_ms: 5000 } });
  story.clock.advance(MINUTE + 700);
  await story.turn();
  story.held[0]?.finish();
  await story.turn();
  const firstSuccess = story.clock.now();
  story.clock.advance(MINUTE - 700);
  await story.turn();
  const { clock, held } = story;
  expect(held[1]?.context).toMatchObject({
    nominalAt: clock.now(),
    dueAt: clock.now(),
    startedAt: clock.now(),
    deadlineAt: clock.now() + 5000,
    nextAt: clock.now() + MINUTE,
    lastSuccessAt: firstSuccess,
    zone: 'UTC',
    attempt: 1,
    cause: 'schedule',
    definition: { kind: 'probe', says: 'hello' },
  });
  expect(held[0]?.context.lastSuccessAt).toBeUndefined();
});

test('a run that takes longer than its timeout is told to end and fails', async () => {
  await using story = await openStory();
  const id = await story.create({ policy: { timeout_ms: 5000 } });
  story.clock.advance(MINUTE);
  await story.turn();
  story.clock.advance(4999);
  expect(story.held[0]?.signal.aborted).toBe(false);
  story.clock.advance(1);
  await story.turn();
  expect(story.held[0]?.signal.reason).toBe('timeout');
  await story.settle();
  expect(await story.statuses(id)).toEqual(['failed']);
});
