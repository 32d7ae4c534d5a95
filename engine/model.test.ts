import fc from 'fast-check';
import { expect, test } from 'vitest';
import { at, sql } from '#kernel';
import { auditLedger, type Finding } from './audit/audit.ts';
import { editTrigger } from './commands/define.ts';
import { cancelRun, runNow } from './commands/run.ts';
import { disableTrigger, enableTrigger, pauseTrigger, resumeTrigger } from './commands/state.ts';
import {
  changeModel,
  dispatchModel,
  finishModel,
  heartbeatModel,
  keyOf,
  killModel,
  type ModelRun,
  type ModelTrigger,
  runNowModel,
  settleModel,
  startModel,
  sweepModel,
  unstarted,
} from './model.fixture.ts';
import type { LiveRunRow, OccurrenceRow, Policy } from './schema.ts';
import { startRuns } from './start.ts';
import { openStory, type Story } from './story.fixture.ts';
import type { Worker } from './worker/worker.ts';

const SECOND = 1000;

/** One trigger of each kind that the engine treats differently. */
const NEVER_TOO_LONG = { timeout_ms: 7 * 24 * 3600 * SECOND };
const POLICIES: readonly Policy[] = [
  NEVER_TOO_LONG,
  { repeatable: true, ...NEVER_TOO_LONG },
  { overlap: 'allow', ...NEVER_TOO_LONG },
];
const PERIODS = [1, 5, 15];
const KILLED_AT_MOST = 3;

/** Two nodes on one database, and what is known about them. */
interface Real {
  readonly nodes: readonly [Story, Story];
  readonly ghosts: Worker[];
}

interface Model {
  readonly triggers: readonly ModelTrigger[];
  kills: number;
}

type Step = fc.AsyncCommand<Model, Real>;

function recurring(every: number): { kind: 'cron'; expr: string; zone: string } {
  return { kind: 'cron', expr: `*/${every} * * * *`, zone: 'UTC' };
}

/** A step is allowed when `may` says so, changes both sides, and leaves both alike and the ledger sound. */
function step(
  name: string,
  may: (model: Model) => boolean,
  act: (model: Model, real: Real, now: number) => Promise<void>,
): Step {
  return {
    check: may,
    toString: () => name,
    async run(model, real) {
      await act(model, real, real.nodes[0].clock.now());
      await compare(model, real);
    },
  };
}

const always = (): boolean => true;
const which = fc.nat({ max: POLICIES.length - 1 });
const node = fc.nat({ max: 1 });
const any = fc.nat({ max: 1000 });

function triggerOf(model: Model, place: number): ModelTrigger {
  const trigger = model.triggers[place];
  if (trigger === undefined) throw new Error('no such trigger');
  return trigger;
}

function everyRun(model: Model): { trigger: ModelTrigger; run: ModelRun }[] {
  return model.triggers.flatMap((trigger) => trigger.runs.map((run) => ({ trigger, run })));
}

