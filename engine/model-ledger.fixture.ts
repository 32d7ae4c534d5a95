import { expect } from 'vitest';
import { at, sql } from '#kernel';
import { auditLedger, type Finding } from './audit/audit.ts';
import { keyOf, type ModelTrigger } from './model.fixture.ts';
import type { LiveRunRow, OccurrenceRow, Policy } from './schema.ts';
import type { Story } from './story.fixture.ts';
import type { Worker } from './worker/worker.ts';

const SECOND = 1000;

/** One trigger of each kind that the engine treats differently. */
const NEVER_TOO_LONG = { timeout_ms: 7 * 24 * 3600 * SECOND };
export const POLICIES: readonly Policy[] = [
  NEVER_TOO_LONG,
  { repeatable: true, ...NEVER_TOO_LONG },
  { overlap: 'allow', ...NEVER_TOO_LONG },
];
export const PERIODS = [1, 5, 15];

/** Two nodes on one database, and what is known about them. */
export interface Real {
  readonly nodes: readonly [Story, Story];
  readonly ghosts: Worker[];
}

export interface Model {
  readonly triggers: readonly ModelTrigger[];
  kills: number;
}

export function recurring(every: number): { kind: 'cron'; expr: string; zone: string } {
  return { kind: 'cron', expr: `*/${every} * * * *`, zone: 'UTC' };
}

/** Both sides are alike and the ledger is sound. */
export async function compare({ triggers }: Model, { nodes: [story] }: Real): Promise<void> {
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
export async function keepLeases(story: Story): Promise<void> {
  const { clock } = story;
  await story.rows(sql`update engine.node set expires_at = ${at(clock.now() + 30 * SECOND)} where state = 'alive'`);
}

export async function begin(real: Real): Promise<Model> {
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
export async function forget({ nodes, ghosts }: Real): Promise<void> {
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
