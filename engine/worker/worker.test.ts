import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { sql } from '#kernel';
import { cancelRun, runNow } from '../commands/run.ts';
import { writeExitRecord } from '../guard/exit-record.ts';
import { startRuns } from '../start.ts';
import { openStory, type Story } from '../story.fixture.ts';

const MINUTE = 60_000;

/** A start whose answer never came back: the rows are running, but nothing was begun. */
async function startWithoutAnswer(story: Story): Promise<void> {
  await story.worker.heartbeatPass();
  const started = await startRuns(story.kernel, 'default', { nodeId: story.worker.id, tags: [], capacity: 64 });
  expect(started?.runs).toHaveLength(1);
}

describe('reconciling', () => {
  test('gives a run back that was never begun here, and it is begun then', async () => {
    await using story = await openStory();
    const id = await story.create();
    await story.do(runNow, id);
    await startWithoutAnswer(story);
    await story.turn();
    expect(story.held).toHaveLength(1);
    expect(story.held[0]?.context).toMatchObject({ attempt: 1, cause: 'manual' });
    story.held[0]?.finish();
    await story.settle();
    expect(await story.statuses(id)).toEqual(['manual success']);
    expect(await story.findings()).toEqual([]);
  });

  test('leaves alone what runs here, and what other nodes run', async () => {
    await using story = await openStory();
    await using other = await story.another();
    await story.do(runNow, await story.create());
    await story.turn();
    await story.worker.heartbeatPass();
    await other.worker.heartbeatPass();
    expect(await story.rows(sql`select state from engine.live_run`)).toEqual([{ state: 'running' }]);
  });

  test('cancels what somebody wants cancelled meanwhile', async () => {
    await using story = await openStory();
    const id = await story.create();
    const run = await story.do(runNow, id);
    await startWithoutAnswer(story);
    await story.do(cancelRun, run);
    await story.turn();
    expect(await story.statuses(id)).toEqual(['manual cancelled']);
    expect(story.held).toEqual([]);
    expect(await story.findings()).toEqual([]);
  });
});

describe('a node that is declared dead', () => {
  test('ends what it carries out, finishes nothing, and begins anew', async () => {
    await using story = await openStory();
    await using other = await story.another();
    const id = await story.create();
    await story.do(runNow, id);
    await story.turn();
    const before = story.worker.id;
    await other.live(45_000);
    await other.worker.recoverPass();
    expect(await story.statuses(id)).toEqual(['manual missed']);
    await story.worker.heartbeatPass();
    expect(story.held[0]?.signal.reason).toBe('fenced');
    expect(story.worker.id).not.toBe(before);
    await story.worker.idle();
    await story.turn();
    expect(story.worker.begun()).toEqual([]);
    expect(await story.statuses(id)).toEqual(['manual missed']);
    await story.do(runNow, id);
    await story.turn();
    expect(story.held).toHaveLength(2);
    expect(await story.findings()).toEqual([]);
  });

  test('tells as a late result what had ended before it knew', async () => {
    await using story = await openStory();
    await using other = await story.another();
    await story.do(runNow, await story.create());
    await story.turn();
    story.held[0]?.finish();
    await story.worker.idle();
    await other.live(45_000);
    await other.worker.recoverPass();
    await story.worker.heartbeatPass();
    await story.worker.finishPass();
    expect(await story.rows(sql`select result, detail ->> 'late_result' as late from engine.run`)).toEqual([
      { result: 'interrupted', late: 'success' },
    ]);
    expect(story.worker.begun()).toEqual([]);
  });
});

describe('a database that does not answer', () => {
  test('for 20 seconds ends what another node may repeat by then, and starts nothing; it is given back when it answers', async () => {
    await using story = await openStory();
    const [repeatable, other] = [await story.create({ policy: { repeatable: true } }), await story.create()];
    await story.do(runNow, repeatable);
    await story.do(runNow, other);
    await story.turn();
    const { renewing } = cutOff(story);
    story.clock.advance(21_000);
    await expect(renewing()).rejects.toThrow('Connection terminated');
    const ended = story.held.filter(({ signal }) => signal.aborted).map(({ context }) => context.triggerId);
    expect(ended).toEqual([repeatable]);
    restore(story);
    await story.settle();
    await story.turn();
    await story.turn();
    expect(story.held.at(-1)?.context).toMatchObject({ triggerId: repeatable, attempt: 2, cause: 'recovery' });
    expect(await story.findings()).toEqual([]);
  });

  const real = new WeakMap<Story, Story['kernel']['db']['rows']>();

  function cutOff(story: Story): { renewing: () => Promise<number> } {
    real.set(story, story.kernel.db.rows);
    Object.assign(story.kernel.db, { rows: () => Promise.reject(new Error('Connection terminated unexpectedly')) });
    return { renewing: () => story.worker.heartbeatPass() };
  }

  function restore(story: Story): void {
    Object.assign(story.kernel.db, { rows: real.get(story) });
  }
});

