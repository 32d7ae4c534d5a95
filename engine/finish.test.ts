import { describe, expect, test } from 'vitest';
import { at, sql } from '#kernel';
import { detailOf } from './carry-out.ts';
import { runNow } from './commands/run.ts';
import { lockTrigger } from './commands/lock.ts';
import { disableTrigger, pauseTrigger } from './commands/state.ts';
import { finishRuns } from './finish.ts';
import type { LiveRunRow } from './schema.ts';
import { openStory, type Story } from './story.fixture.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Rows of runs that this node carries out. */
function running(story: Story): Promise<LiveRunRow[]> {
  return story.rows(sql<LiveRunRow>`select * from engine.live_run where state = 'running' order by id`);
}

function attempts(story: Story): Promise<string[]> {
  return story
    .rows(
      sql<{
        said: string;
      }>`select attempt || ' ' || cause || ' ' || status as said from engine.run_any order by nominal_at, attempt`,
    )
    .then((rows) => rows.map(({ said }) => said));
}

const hourly = { kind: 'cron', expr: '0 * * * *', zone: 'UTC' } as const;

test('an outcome is written once: repeating an unknown commit writes nothing', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  const [run] = await running(story);
  const ends =
    run === undefined ? [] : [{ run, result: 'success' as const, finishedAt: story.clock.now(), detail: {} }];
  expect(await finishRuns(story.kernel, story.worker.id, ends)).toEqual(new Set([run?.id]));
  const wrong = ends.map((end) => ({ ...end, result: 'failed' as const }));
  expect(await finishRuns(story.kernel, story.worker.id, wrong)).toEqual(new Set());
  expect(await story.statuses(id)).toEqual(['success']);
  expect(await story.rows(sql`select result, detail from engine.run`)).toEqual([{ result: 'success', detail: {} }]);
});

test('a node that was written off writes no outcome; what it found out is kept beside', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  const dead = await story.killAndRestart();
  expect(await story.statuses(id)).toEqual(['missed']);
  story.held[0]?.finish();
  await dead.idle();
  await dead.finishPass();
  expect(await story.statuses(id)).toEqual(['missed']);
  expect(await story.rows(sql`select result, detail ->> 'late_result' as late from engine.run`)).toEqual([
    { result: 'interrupted', late: 'success' },
  ]);
  expect(await story.findings()).toEqual([]);
});

test('another node cannot finish what is not its own', async () => {
  await using story = await openStory();
  await using other = await story.another();
  await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  const ends = (await running(story)).map((run) => ({
    run,
    result: 'failed' as const,
    finishedAt: story.clock.now(),
    detail: {},
  }));
  expect(await finishRuns(story.kernel, other.worker.id, ends)).toEqual(new Set());
  expect(await running(story)).toHaveLength(1);
});

test('the database refuses to change an outcome', async () => {
  await using story = await openStory();
  await story.create();
  story.answer = { result: 'success' };
  story.clock.advance(MINUTE);
  await story.turn();
  await expect(story.rows(sql`update engine.occurrence set status = 'failed'`)).rejects.toThrow(
    /already ended as success/,
  );
  await expect(story.rows(sql`update engine.occurrence set status = 'open', settled_at = null`)).rejects.toThrow(
    /already ended/,
  );
});

test('many runs that end together are written together, each with its own outcome', async () => {
  await using story = await openStory();
  await story.rows(sql`update engine.lane set at_once = 100`);
  const ids: string[] = [];
  for (let made = 0; made < 20; made++) ids.push(await story.create());
  story.clock.advance(MINUTE);
  await story.turn();
  for (const run of story.held) {
    run.finish({ result: ids.indexOf(run.context.triggerId) % 2 === 0 ? 'success' : 'failed' });
  }
  await story.settle();
  const found = (await Promise.all(ids.map((id) => story.statuses(id)))).flat();
  expect(found).toEqual(ids.map((_, place) => (place % 2 === 0 ? 'success' : 'failed')));
  expect(await story.findings()).toEqual([]);
});

