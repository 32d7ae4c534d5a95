import { describe, expect, test } from 'vitest';
import { sql } from '#kernel';
import { openStory, type Story } from '../story.fixture.ts';
import { editTrigger } from './define.ts';
import { cancelRun, runNow } from './run.ts';
import { deleteTrigger, disableTrigger, enableTrigger, pauseTrigger, resumeTrigger } from './state.ts';

const MINUTE = 60_000;

const yearly = { kind: 'cron', expr: '0 0 1 1 *', zone: 'UTC' } as const;

function versions(story: Story, id: string): Promise<unknown[]> {
  return story.rows(sql`
    select version, recurrence is not null as planned, by_name, reason from engine.trigger_version where trigger_id = ${id} order by version`);
}

function audit(story: Story, id: string): Promise<unknown[]> {
  return story
    .rows(sql<{ action: string }>`select action from kernel.audit_entry where object_id = ${id} order by at, id`)
    .then((rows) => rows.map(({ action }) => action));
}

/** Each command that changes a trigger, on one for which it is allowed. */
const changes = [
  ['edit', (story: Story, id: string) => story.do(editTrigger, id, { recurrence: yearly })],
  ['pause', (story: Story, id: string) => story.do(pauseTrigger, id)],
  ['disable', (story: Story, id: string) => story.do(disableTrigger, id)],
  ['delete', (story: Story, id: string) => story.do(deleteTrigger, id)],
] as const;

describe.each(changes)('to %s', (name, change) => {
  test('first settles what was due a second before, by what was true then', async () => {
    await using story = await openStory();
    const id = await story.create({ policy: { overlap: 'allow' } });
    story.clock.advance(2 * MINUTE + 1000);
    await change(story, id);
    const queued = { edit: 'open', pause: 'suppressed', disable: 'cancelled', delete: 'cancelled' }[name];
    expect(await story.statuses(id)).toEqual(
      ['missed', queued].map((status) => (status === 'missed' && name === 'delete' ? 'dismissed' : status)),
    );
    expect(await story.findings()).toEqual([]);
  });

  test('leaves a version, an audit entry, and what runs alone', async () => {
    await using story = await openStory();
    const id = await story.create();
    story.clock.advance(MINUTE);
    await story.turn();
    await change(story, id);
    expect(await versions(story, id)).toMatchObject([
      { version: 1, planned: true },
      { version: 2, planned: name === 'edit' || name === 'pause' },
    ]);
    expect(await audit(story, id)).toEqual(['trigger.created', `trigger.${name === 'edit' ? 'edite' : name}d`]);
    story.held[0]?.finish();
    await story.settle();
    expect(await story.statuses(id)).toEqual(['success']);
    expect(await story.findings()).toEqual([]);
  });

  test('is refused for the trigger of another team and for one that is gone', async () => {
    await using story = await openStory();
    const id = await story.create();
    const stranger = { ...story.owner, teamId: crypto.randomUUID() };
    const asked = Object.assign(Object.create(story) as Story, {
      do: (command: (...all: unknown[]) => Promise<unknown>, ...rest: unknown[]) =>
        story.kernel.db.transaction((tx) => command(story.kernel, tx, stranger, ...rest)),
    });
    await expect(change(asked, id)).rejects.toMatchObject({ status: 404 });
    await expect(change(story, crypto.randomUUID())).rejects.toMatchObject({ status: 404 });
    await story.do(deleteTrigger, id);
    await expect(change(story, id)).rejects.toMatchObject({ status: 404 });
  });
});

test('a change that was made to an older version is refused and names the present one', async () => {
  await using story = await openStory();
  const id = await story.create();
  await story.do(editTrigger, id, { title: 'First' }, 1);
  const stale = { status: 409, code: 'stale', field: 'expected_version', extra: { version: 2 } };
  await expect(story.do(editTrigger, id, { title: 'Second' }, 1)).rejects.toMatchObject(stale);
  await expect(story.do(pauseTrigger, id, { expectedVersion: 1 })).rejects.toMatchObject(stale);
  await expect(story.do(deleteTrigger, id, { expectedVersion: 1 })).rejects.toMatchObject(stale);
  expect(await story.rows(sql`select title from engine.trigger`)).toEqual([{ title: 'First' }]);
});

