import { describe, expect, test } from 'vitest';
import type { RawBuilder } from 'kysely';
import { at, sql } from '#kernel';
import { editTrigger } from '../commands/define.ts';
import { runNow } from '../commands/run.ts';
import { deleteTrigger, disableTrigger, enableTrigger, pauseTrigger, resumeTrigger } from '../commands/state.ts';
import { dispatch } from '../dispatch.ts';
import { openStory, type Story } from '../story.fixture.ts';
import { auditLedger } from './audit.ts';

const MINUTE = 60_000;

/** A ledger with something of everything: successes, a failure with a retry that waits, misses, a run that goes on. */
async function livedIn(): Promise<Story> {
  const story = await openStory();
  story.answer = { result: 'success' };
  const [busy, retried] = [
    await story.create(),
    await story.create({ recurrence: { kind: 'cron', expr: '0 * * * *', zone: 'UTC' }, policy: { repeatable: true } }),
  ];
  story.clock.advance(60 * MINUTE);
  await story.turn();
  story.answer = { result: 'failed' };
  await story.do(runNow, retried);
  await story.turn();
  story.answer = undefined;
  await story.create({ recurrence: { kind: 'cron', expr: '30 * * * *', zone: 'UTC' } });
  story.clock.advance(10 * MINUTE);
  await story.turn();
  await story.do(runNow, busy).catch(() => undefined);
  await story.turn();
  return story;
}

const anyOpen = sql`(select trigger_id from engine.live_run where state = 'running' limit 1)`;

const broken: [string, string, readonly RawBuilder<unknown>[]][] = [
  ['I0', 'an open occurrence has no live run', [sql`delete from engine.live_run where trigger_id = ${anyOpen}`]],
  [
    'I0',
    'a live run has no open occurrence',
    [sql`delete from engine.occurrence where status = 'open' and trigger_id = ${anyOpen}`],
  ],
  [
    'I1',
    'planned occurrences and rows differ',
    [
      sql`delete from engine.occurrence where ctid in (select ctid from engine.occurrence where status = 'success' limit 1)`,
    ],
  ],
  [
    'I1',
    'planned occurrences and rows differ',
    [
      sql`update engine.occurrence set nominal_at = nominal_at + interval '7 seconds' where status = 'skipped'`,
      sql`select 1`,
    ],
  ],
  [
    'I1',
    'planned occurrences and rows differ',
    [sql`update engine.trigger set cursor_at = cursor_at + interval '3 minutes'`],
  ],
  [
    'I2',
    'a settled occurrence has no instant of settling',
    [
      sql`alter table engine.occurrence drop constraint occurrence_check`,
      sql`alter table engine.occurrence disable trigger one_outcome`,
      sql`update engine.occurrence set settled_at = null where status = 'success'`,
    ],
  ],
  ['I3', 'an outcome has no run with that result', [sql`delete from engine.run where result = 'success'`]],
  ['I4', 'attempts have holes', [sql`update engine.run set attempt = 3 where result = 'success'`]],
  [
    'I5',
    'an occurrence was started twice by its schedule',
    [
      sql`insert into engine.run (trigger_id, nominal_at, origin, attempt, id, cause, node_id, started_at, finished_at, result, detail)
        select trigger_id, nominal_at, origin, 2, gen_random_uuid(), cause, node_id, started_at, finished_at, result, detail from engine.run where cause = 'schedule' and result = 'success'`,
    ],
  ],
  [
    'I6',
    'a lane runs more than it may',
    [
      sql`insert into engine.lane (name, at_once) values ('narrow', 1)`,
      sql`update engine.live_run set lane = 'narrow', state = 'running', node_id = (select id from engine.node), started_at = available_at`,
    ],
  ],
  [
    'I6',
    'a mutex is held twice',
    [
      sql`drop index engine.live_run_mutex`,
      sql`update engine.live_run set mutex = 'same', state = 'running', node_id = (select id from engine.node), started_at = available_at`,
    ],
  ],
  ['I7', 'a pending missed item and the missed rows differ', [sql`update engine.missed_item set count = count + 1`]],
  ['I7', 'a pending missed item and the missed rows differ', [sql`delete from engine.missed_item`]],
  ['I8', 'a live trigger has no next occurrence', [sql`update engine.trigger set next_due_at = null`]],
  [
    'I9',
    'a running run belongs to no living node, and nobody has taken care of it',
    [sql`update engine.node set state = 'dead', expires_at = expires_at - interval '2 minutes'`],
  ],
];