test('a run that cannot be written does not keep the others from their outcome', async () => {
  await using story = await openStory();
  const [poisoned, sound] = [await story.create(), await story.create()];
  story.clock.advance(MINUTE);
  await story.turn();
  // The place of its history is taken, which no one should ever see.
  await story.rows(sql`
    insert into engine.run (trigger_id, nominal_at, origin, attempt, id, cause, started_at, finished_at, result, detail)
    select trigger_id, nominal_at, origin, attempt, gen_random_uuid(), cause, started_at, started_at, 'failed', '{}' from engine.live_run where trigger_id = ${poisoned}`);
  for (const run of story.held) run.finish();
  await story.worker.idle();
  await expect(story.worker.finishPass()).rejects.toThrow(/duplicate key/);
  expect([await story.statuses(poisoned), await story.statuses(sound)]).toEqual([['open'], ['success']]);
  expect(story.worker.ended()).toHaveLength(1);
  await story.rows(sql`delete from engine.run where result = 'failed'`);
  await story.worker.finishPass();
  expect(await story.statuses(poisoned)).toEqual(['success']);
});

test('words of a runner that JSON cannot hold are still kept', async () => {
  expect(detailOf({ error: `half \ud83d and \0 nothing` })).toEqual({ error: 'half \ufffd and ␀ nothing' });
  expect(detailOf({ error: `${'x'.repeat(1999)}😀` }).error?.isWellFormed()).toBe(true);
});

test('a failure that finds its trigger locked waits for it and is written then', async () => {
  await using story = await openStory();
  const id = await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  story.held[0]?.finish({ result: 'failed' });
  await story.worker.idle();
  let finishing: Promise<number> | undefined;
  await story.kernel.db.transaction(async (tx) => {
    await lockTrigger(tx, id, story.owner.teamId);
    finishing = story.worker.finishPass();
    await expect
      .poll(() =>
        story.rows(sql`
          select 1 as waits from pg_catalog.pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`),
      )
      .toEqual([{ waits: 1 }]);
    expect(await story.statuses(id)).toEqual(['open']);
  });
  await finishing;
  expect(await story.statuses(id)).toEqual(['failed']);
});

describe('retry', () => {
  test('climbs its ladder and ends as failed when no rung is left', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly, policy: { retry_ms: [30 * SECOND, MINUTE] } });
    story.answer = { result: 'failed', error: 'No luck.' };
    story.clock.advance(HOUR);
    await story.turn();
    expect(await attempts(story)).toEqual(['1 schedule failed', '2 retry queued']);
    expect(await story.statuses(id)).toEqual(['open']);
    story.clock.advance(26 * SECOND);
    await story.turn();
    expect(await attempts(story)).toContain('2 retry queued');
    story.clock.advance(8 * SECOND);
    await story.turn();
    expect(await attempts(story)).toEqual(['1 schedule failed', '2 retry failed', '3 retry queued']);
    story.clock.advance(67 * SECOND);
    await story.turn();
    expect(await attempts(story)).toEqual(['1 schedule failed', '2 retry failed', '3 retry failed']);
    expect(await story.statuses(id)).toEqual(['failed']);
    expect(await story.findings()).toEqual([]);
  });

  test('stays a minute away from the next occurrence', async () => {
    await using story = await openStory();
    const id = await story.create({
      recurrence: { kind: 'cron', expr: '*/5 * * * *', zone: 'UTC' },
      policy: { retry_ms: [200 * SECOND, 60 * SECOND] },
    });
    story.answer = { result: 'failed' };
    story.clock.advance(5 * MINUTE);
    await story.turn();
    expect(await attempts(story)).toHaveLength(2);
    story.clock.advance(225 * SECOND);
    await story.turn();
    expect(await attempts(story)).toEqual(['1 schedule failed', '2 retry failed']);
    expect(await story.statuses(id)).toEqual(['failed']);
  });

  test('is not made of what asked for too many requests, nor after a pause', async () => {
    await using story = await openStory();
    const policy = { repeatable: true };
    const [limited, paused] = [
      await story.create({ recurrence: hourly, policy }),
      await story.create({ recurrence: hourly, policy }),
    ];
    story.clock.advance(HOUR);
    await story.turn();
    await story.do(pauseTrigger, paused);
    for (const run of story.held)
      run.finish({ result: 'failed', ...(run.context.triggerId === limited ? { httpStatus: 429 } : {}) });
    await story.settle();
    expect([await story.statuses(limited), await story.statuses(paused)]).toEqual([['failed'], ['failed']]);
  });

  test('that waits ends as the failure it is when its trigger is disabled', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly, policy: { repeatable: true } });
    story.answer = { result: 'failed' };
    story.clock.advance(HOUR);
    await story.turn();
    await story.do(disableTrigger, id, { reason: 'no more' });
    expect(await story.statuses(id)).toEqual(['failed']);
    story.clock.advance(10 * MINUTE);
    await story.turn();
    expect(await attempts(story)).toEqual(['1 schedule failed']);
    expect(await story.findings()).toEqual([]);
  });

  test('carries out what its occurrence began with, though the trigger was edited meanwhile', async () => {
    await using story = await openStory();
    await story.create({ recurrence: hourly, policy: { repeatable: true }, definition: { version: 'old' } });
    story.clock.advance(HOUR);
    await story.turn();
    await story.rows(sql`update engine.trigger set definition = '{"version":"new"}'`);
    story.held[0]?.finish({ result: 'failed' });
    await story.settle();
    story.clock.advance(MINUTE);
    await story.turn();
    expect(story.held[1]?.context).toMatchObject({ attempt: 2, definition: { version: 'old' } });
  });
});

