import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sql } from '#kernel';
import { editTrigger } from './commands/define.ts';
import { cancelRun, runNow } from './commands/run.ts';
import { disableTrigger, enableTrigger, pauseTrigger, resumeTrigger } from './commands/state.ts';
import {
  changeModel,
  dispatchModel,
  finishModel,
  heartbeatModel,
  killModel,
  type ModelRun,
  type ModelTrigger,
  runNowModel,
  settleModel,
  startModel,
  sweepModel,
  unstarted,
} from './model.fixture.ts';
import {
  begin,
  compare,
  forget,
  keepLeases,
  type Model,
  PERIODS,
  POLICIES,
  type Real,
  recurring,
} from './model-ledger.fixture.ts';
import type { LiveRunRow } from './schema.ts';
import { startRuns } from './start.ts';
import { openStory } from './story.fixture.ts';

const SECOND = 1000;

const KILLED_AT_MOST = 3;
/** Histories; a longer search now and then: ALMANAC_TEST_RUNS=2000. */
const RUNS = Number(process.env['ALMANAC_TEST_RUNS'] ?? 200);
/** Milliseconds of real time that a history may take on average. */
const TIME_PER_RUN = 300;

type Step = fc.AsyncCommand<Model, Real>;

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

test(
  'whatever happens in whatever order, the ledger is what a plain map says',
  { timeout: 60_000 + 2 * RUNS * TIME_PER_RUN },
  async () => {
    await using story = await openStory({ config: { node_capacity: 1000 } });
    await using other = await story.another({ config: { node_capacity: 1000 } });
    await story.rows(sql`update engine.lane set at_once = 1000`);
    const real: Real = { nodes: [story, other], ghosts: [] };
    const seed = process.env['ALMANAC_TEST_SEED'];
    const enough = performance.now() + RUNS * TIME_PER_RUN;
    const checked = fc.assert(
      fc
        .asyncProperty(fc.commands(steps, { maxCommands: 30, size: 'max' }), async (commands) => {
          // On a machine that is busy with something else, fewer histories are enough.
          if (performance.now() > enough) return;
          const model = await begin(real);
          await fc.asyncModelRun(() => ({ model, real }), commands);
        })
        .afterEach(() => forget(real)),
      { numRuns: RUNS, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
    await expect(checked).resolves.toBeUndefined();
  },
);
