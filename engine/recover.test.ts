import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sql } from '#kernel';
import { cancelRun, runNow } from './commands/run.ts';
import { deleteTrigger, pauseTrigger } from './commands/state.ts';
import { type ExitRecord, writeExitRecord } from './guard/exit-record.ts';
import { spoolFile } from './guard/spool.ts';
import { LEASE } from './node.ts';
import { orphanedRuns, recoverRuns } from './recover.ts';
import { openStory, type Story } from './story.fixture.ts';
import { openWorker } from './worker/worker.ts';

const MINUTE = 60_000;

const hourly = { kind: 'cron', expr: '0 * * * *', zone: 'UTC' } as const;

function history(story: Story): Promise<unknown[]> {
  return story
    .rows(
      sql<{
        said: string;
      }>`select attempt || ' ' || cause || ' ' || status as said from engine.run_any order by nominal_at, attempt`,
    )
    .then((rows) => rows.map(({ said }) => said));
}

/** What the guard of a run leaves when its command ends while no node listens. */
function leaveExitRecord(story: Story, runId: string, end: Partial<ExitRecord>): void {
  const spool = path.join(story.home, 'spool', runId);
  mkdirSync(spool, { recursive: true });
  writeFileSync(path.join(spool, spoolFile.output), 'nearly done\ndone\n');
  const finishedAt = story.clock.now() + 1234;
  writeExitRecord(spool, {
    runId,
    startedAt: story.clock.now(),
    finishedAt,
    exitCode: 0,
    signal: null,
    endedBy: 'itself',
    outputBytes: 17,
    droppedBytes: 0,
    ...end,
  });
}

describe('a run whose node died', () => {
  test('is asked about when it may not be repeated', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly });
    story.clock.advance(60 * MINUTE);
    await story.turn();
    await story.killAndRestart();
    expect(await story.statuses(id)).toEqual(['missed']);
    expect(await history(story)).toEqual(['1 schedule interrupted']);
    expect(await story.rows(sql`select reason, count, state from engine.missed_item`)).toEqual([
      { reason: 'interrupted', count: 1, state: 'pending' },
    ]);
    expect(await story.rows(sql`select reason from engine.occurrence`)).toEqual([
      { reason: 'interrupted: the node that carried it out is gone' },
    ]);
    expect(await story.findings()).toEqual([]);
  });

  test('is started again when it may be repeated, at most twice, and then asked about', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly, policy: { repeatable: true } });
    story.clock.advance(60 * MINUTE);
    for (const attempt of [1, 2, 3]) {
      await story.turn();
      expect(story.held.at(-1)?.context).toMatchObject({ attempt, cause: attempt === 1 ? 'schedule' : 'recovery' });
      await story.killAndRestart();
    }
    expect(await story.statuses(id)).toEqual(['missed']);
    expect(await history(story)).toEqual([
      '1 schedule interrupted',
      '2 recovery interrupted',
      '3 recovery interrupted',
    ]);
    expect(new Set(story.held.map(({ context }) => context.runId)).size).toBe(3);
    expect(await story.findings()).toEqual([]);
  });

  test('keeps count of its recoveries over its retries', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly, policy: { repeatable: true, retry_ms: [1000, 1000, 1000] } });
    story.clock.advance(60 * MINUTE);
    for (let kill = 0; kill < 3; kill++) {
      await story.turn();
      await story.killAndRestart();
      await story.turn();
      story.held.at(-1)?.finish({ result: 'failed' });
      await story.settle();
      story.clock.advance(1200);
    }
    expect(await history(story)).toEqual([
      '1 schedule interrupted',
      '2 recovery failed',
      '3 retry interrupted',
      '4 recovery failed',
      '5 retry interrupted',
    ]);
    expect(await story.statuses(id)).toEqual(['missed']);
    expect(await story.findings()).toEqual([]);
  });

  test.each([
    ['success', {}, { result: 'success', detail: { exit_code: 0 } }],
    ['failed', { exitCode: 3 }, { result: 'failed', detail: { exit_code: 3, error: 'It ended with exit code 3.' } }],
    [
      'cancelled',
      { exitCode: null, signal: 'SIGTERM', endedBy: 'cancel' as const },
      { result: 'cancelled', detail: { signal: 'SIGTERM', error: 'Cancelled.' } },
    ],
  ])('has the true result %s when its guard wrote it down, with its output', async (status, end, expected) => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly });
    story.clock.advance(60 * MINUTE);
    await story.turn();
    const dead = story.worker.id;
    const runId = story.held[0]?.context.runId ?? '';
    leaveExitRecord(story, runId, end);
    await story.killAndRestart();
    expect(await story.statuses(id)).toEqual([status]);
    expect(await story.rows(sql`select result, detail, node_id from engine.run`)).toEqual([
      { ...expected, node_id: dead },
    ]);
    expect(await story.rows(sql`select text from engine.run_output where run_id = ${runId}`)).toEqual([
      { text: 'nearly done\ndone\n' },
    ]);
    expect(await story.findings()).toEqual([]);
  });

  test('is interrupted when its guard ended it because the node was gone', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly });
    story.clock.advance(60 * MINUTE);
    await story.turn();
    leaveExitRecord(story, story.held[0]?.context.runId ?? '', {
      exitCode: null,
      signal: 'SIGTERM',
      endedBy: 'node-gone',
    });
    await story.killAndRestart();
    expect(await story.statuses(id)).toEqual(['missed']);
  });

  test('is cancelled, not started again, when somebody had asked for its end', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: hourly, policy: { repeatable: true } });
    story.clock.advance(60 * MINUTE);
    await story.turn();
    await story.do(cancelRun, story.held[0]?.context.runId ?? '');
    await story.killAndRestart();
    await story.turn();
    expect(await story.statuses(id)).toEqual(['cancelled']);
    expect(story.held).toHaveLength(1);
    expect(await story.findings()).toEqual([]);
  });

  test('is not started again in a pause, and nobody is asked about what was deleted', async () => {
    await using story = await openStory();
    const policy = { repeatable: true };
    const [paused, deleted] = [
      await story.create({ recurrence: hourly, policy }),
      await story.create({ recurrence: hourly, policy }),
    ];
    story.clock.advance(60 * MINUTE);
    await story.turn();
    await story.do(pauseTrigger, paused);
    await story.do(deleteTrigger, deleted);
    await story.killAndRestart();
    await story.turn();
    expect([await story.statuses(paused), await story.statuses(deleted)]).toEqual([['missed'], ['cancelled']]);
    expect(await story.rows(sql`select trigger_id from engine.missed_item where state = 'pending'`)).toEqual([
      { trigger_id: paused },
    ]);
    expect(await story.findings()).toEqual([]);
  });
});

