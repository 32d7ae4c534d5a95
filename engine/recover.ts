import { at, type Kernel, newId, sql, type Tx } from '#kernel';
import { tellChanged } from './ledger/changes.ts';
import { type FinishedRun, finishIn, lockTriggers } from './finish.ts';
import { askAbout } from './missed.ts';
import { MOST_RECOVERIES } from './ledger/policy.ts';
import type { LiveRunRow } from './schema.ts';
import { ownedBy } from './start.ts';

const BATCH = 200;

/** Declares nodes dead whose lease has run out. @returns their ids */
export async function buryExpired(kernel: Kernel): Promise<string[]> {
  const now = at(kernel.clock.now());
  const rows = await kernel.db.rows(sql<{ id: string }>`
    update engine.node set state = 'dead'
    where id in (select id from engine.node where state = 'alive' and expires_at < ${now} for update skip locked)
    returning id`);
  return rows.map(({ id }) => id);
}

/**
 * Declares earlier incarnations on the same home dead without waiting for their lease: holding the home's lock proves that
 * they are gone.
 */
export async function buryPredecessors(kernel: Kernel, home: string, nodeId: string): Promise<string[]> {
  const rows = await kernel.db.rows(sql<{ id: string }>`
    update engine.node set state = 'dead' where home = ${home} and id <> ${nodeId} and state = 'alive' returning id`);
  return rows.map(({ id }) => id);
}

/** Runs that dead nodes left behind. */
export function orphanedRuns(tx: Pick<Tx, 'rows'>, nodeIds?: readonly string[]): Promise<LiveRunRow[]> {
  const only = nodeIds === undefined ? sql`` : sql`and n.id = any(${nodeIds}::uuid[])`;
  return tx.rows(sql<LiveRunRow>`
    select l.* from engine.live_run l join engine.node n on n.id = l.node_id
    where l.state = 'running' and n.state = 'dead' ${only} order by l.trigger_id limit ${BATCH}`);
}

/**
 * T5: gives the runs of dead nodes back. An exit record that the dead node left is its true result; else what is safe to
 * repeat is queued again, at most twice; everything else is asked about.
 * @param trueResult the result of an exit record, when this home holds one
 * @returns how many runs were taken care of; call again while it is not 0
 */
export async function recoverRuns(
  kernel: Kernel,
  trueResult: (run: LiveRunRow) => FinishedRun | undefined,
): Promise<number> {
  const now = kernel.clock.now();
  const recovered = await kernel.db.transaction(async (tx) => {
    const found = await orphanedRuns(tx);
    await lockTriggers(
      tx,
      found.map(({ trigger_id }) => trigger_id),
    );
    const orphans = await tx.rows(sql<LiveRunRow>`
      select l.* from engine.live_run l join engine.node n on n.id = l.node_id
      where l.id = any(${found.map(({ id }) => id)}::uuid[]) and l.state = 'running' and n.state = 'dead'
      order by l.id for update of l skip locked`);
    const ended = orphans.flatMap((run) => {
      const finished = trueResult(run);
      return finished === undefined ? [] : [{ run, finished }];
    });
    for (const [nodeId, group] of Map.groupBy(ended, ({ run }) => run.node_id ?? '')) {
      await finishIn(
        kernel,
        tx,
        nodeId,
        group.map(({ finished }) => finished),
        now,
      );
    }
    const known = new Set(ended.map(({ run }) => run.id));
    await interrupt(
      kernel,
      tx,
      orphans.filter(({ id }) => !known.has(id)),
      now,
      'the node that carried it out is gone',
    );
    return orphans.length;
  });
  if (recovered > 0) kernel.signals.raise('lane');
  return recovered;
}

/** Writes the runs off as interrupted; their triggers are locked. */
export async function interrupt(
  kernel: Kernel,
  tx: Tx,
  runs: readonly LiveRunRow[],
  now: number,
  why: string,
): Promise<void> {
  if (runs.length === 0) return;
  const lines = runs.map((run) => ({
    trigger_id: run.trigger_id,
    nominal_at: at(run.nominal_at),
    origin: run.origin,
    attempt: run.attempt,
    id: run.id,
    cause: run.cause,
    node_id: run.node_id,
    started_at: at(run.started_at ?? now),
    detail: { error: `Interrupted: ${why}.` },
  }));
  await tx.run(sql`
    insert into engine.run (trigger_id, nominal_at, origin, attempt, id, cause, node_id, started_at, finished_at, result, detail)
    select l.trigger_id, l.nominal_at, l.origin, l.attempt, l.id, l.cause, l.node_id, l.started_at, ${at(now)}, 'interrupted', l.detail
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(trigger_id uuid, nominal_at timestamptz, origin text, attempt int, id uuid, cause text, node_id uuid, started_at timestamptz, detail jsonb)`);
  const again = runs.filter((run) => run.repeatable && run.recoveries < MOST_RECOVERIES);
  for (const run of again) {
    // A new attempt is a new run: it gets an id and an output of its own.
    await tx.run(sql`
      update engine.live_run set id = ${newId(now)}, state = 'queued', attempt = attempt + 1, recoveries = recoveries + 1, cause = 'recovery', priority = 3,
        node_id = null, started_at = null, deadline_at = null, stale_at = null, available_at = ${at(now)}
      where id = ${run.id}`);
  }
  const asked = runs.filter((run) => !again.includes(run));
  await tx.run(sql`delete from engine.live_run where id = any(${asked.map(({ id }) => id)}::uuid[])`);
  await askAbout(
    tx,
    asked.map((run) => ({ ...run, words: why })),
    'interrupted',
    now,
  );
  await tellChanged(kernel, tx, runs.map(ownedBy));
}

/**
 * T5b: queued runs that waited past their grace never start stale; they are missed, with the cause in words.
 * @returns how many
 */
export async function sweepStale(kernel: Kernel): Promise<number> {
  const now = kernel.clock.now();
  return kernel.db.transaction(async (tx) => {
    const found = await tx.rows(sql<{ id: string; trigger_id: string }>`
      select id, trigger_id from engine.live_run where state = 'queued' and stale_at < ${at(now)} order by trigger_id limit ${BATCH}`);
    if (found.length === 0) return 0;
    await lockTriggers(
      tx,
      found.map(({ trigger_id }) => trigger_id),
    );
    const stale = await tx.rows(sql<LiveRunRow>`
      delete from engine.live_run where id = any(${found.map(({ id }) => id)}::uuid[]) and state = 'queued' and stale_at < ${at(now)} returning *`);
    const asked: (LiveRunRow & { words: string })[] = [];
    for (const run of stale) asked.push({ ...run, words: await whyItWaited(tx, run) });
    await askAbout(tx, asked, 'waited', now);
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
  if (row?.held === true)
    return run.mutex === run.trigger_id
      ? 'its previous run was still going on'
      : `${run.mutex} was held by another run`;
  if (row !== undefined && row.running >= row.at_once) return `lane ${run.lane} was full`;
  if (row?.carried === false) return `no node with tag ${run.tags.join(', ')}`;
  return 'no node took it in time';
}