test('a state that a command does not fit is refused with the state', async () => {
  await using story = await openStory();
  const id = await story.create();
  const wrong = (state: string): object => ({ status: 409, code: 'wrong_state', extra: { state } });
  await expect(story.do(resumeTrigger, id)).rejects.toMatchObject(wrong('enabled'));
  await expect(story.do(enableTrigger, id)).rejects.toMatchObject(wrong('enabled'));
  await story.do(disableTrigger, id);
  await expect(story.do(pauseTrigger, id)).rejects.toMatchObject(wrong('disabled'));
  await story.do(enableTrigger, id);
  await story.do(pauseTrigger, id, { reason: 'one' });
  await story.do(pauseTrigger, id, { reason: 'two' });
  expect(await story.rows(sql`select state_reason, state_by from engine.trigger`)).toEqual([
    { state_reason: 'two', state_by: story.owner.name },
  ]);
});

test('a pause of what has just had its last occurrence is refused, since nothing is left to pause', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: { kind: 'at', at: story.clock.now() + MINUTE, zone: 'UTC' } });
  story.clock.advance(MINUTE);
  await expect(story.do(pauseTrigger, id)).rejects.toMatchObject({ code: 'wrong_state', extra: { state: 'ended' } });
  await story.turn();
  expect(await story.statuses(id)).toEqual(['open']);
  expect(await story.findings()).toEqual([]);
});

test('an edit never catches up, and its next occurrence is the first after now', async () => {
  await using story = await openStory();
  const id = await story.create({ recurrence: yearly });
  story.clock.advance(90_000);
  await story.do(editTrigger, id, { recurrence: { kind: 'cron', expr: '* * * * *', zone: 'UTC' } });
  const now = story.clock.now();
  expect(await story.rows(sql`select state, cursor_at, next_at, next_due_at from engine.trigger`)).toEqual([
    { state: 'enabled', cursor_at: now, next_at: now + 30_000, next_due_at: now + 30_000 },
  ]);
  story.clock.advance(30_000);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['open']);
});

test('an edit brings an ended trigger back, keeps a disabled one disabled and a pause paused with its end', async () => {
  await using story = await openStory();
  const ended = await story.create({ recurrence: { kind: 'at', at: story.clock.now() + 1, zone: 'UTC' } });
  const [disabled, paused] = [await story.create({ disabled: 'not yet' }), await story.create()];
  const until = story.clock.now() + 60 * MINUTE;
  await story.do(pauseTrigger, paused, { until });
  story.clock.advance(MINUTE);
  await story.turn();
  const recurrence = { kind: 'cron', expr: '*/2 * * * *', zone: 'UTC' } as const;
  for (const id of [ended, disabled, paused]) await story.do(editTrigger, id, { recurrence });
  const rows = await story.rows(
    sql`select state, next_at is not null as planned, paused_until from engine.trigger order by array_position(${[ended, disabled, paused]}::uuid[], id)`,
  );
  expect(rows).toEqual([
    { state: 'enabled', planned: true, paused_until: null },
    { state: 'disabled', planned: false, paused_until: null },
    { state: 'paused', planned: true, paused_until: until },
  ]);
  expect(await story.findings()).toEqual([]);
});

test('disabled for days and enabled again, nothing is caught up', async () => {
  await using story = await openStory();
  const id = await story.create();
  await story.do(disableTrigger, id, { reason: 'holidays' });
  story.clock.advance(3 * 24 * 60 * MINUTE);
  await story.turn();
  await story.do(enableTrigger, id);
  story.clock.advance(MINUTE);
  await story.turn();
  expect(await story.statuses(id)).toEqual(['open']);
  expect(await story.findings()).toEqual([]);
});

test('deleting answers its open question and keeps the history under its title', async () => {
  await using story = await openStory();
  const id = await story.create({ title: 'Nightly backup' });
  story.clock.advance(10 * MINUTE);
  await story.turn();
  await story.do(deleteTrigger, id);
  expect((await story.statuses(id)).slice(0, 3)).toEqual(['dismissed', 'dismissed', 'dismissed']);
  expect(await story.rows(sql`select state, title from engine.trigger`)).toEqual([
    { state: 'deleted', title: 'Nightly backup' },
  ]);
  expect(await story.findings()).toEqual([]);
});