test.each(broken)('%s broken on purpose (%s) is found', async (invariant, says, statements) => {
  await using story = await livedIn();
  expect(await story.findings()).toEqual([]);
  for (const statement of statements) await story.rows(statement);
  expect(await story.findings()).toContainEqual(
    expect.objectContaining({
      invariant,
      says,
      count: expect.any(Number),
      examples: expect.arrayContaining([expect.any(String)]),
    }),
  );
});

describe('the plan is compared with the rows', () => {
  test('over edits, pauses, times disabled and deletion, each version from where it came into force', async () => {
    await using story = await openStory();
    const id = await story.create({ policy: { overlap: 'allow' } });
    const steps = [
      () => story.do(editTrigger, id, { recurrence: { kind: 'cron', expr: '*/7 * * * *', zone: 'UTC' } }),
      () => story.do(pauseTrigger, id),
      () => story.do(resumeTrigger, id),
      () => story.do(disableTrigger, id),
      () => story.do(enableTrigger, id),
      () =>
        story.do(editTrigger, id, {
          recurrence: { kind: 'every', every: 'PT13M', anchor: story.clock.now(), zone: 'UTC' },
        }),
      () => story.do(deleteTrigger, id),
      () => Promise.resolve(),
    ];
    for (const step of steps) {
      story.clock.advance(95_000);
      await step();
      story.clock.advance(19 * MINUTE + 25_000);
      await story.turn();
      expect(await story.findings()).toEqual([]);
    }
    const report = await auditLedger(story.kernel);
    expect(report).toMatchObject({ unaccounted: 0, checkedAt: story.clock.now() });
    expect(report.occurrences).toBeGreaterThan(10);
  });

  test('counts what a folded row stands for', async () => {
    await using story = await openStory();
    await story.create();
    story.clock.advance(3000 * MINUTE);
    await story.turn();
    expect(await auditLedger(story.kernel)).toMatchObject({ occurrences: 3000, unaccounted: 0, findings: [] });
    await story.rows(sql`update engine.occurrence set folded = folded - 5 where folded > 1`);
    expect(await auditLedger(story.kernel)).toMatchObject({
      unaccounted: 5,
      findings: [expect.objectContaining({ invariant: 'I1' }), expect.objectContaining({ invariant: 'I7' })],
    });
  });

  test('and a dispatcher that stands still is told as unaccounted', async () => {
    await using story = await openStory();
    await story.create({ title: 'Nightly backup' });
    story.clock.advance(3 * MINUTE);
    const report = await auditLedger(story.kernel);
    expect(report).toMatchObject({
      unaccounted: 1,
      findings: [
        {
          invariant: 'I1',
          examples: [expect.stringMatching(/^Nightly backup: 1 without a row, first 2026-11-20T12:01/)],
        },
      ],
    });
  });

  test('and a version that cannot be read any more is told while it is in force, and no longer', async () => {
    await using story = await openStory();
    const id = await story.create();
    story.answer = { result: 'success' };
    story.clock.advance(5 * MINUTE);
    await story.turn();
    await story.rows(sql`update engine.trigger_version set recurrence = '{"kind":"sundial","zone":"UTC"}'`);
    expect(await story.findings()).toMatchObject([
      { invariant: 'I1', examples: [expect.stringMatching(/cannot be read/)] },
    ]);
    await story.do(editTrigger, id, { recurrence: { kind: 'cron', expr: '*/2 * * * *', zone: 'UTC' } });
    story.clock.advance(5 * MINUTE);
    await story.turn();
    expect(await story.findings()).toEqual([]);
  });
});

test('an audit while the engine works sees one moment, not several', async () => {
  await using story = await openStory();
  await story.rows(sql`update engine.lane set at_once = 100`);
  for (let made = 0; made < 30; made++) await story.create({ policy: { overlap: 'allow' } });
  story.answer = { result: 'success' };
  for (let minute = 0; minute < 5; minute++) {
    story.clock.advance(MINUTE);
    await story.worker.heartbeatPass();
    const work = (async () => {
      while ((await dispatch(story.kernel)).triggers > 0);
      while ((await story.worker.startPass()) === 0);
      await story.settle();
    })();
    for (let looks = 0; looks < 4; looks++) expect(await story.findings()).toEqual([]);
    await work;
  }
});

test('an audit reads and changes nothing', async () => {
  await using story = await openStory();
  const dump = sql`select (select jsonb_agg(t) from engine.trigger t) as triggers, (select jsonb_agg(o) from engine.occurrence o) as rows, ${at(0)}::text as at`;
  await story.create();
  story.clock.advance(10 * MINUTE);
  await story.turn();
  const before = await story.rows(dump);
  await auditLedger(story.kernel);
  expect(await story.rows(dump)).toEqual(before);
});