const steps: fc.Arbitrary<Step>[] = [
  fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 2400 })).map((seconds) =>
    step(`advance ${seconds} s`, always, async (_, { nodes }) => {
      nodes[0].clock.advance(seconds * SECOND);
      await keepLeases(nodes[0]);
    }),
  ),
  node.map((place) =>
    step(`dispatch on ${place}`, always, async ({ triggers }, { nodes }, now) => {
      while ((await nodes[place as 0 | 1].worker.dispatchPass()) === 0);
      for (const trigger of triggers) dispatchModel(trigger, now);
    }),
  ),
  node.map((place) =>
    step(`start on ${place}`, always, async ({ triggers }, { nodes }, now) => {
      const story = nodes[place as 0 | 1];
      await story.worker.heartbeatPass();
      await story.settle();
      while ((await story.worker.startPass()) === 0);
      await story.settle();
      for (const trigger of triggers) {
        heartbeatModel(trigger, place);
        startModel(trigger, now, place, true);
      }
    }),
  ),
  node.map((place) =>
    step(`start on ${place} without hearing of it`, always, async ({ triggers }, { nodes }, now) => {
      const story = nodes[place as 0 | 1];
      await startRuns(story.kernel, 'default', { nodeId: story.worker.id, tags: [], capacity: 1000 });
      for (const trigger of triggers) startModel(trigger, now, place, false);
    }),
  ),
  fc.tuple(any, fc.constantFrom('success', 'failed', 'failed')).map(([place, result]) =>
    step(
      `finish ${place} as ${result}`,
      (model) => begun(model).length > 0,
      async (model, { nodes }, now) => {
        const { trigger, run } = pick(begun(model), place);
        const story = nodes[run.node as 0 | 1];
        const [row] = await story.rows(sql<LiveRunRow>`
        select * from engine.live_run where trigger_id = ${trigger.id} and origin = ${run.origin} and extract(epoch from nominal_at) * 1000 = ${run.nominal}`);
        story.held.find(({ context }) => context.runId === row?.id)?.finish({ result });
        await story.settle();
        finishModel(trigger, run, row?.id ?? '', result, now);
      },
    ),
  ),
  which.map((place) =>
    step(
      `pause ${place}`,
      (model) => triggerOf(model, place).state === 'enabled',
      async (model, { nodes }, now) => {
        await nodes[0].do(pauseTrigger, triggerOf(model, place).id);
        changeModel(triggerOf(model, place), now, { state: 'paused' }, 'suppressed');
      },
    ),
  ),
  which.map((place) =>
    step(
      `resume ${place}`,
      (model) => triggerOf(model, place).state === 'paused',
      async (model, { nodes }, now) => {
        await nodes[1].do(resumeTrigger, triggerOf(model, place).id);
        changeModel(triggerOf(model, place), now, { state: 'enabled' });
      },
    ),
  ),
  which.map((place) =>
    step(`disable or enable ${place}`, always, async (model, { nodes }, now) => {
      const trigger = triggerOf(model, place);
      const enabling = trigger.state === 'disabled';
      await nodes[0].do(enabling ? enableTrigger : disableTrigger, trigger.id);
      changeModel(trigger, now, { state: enabling ? 'enabled' : 'disabled' }, enabling ? undefined : 'cancelled');
    }),
  ),
  fc.tuple(which, fc.constantFrom(...PERIODS)).map(([place, every]) =>
    step(`edit ${place} to every ${every} min`, always, async (model, { nodes }, now) => {
      await nodes[0].do(editTrigger, triggerOf(model, place).id, { recurrence: recurring(every) });
      changeModel(triggerOf(model, place), now, { every });
    }),
  ),
  which.map((place) =>
    step(`run ${place} now`, always, async (model, { nodes }, now) => {
      const allowed = await nodes[1].do(runNow, triggerOf(model, place).id).then(
        () => true,
        () => false,
      );
      if (runNowModel(triggerOf(model, place), now) !== allowed)
        throw new Error(`run now was ${allowed ? 'allowed' : 'refused'}`);
    }),
  ),
  any.map((place) =>
    step(
      `cancel ${place}`,
      (model) => everyRun(model).length > 0,
      async (model, { nodes }) => {
        const { trigger, run } = pick(everyRun(model), place);
        const [row] = await nodes[0].rows(sql<LiveRunRow>`
        select id from engine.live_run where trigger_id = ${trigger.id} and origin = ${run.origin} and extract(epoch from nominal_at) * 1000 = ${run.nominal}`);
        await nodes[0].do(cancelRun, row?.id ?? '');
        if (run.state === 'running') run.cancelled = true;
        else settleModel(trigger, run, unstarted(run, 'cancelled'));
      },
    ),
  ),
  node.map((place) =>
    step(`sweep on ${place}`, always, async ({ triggers }, { nodes }, now) => {
      await nodes[place as 0 | 1].worker.stalePass();
      for (const trigger of triggers) sweepModel(trigger, now);
    }),
  ),
  node.map((place) =>
    step(
      `kill ${place}`,
      ({ kills }) => kills < KILLED_AT_MOST,
      async (model, { nodes, ghosts }, now) => {
        ghosts.push(await nodes[place as 0 | 1].killAndRestart());
        model.kills++;
        for (const trigger of model.triggers) killModel(trigger, place, now);
      },
    ),
  ),
  any.map((place) =>
    step(
      `a dead node finishes ${place}`,
      ({ kills }) => kills > 0,
      async (_, { nodes, ghosts }) => {
        const known = new Set(nodes.flatMap(({ worker }) => worker.begun()));
        const haunting = nodes.flatMap(({ held }) => held).filter(({ context }) => !known.has(context.runId));
        if (haunting.length > 0) pick(haunting, place).finish();
        await new Promise((resolve) => setImmediate(resolve));
        for (const ghost of ghosts) await ghost.finishPass();
      },
    ),
  ),
];

