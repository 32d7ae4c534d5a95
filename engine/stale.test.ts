import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { runNow } from './commands/run.ts';
import { openStory, type Story } from './story.fixture.ts';

const MINUTE = 60_000;

function reasons(story: Story, triggerId: string): Promise<unknown[]> {
  return story.rows(
    sql`select status, reason from engine.occurrence where trigger_id = ${triggerId} order by nominal_at`,
  );
}

const fiveMinutes = { kind: 'cron', expr: '*/5 * * * *', zone: 'UTC' } as const;

test('a run that waits past its grace never starts stale, and is told why it waited', async () => {
  await using story = await openStory();
  await story.rows(sql`update engine.lane set at_once = 1 where name = 'light'`);
  const pinned = await story.create({ recurrence: fiveMinutes, policy: { tags: ['gpu'] } });
  const holder = await story.create({
    recurrence: { kind: 'cron', expr: '0 0 1 1 *', zone: 'UTC' },
    policy: { mutex: 'host:db1' },
    lane: 'light',
  });
  const held = await story.create({ recurrence: fiveMinutes, policy: { mutex: 'host:db1' } });
  const crowded = await story.create({ recurrence: fiveMinutes, lane: 'light' });
  await story.do(runNow, holder);
  await story.turn();
  story.clock.advance(5 * MINUTE);
  await story.turn();
  story.clock.advance(150_000);
  await story.worker.stalePass();
  expect(await reasons(story, pinned)).toEqual([{ status: 'open', reason: null }]);
  story.clock.advance(1);
  await story.worker.stalePass();
  expect(await reasons(story, pinned)).toEqual([{ status: 'missed', reason: 'waited: no node with tag gpu' }]);
  expect(await reasons(story, held)).toEqual([
    { status: 'missed', reason: 'waited: host:db1 was held by another run' },
  ]);
  expect(await reasons(story, crowded)).toEqual([{ status: 'missed', reason: 'waited: lane light was full' }]);
  expect(await story.rows(sql`select distinct reason, count from engine.missed_item`)).toEqual([
    { reason: 'waited', count: 1 },
  ]);
  await story.turn();
  expect(story.held).toHaveLength(1);
  expect(await story.findings()).toEqual([]);
});

test('a run by hand may wait for as long as it takes', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: fiveMinutes, policy: { tags: ['gpu'] } });
  await story.do(runNow, id);
  story.clock.advance(4 * MINUTE);
  await story.worker.stalePass();
  expect(await story.statuses(id)).toEqual(['manual open']);
});

test('waiting that ends in a pause is suppressed: nobody needs to be asked', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: fiveMinutes, policy: { tags: ['gpu'] } });
  story.clock.advance(5 * MINUTE);
  await story.turn();
  await story.rows(sql`update engine.trigger set state = 'paused', state_reason = 'moving house'`);
  story.clock.advance(151_000);
  await story.worker.stalePass();
  expect(await reasons(story, id)).toEqual([{ status: 'suppressed', reason: 'paused: moving house' }]);
  expect(await story.findings()).toEqual([]);
});

test('more stale runs than one batch are all swept', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: fiveMinutes, policy: { tags: ['gpu'], overlap: 'allow' } });
  await story.rows(sql`
    insert into engine.occurrence (trigger_id, nominal_at, origin, due_at, status)
    select ${id}, cursor_at - n * interval '1 second', 'manual', cursor_at, 'open' from engine.trigger, generate_series(1, 450) n`);
  await story.rows(sql`
    insert into engine.live_run (id, trigger_id, nominal_at, origin, attempt, cause, team_id, owner_module, lane, priority, tags, repeatable, available_at, stale_at, state, context)
    select gen_random_uuid(), o.trigger_id, o.nominal_at, 'manual', 1, 'manual', t.team_id, 'probe', 'default', 0, '{gpu}', false, o.due_at, o.due_at, 'queued', jsonb_build_object('owner_ref', t.owner_ref)
    from engine.occurrence o join engine.trigger t on t.id = o.trigger_id`);
  story.clock.advance(1000);
  await story.worker.stalePass();
  const [row] = await story.rows(
    sql`select (select count(*) from engine.live_run) as live, (select count from engine.missed_item) as asked`,
  );
  expect(row).toEqual({ live: 0, asked: 450 });
});