describe('a planned stop', () => {
  test('lets runs finish up to the drain limit and hands the rest back', async () => {
    await using story = await openStory();
    const [quick, slow, repeatable] = [
      await story.create(),
      await story.create(),
      await story.create({ policy: { repeatable: true } }),
    ];
    for (const id of [quick, slow, repeatable]) await story.do(runNow, id);
    await story.turn();
    const by = (id: string): (typeof story.held)[number] | undefined =>
      story.held.find(({ context }) => context.triggerId === id);
    const stopping = story.worker.stop();
    by(quick)?.finish();
    await story.worker.dispatchPass();
    story.clock.advance(20_000);
    await stopping;
    expect(by(slow)?.signal.reason).toBe('stop');
    expect([await story.statuses(quick), await story.statuses(slow), await story.statuses(repeatable)]).toEqual([
      ['manual success'],
      ['manual missed'],
      ['manual open'],
    ]);
    expect(await story.rows(sql`select reason from engine.occurrence where status = 'missed'`)).toEqual([
      { reason: 'interrupted: Almanac was stopped' },
    ]);
    expect(await story.rows(sql`select state from engine.node`)).toEqual([{ state: 'dead' }]);
    expect(await story.rows(sql`select state, attempt, cause from engine.live_run`)).toEqual([
      { state: 'queued', attempt: 2, cause: 'recovery' },
    ]);
    expect(await story.findings()).toEqual([]);
  });

  test('claims nothing new while it waits', async () => {
    await using story = await openStory();
    await story.do(runNow, await story.create());
    await story.turn();
    const stopping = story.worker.stop();
    const late = await story.create();
    story.clock.advance(MINUTE);
    await story.worker.dispatchPass();
    await story.worker.startPass();
    await stopping;
    expect(await story.statuses(late)).toEqual([]);
  });

  test('does not wait for a runner that listens to nothing', async () => {
    await using story = await openStory();
    const id = await story.create({ ownerModule: 'deaf' });
    await story.do(runNow, id);
    await story.worker.startPass();
    expect(story.worker.begun()).toHaveLength(1);
    const stopping = story.worker.stop();
    // Twenty seconds of drain, fifteen for its last words.
    for (let second = 0; second < 60; second++) {
      story.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stopping;
    expect(await story.statuses(id)).toEqual(['manual missed']);
  });

  test('keeps the true result of a command that ended by itself in the last moment', async () => {
    await using story = await openStory();
    const id = await story.create();
    const run = await story.do(runNow, id);
    await story.turn();
    const spool = path.join(story.home, 'spool', run);
    const now = story.clock.now();
    writeExitRecord(spool, {
      runId: run,
      startedAt: now,
      finishedAt: now,
      exitCode: 0,
      signal: null,
      endedBy: 'itself',
      outputBytes: 0,
      droppedBytes: 0,
    });
    const stopping = story.worker.stop();
    story.clock.advance(20_000);
    await stopping;
    expect(await story.statuses(id)).toEqual(['manual success']);
  });
});

test('a folder in the spool that is no run is left alone', async () => {
  await using story = await openStory();
  mkdirSync(path.join(story.home, 'spool', 'notes'));
  await story.killAndRestart();
  expect(readdirSync(path.join(story.home, 'spool'))).toEqual(['notes']);
});

test('a run of a module that nobody carries out fails with the reason', async () => {
  await using story = await openStory();
  const id = await story.create({ ownerModule: 'nobody' });
  await story.do(runNow, id);
  story.answer = { result: 'success' };
  await story.worker.heartbeatPass();
  await story.worker.startPass();
  await story.worker.idle();
  await story.worker.finishPass();
  expect(await story.rows(sql`select result, detail from engine.run`)).toEqual([
    { result: 'failed', detail: { error: 'No module carries out runs of nobody.' } },
  ]);
});
