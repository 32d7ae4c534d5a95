import { at, type Kernel, sql, type Tx } from '#kernel';
import { lockTriggers } from './commands/lock.ts';
import { type FinishedRun, finishIn } from './finish.ts';
import { tellChanged } from './ledger/changes.ts';
import { writeHistory } from './ledger/history.ts';
import { MOST_RECOVERIES } from './ledger/policy.ts';
import { askAbout } from './missed.ts';
import { queueAgain, settleUnstarted } from './queue.ts';
import type { LiveRunRow, TriggerRow } from './schema.ts';
import { ownedBy } from './start.ts';

/** Most runs that one pass takes care of. */
const BATCH = 200;

/** Runs that dead nodes left behind, a batch of them. */
export function orphanedRuns(tx: Pick<Tx, 'rows'>): Promise<LiveRunRow[]> {
  return tx.rows(sql<LiveRunRow>`
    select l.* from engine.live_run l join engine.node n on n.id = l.node_id
    where l.state = 'running' and n.state = 'dead' order by l.trigger_id, l.id limit ${BATCH}`);
}

/**
 * T5: gives the runs of dead nodes back. An exit record that the dead node left is its true result; else what is safe to
 * repeat is queued again, at most twice; everything else is asked about.
 * @param found a batch of orphaned runs
 * @param trueResults by run, what the exit records of this home tell
 * @returns how many runs were taken care of
 */
export async function recoverRuns(
  kernel: Kernel,
  found: readonly LiveRunRow[],
  trueResults: ReadonlyMap<string, FinishedRun>,
): Promise<number> {
  if (found.length === 0) return 0;
  const now = kernel.clock.now();
  const recovered = await kernel.db.transaction(async (tx) => {
    const triggers = await lockTriggers(
      tx,
      found.map(({ trigger_id }) => trigger_id),
    );
    const orphans = await tx.rows(sql<LiveRunRow>`
      select l.* from engine.live_run l join engine.node n on n.id = l.node_id
      where l.id = any(${found.map(({ id }) => id)}::uuid[]) and l.state = 'running' and n.state = 'dead'
      order by l.id for update of l skip locked`);
    const why = 'the node that carried it out is gone';
    await writeEnds(kernel, tx, orphans, { triggers, trueResults, now, why });
    return orphans.length;
  });
  if (recovered > 0) kernel.signals.raise('lane');
  return recovered;
}

export interface EndQuestion {
  readonly triggers: ReadonlyMap<string, TriggerRow>;
  readonly trueResults: ReadonlyMap<string, FinishedRun>;
  readonly now: number;
  /** What became of the rest, in words. */
  readonly why: string;
}

/** Finishes locked running runs whose true result is known and writes the rest off as interrupted; their triggers are locked. */
export async function writeEnds(
  kernel: Kernel,
  tx: Tx,
  runs: readonly LiveRunRow[],
  { triggers, trueResults, now, why }: EndQuestion,
): Promise<void> {
  const ended = runs.filter(({ id }) => trueResults.has(id));
  for (const [nodeId, group] of Map.groupBy(ended, ({ node_id }) => node_id ?? '')) {
    const finished = group.flatMap(({ id }) => trueResults.get(id) ?? []);
    await finishIn(kernel, tx, nodeId, finished, now);
  }
  const rest = runs.filter(({ id }) => !trueResults.has(id));
  await interrupt(kernel, tx, rest, triggers, now, why);
}

async function interrupt(
  kernel: Kernel,
  tx: Tx,
  runs: readonly LiveRunRow[],
  triggers: ReadonlyMap<string, TriggerRow>,
  now: number,
  why: string,
): Promise<void> {
  if (runs.length === 0) return;
  const detail = { error: `Interrupted: ${why}.` };
  await writeHistory(
    tx,
    runs.map((run) => ({ run, result: 'interrupted', finishedAt: now, detail })),
  );
  const fates = Map.groupBy(runs, (run) => fateOf(run, triggers.get(run.trigger_id)));
  await queueAgain(tx, now, fates.get('again') ?? []);
  // Not as the retry that one of them may have been: that one had not begun to wait.
  const cancelled = (fates.get('cancelled') ?? []).map((run) => ({ ...run, cause: 'recovery' as const }));
  await settleUnstarted(tx, cancelled, 'cancelled', `cancelled, and ${why}`, now);
  const asked = fates.get('asked') ?? [];
  await tx.run(sql`delete from engine.live_run where id = any(${asked.map(({ id }) => id)}::uuid[])`);
  await askAbout(
    tx,
    asked.map((run) => ({ ...run, words: why })),
    'interrupted',
    triggers,
    now,
  );
  await tellChanged(kernel, tx, runs.map(ownedBy));
}

/** Somebody had asked for its end; it may be repeated and its trigger is still meant to run; or a person has to say. */
function fateOf(run: LiveRunRow, trigger: TriggerRow | undefined): 'cancelled' | 'again' | 'asked' {
  if (run.cancel_requested_at !== null) return 'cancelled';
  const planned = trigger?.state === 'enabled' || trigger?.state === 'ended';
  return planned && run.repeatable && run.recoveries < MOST_RECOVERIES ? 'again' : 'asked';
}

/**
 * T5b: queued runs that waited past their grace never start stale; they are missed, with the cause in words.
 * @returns how many
 */
export async function sweepStale(kernel: Kernel): Promise<number> {
  if (!kernel.clock.steady()) return 0;
  const now = kernel.clock.now();
  return kernel.db.transaction(async (tx) => {
    const found = await tx.rows(sql<Pick<LiveRunRow, 'id' | 'trigger_id'>>`
      select id, trigger_id from engine.live_run where state = 'queued' and stale_at < ${at(now)} order by trigger_id limit ${BATCH}`);
    if (found.length === 0) return 0;
    const triggers = await lockTriggers(
      tx,
      found.map(({ trigger_id }) => trigger_id),
    );
    const stale = await tx.rows(sql<LiveRunRow>`
      delete from engine.live_run where id = any(${found.map(({ id }) => id)}::uuid[]) and state = 'queued' and stale_at < ${at(now)} returning *`);
    const asked: (LiveRunRow & { words: string })[] = [];
    for (const run of stale) asked.push({ ...run, words: await whyItWaited(tx, run) });
    await askAbout(tx, asked, 'waited', triggers, now);
    await tellChanged(kernel, tx, stale.map(ownedBy));
    return stale.length;
  });
}

async function whyItWaited(tx: Tx, run: LiveRunRow): Promise<string> {
  const [row] = await tx.rows(sql<{ held: boolean; running: number; at_once: number; carried: boolean }>`
    select
      exists (select 1 from engine.live_run where state = 'running' and mutex = ${run.mutex}) as held,
      (select count(*) from engine.live_run where state = 'running' and lane = ${run.lane}) as running,
      (select at_once from engine.lane where name = ${run.lane}) as at_once,
      exists (select 1 from engine.node where state = 'alive' and ${run.tags}::text[] <@ tags) as carried`);
  if (row?.held === true) {
    return run.mutex === run.trigger_id
      ? 'its previous run was still going on'
      : `${run.mutex} was held by another run`;
  }
  if (row?.carried === false) return `no node with tag ${run.tags.join(', ')}`;
  if (row !== undefined && row.running >= row.at_once) return `lane ${run.lane} was full`;
  return 'no node took it in time';
}