describe('a pending question', () => {
  const states = (story: Story): Promise<unknown[]> =>
    story.rows(sql`select state, resolved_by from engine.missed_item`);

  test('is answered by the next success of a frequent trigger', async () => {
    await using story = await openStory();
    await story.create({ recurrence: hourly });
    story.clock.advance(5 * HOUR);
    story.answer = { result: 'failed' };
    await story.turn();
    expect(await states(story)).toEqual([{ state: 'pending', resolved_by: null }]);
    story.clock.advance(HOUR);
    story.answer = { result: 'success' };
    await story.turn();
    expect(await states(story)).toEqual([{ state: 'resolved_by_run', resolved_by: 'a later run that succeeded' }]);
    expect(await story.findings()).toEqual([]);
  });

  test('of a daily trigger stays a question, also after a run by hand shortly before the next', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: { kind: 'cron', expr: '0 13 * * *', zone: 'UTC' } });
    story.answer = { result: 'success' };
    story.clock.advance(24.5 * HOUR);
    await story.turn();
    expect(await story.statuses(id)).toEqual(['missed']);
    await story.do(runNow, id);
    await story.turn();
    expect(await story.statuses(id)).toEqual(['missed', 'manual success']);
    expect(await states(story)).toEqual([{ state: 'pending', resolved_by: null }]);
    expect(await story.findings()).toEqual([]);
  });

  test('does not keep outcomes from being written when its trigger cannot be read any more', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly });
    story.clock.advance(5 * HOUR);
    await story.turn();
    await story.rows(sql`update engine.trigger set recurrence = '{"kind":"cron","expr":"?","zone":"Nowhere/City"}'`);
    story.held[0]?.finish();
    await story.settle();
    expect((await story.statuses(id)).at(-1)).toBe('success');
  });
});

test('a time in the history is the time of the end, not of the writing', async () => {
  await using story = await openStory();
  await story.create();
  story.clock.advance(MINUTE);
  await story.turn();
  story.held[0]?.finish();
  await story.worker.idle();
  const ended = story.clock.now();
  story.clock.advance(7 * SECOND);
  await story.worker.finishPass();
  expect(await story.rows(sql`select 1 from engine.run where finished_at = ${at(ended)}`)).toHaveLength(1);
});