function begun(model: Model): { trigger: ModelTrigger; run: ModelRun }[] {
  return everyRun(model).filter(({ run }) => run.state === 'running' && run.begun === true);
}

function pick<T>(from: readonly T[], place: number): T {
  const found = from[place % from.length];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

async function compare({ triggers }: Model, { nodes: [story] }: Real): Promise<void> {
  const rows = await story.rows(
    sql<OccurrenceRow>`select trigger_id, nominal_at, origin, status from engine.occurrence`,
  );
  const live = await story.rows(sql<LiveRunRow>`select * from engine.live_run`);
  for (const { id, rows: expected, runs } of triggers) {
    const found = rows
      .filter(({ trigger_id }) => trigger_id === id)
      .map((row) => [keyOf(row.nominal_at, row.origin), row.status] as const);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    const queue = live
      .filter(({ trigger_id }) => trigger_id === id)
      .map((run) => `${keyOf(run.nominal_at, run.origin)} ${run.attempt} ${run.cause} ${run.state}`);
    expect(queue.sort()).toEqual(
      runs.map((run) => `${keyOf(run.nominal, run.origin)} ${run.attempt} ${run.cause} ${run.state}`).sort(),
    );
  }
  const { findings } = await auditLedger(story.kernel);
  expect(findings.filter((finding) => !tellsOfLateDispatch(finding, triggers, story))).toEqual([]);
}

/** The model dispatches when it is told to, so that one instant may be overdue: that is about a loop, not about the ledger. */
function tellsOfLateDispatch(
  { invariant, examples }: Finding,
  triggers: readonly ModelTrigger[],
  { clock }: Story,
): boolean {
  const late = triggers.filter(({ state, cursor }) => state !== 'disabled' && clock.now() - cursor > 60 * SECOND);
  return (
    invariant === 'I1' && late.length >= examples.length && examples.every((said) => said.includes(': 1 without a row'))
  );
}

/** Nobody dies of time alone here: that is the matter of other tests. */
async function keepLeases(story: Story): Promise<void> {
  const { clock } = story;
  await story.rows(sql`update engine.node set expires_at = ${at(clock.now() + 30 * SECOND)} where state = 'alive'`);
}

async function begin(real: Real): Promise<Model> {
  const [story] = real.nodes;
  // Never exactly on a minute, where a run by hand would meet a scheduled one.
  story.clock.moveTo('2026-11-20T12:00:00.500Z');
  await keepLeases(story);
  const triggers: ModelTrigger[] = [];
  for (const [place, policy] of POLICIES.entries()) {
    const every = PERIODS[place] ?? 1;
    const id = await story.create({ policy, recurrence: recurring(every) });
    triggers.push({ id, policy, every, state: 'enabled', cursor: story.clock.now(), rows: new Map(), runs: [] });
  }
  return { triggers, kills: 0 };
}

/** Leaves nothing of one run for the next. */
async function forget({ nodes, ghosts }: Real): Promise<void> {
  const [story] = nodes;
  for (const table of ['live_run', 'occurrence', 'run', 'missed_item', 'trigger_version', 'trigger']) {
    await story.rows(sql`delete from ${sql.id('engine', table)}`);
  }
  for (const node of nodes) {
    for (const run of node.held) run.finish();
    await node.settle();
    node.held.length = 0;
  }
  for (const ghost of ghosts.splice(0)) await ghost.idle();
}

test('whatever happens in whatever order, the ledger is what a plain map says', { timeout: 120_000 }, async () => {
  await using story = await openStory({ config: { node_capacity: 1000 } });
  await using other = await story.another({ config: { node_capacity: 1000 } });
  await story.rows(sql`update engine.lane set at_once = 1000`);
  const real: Real = { nodes: [story, other], ghosts: [] };
  const seed = process.env['ALMANAC_TEST_SEED'];
  const checked = fc.assert(
    fc
      .asyncProperty(fc.commands(steps, { maxCommands: 30, size: 'max' }), async (commands) => {
        const model = await begin(real);
        await fc.asyncModelRun(() => ({ model, real }), commands);
      })
      .afterEach(() => forget(real)),
    {
      numRuns: Number(process.env['ALMANAC_TEST_RUNS'] ?? 200),
      interruptAfterTimeLimit: 60_000,
      ...(seed === undefined ? {} : { seed: Number(seed) }),
    },
  );
  await expect(checked).resolves.toBeUndefined();
});