test('more runs than one batch are all recovered, with the true results of those that have one', async () => {
  await using story = await openStory({ config: { node_capacity: 500 } });
  await story.rows(sql`update engine.lane set at_once = 500`);
  const id = await story.create({ policy: { overlap: 'allow' } });
  for (let made = 0; made < 230; made++) await story.do(runNow, id);
  await story.turn();
  for (const { context } of story.held) leaveExitRecord(story, context.runId, {});
  await story.killAndRestart();
  expect(new Set(await story.statuses(id))).toEqual(new Set(['manual success']));
  expect(await story.findings()).toEqual([]);
});

test('what another node wrote off keeps its true end as a late result when its home comes back', async () => {
  await using story = await openStory();
  await using other = await story.another();
  const id = await story.create({ recurrence: hourly });
  story.clock.advance(60 * MINUTE);
  await story.turn();
  leaveExitRecord(story, story.held[0]?.context.runId ?? '', { exitCode: 0 });
  await other.worker.heartbeatPass();
  await other.live(LEASE + 10_000);
  await other.worker.recoverPass();
  expect(await other.statuses(id)).toEqual(['missed']);
  await story.killAndRestart();
  expect(await story.rows(sql`select result, detail ->> 'late_result' as late from engine.run`)).toEqual([
    { result: 'interrupted', late: 'success' },
  ]);
  expect(await story.statuses(id)).toEqual(['missed']);
});

describe('a node judges others', () => {
  test('only after it has held its own lease without a break', async () => {
    await using story = await openStory();
    await using other = await story.another();
    const alive = (): Promise<unknown[]> => story.rows(sql`select 1 from engine.node where state = 'alive'`);
    // The database was away: nobody could renew.
    story.clock.advance(45_000);
    await story.worker.heartbeatPass();
    await story.worker.recoverPass();
    expect(await alive()).toHaveLength(2);
    await story.live(LEASE - 5000);
    await story.worker.recoverPass();
    expect(await alive()).toHaveLength(2);
    await story.live(5000);
    await story.worker.recoverPass();
    expect(await alive()).toHaveLength(1);
    expect(await other.worker.heartbeatPass()).toBeGreaterThan(0);
  });

  test('not while its clock has just jumped', async () => {
    await using story = await openStory();
    await using _other = await story.another();
    await story.live(LEASE + 5000);
    story.clock.setSteady(false);
    await story.worker.recoverPass();
    expect(await story.rows(sql`select 1 from engine.node where state = 'alive'`)).toHaveLength(2);
  });

  test('a new process on a home needs no lease to know that its predecessor is gone, but another machine is not its predecessor', async () => {
    await using story = await openStory();
    await story.rows(
      sql`insert into engine.node select gen_random_uuid(), kind, home, 'elsewhere', tags, state, started_at, renewed_at, expires_at, tzdata from engine.node`,
    );
    await openWorker(story.kernel);
    expect(
      await story.rows(sql`select host from engine.node where state = 'alive' order by host = 'elsewhere'`),
    ).toEqual([{ host: expect.not.stringMatching(/^elsewhere$/) }, { host: 'elsewhere' }]);
  });
});

test('two nodes that recover the same runs take care of each once', async () => {
  await using story = await openStory();
  await using other = await story.another();
  for (let made = 0; made < 8; made++)
    await story.create({ recurrence: hourly, policy: { repeatable: made % 2 === 0 } });
  story.clock.advance(60 * MINUTE);
  await story.turn();
  await story.rows(sql`update engine.node set state = 'dead' where id = ${story.worker.id}`);
  const orphans = await orphanedRuns(story.kernel.db);
  const none = new Map<string, never>();
  const counts = await Promise.all(
    [story, other, story, other].map(({ kernel }) => recoverRuns(kernel, orphans, none)),
  );
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8);
  expect(await history(story)).toHaveLength(12);
  expect(await story.findings()).toEqual([]);
});