describe('run now', () => {
  test('settles what is due first, and then finds it running already', async () => {
    await using story = await openStory();
    const id = await story.create();
    story.clock.advance(MINUTE);
    await expect(story.do(runNow, id)).rejects.toMatchObject({
      status: 409,
      code: 'already_running',
      extra: { run_id: expect.any(String) },
    });
    await story.turn();
    const running = story.held[0]?.context.runId;
    await expect(story.do(runNow, id)).rejects.toMatchObject({ extra: { run_id: running } });
  });

  test('twice within one millisecond makes two occurrences where overlap is allowed', async () => {
    await using story = await openStory();
    const id = await story.create({ policy: { overlap: 'allow' } });
    await Promise.all([story.do(runNow, id), story.do(runNow, id), story.do(runNow, id)]);
    await story.turn();
    expect(story.held).toHaveLength(3);
    expect(await story.findings()).toEqual([]);
  });

  test('takes nothing away from the occurrence that is scheduled for the very same instant', async () => {
    await using story = await openStory();
    const id = await story.create({ policy: { overlap: 'allow' } });
    story.clock.advance(MINUTE);
    await story.do(runNow, id, { links: { again_of: 'an older run' } });
    expect(await story.rows(sql`select origin, links from engine.occurrence order by origin`)).toEqual([
      { origin: 'manual', links: { again_of: 'an older run' } },
      { origin: 'schedule', links: null },
    ]);
    expect(await story.findings()).toEqual([]);
  });

  test('works for what is paused, disabled or ended', async () => {
    await using story = await openStory();
    const ids = [
      await story.create(),
      await story.create(),
      await story.create({ recurrence: { kind: 'at', at: 1, zone: 'UTC' } }),
    ];
    await story.do(pauseTrigger, ids[0] ?? '');
    await story.do(disableTrigger, ids[1] ?? '');
    for (const id of ids) await story.do(runNow, id);
    await story.turn();
    expect(story.held).toHaveLength(3);
  });
});

describe('cancel', () => {
  test('ends a queued run at once', async () => {
    await using story = await openStory();
    const id = await story.create({ recurrence: yearly });
    const run = await story.do(runNow, id);
    await story.do(cancelRun, run);
    expect(await story.statuses(id)).toEqual(['manual cancelled']);
    await story.turn();
    expect(story.held).toEqual([]);
    await expect(story.do(cancelRun, run)).rejects.toMatchObject({ status: 404 });
    expect(await story.findings()).toEqual([]);
  });

  test('tells a running run, which ends itself; asking twice changes nothing more', async () => {
    await using story = await openStory();
    const id = await story.create({ policy: { retry_ms: [1000] } });
    const run = await story.do(runNow, id);
    await story.turn();
    await story.do(cancelRun, run);
    await story.do(cancelRun, run);
    expect(story.held[0]?.signal.aborted).toBe(false);
    await story.turn();
    expect(story.held[0]?.signal.reason).toBe('cancel');
    expect(await story.statuses(id)).toEqual(['manual cancelled']);
    await expect(story.do(cancelRun, run)).rejects.toMatchObject({ status: 409, code: 'not_running' });
    expect(await story.findings()).toEqual([]);
  });

  test('reaches the run of a trigger that was deleted meanwhile', async () => {
    await using story = await openStory();
    const id = await story.create();
    const run = await story.do(runNow, id);
    await story.turn();
    await story.do(deleteTrigger, id);
    await story.do(cancelRun, run);
    await story.turn();
    expect(await story.statuses(id)).toEqual(['manual cancelled']);
  });

  test('and a result at the same moment: whoever commits first wins, and there is one outcome', async () => {
    await using story = await openStory();
    const id = await story.create();
    const run = await story.do(runNow, id);
    await story.turn();
    story.held[0]?.finish();
    await story.worker.idle();
    await Promise.allSettled([story.worker.finishPass(), story.do(cancelRun, run)]);
    expect(await story.statuses(id)).toEqual(['manual success']);
    expect(await story.findings()).toEqual([]);
  });

  test("of another team's run is refused as if it were not there", async () => {
    await using story = await openStory();
    const run = await story.do(runNow, await story.create());
    const stranger = { ...story.owner, teamId: crypto.randomUUID() };
    await expect(story.kernel.db.transaction((tx) => cancelRun(story.kernel, tx, stranger, run))).rejects.toMatchObject(
      { status: 404 },
    );
  });
});
