import { type Kernel, sql } from '#kernel';
import { lockTriggers } from '../commands/lock.ts';
import { orphanedRuns, recoverRuns, writeEnds } from '../recover.ts';
import type { LiveRunRow } from '../schema.ts';
import { readExitResults } from './exit-results.ts';

/** T5 until nothing is left to recover; what this home holds exit records of gets its true result. */
export async function recoverAll(kernel: Kernel, spoolRoot: string): Promise<void> {
  for (;;) {
    const orphans = await orphanedRuns(kernel.db);
    const results = await readExitResults(kernel, spoolRoot, orphans);
    if ((await recoverRuns(kernel, orphans, results)) === 0) return;
  }
}

/**
 * Gives runs of this living node back that it has ended without a result of their own: at a planned stop, or because it
 * was cut off from the database. What came to its end by itself in the last moment keeps its true result.
 */
export async function giveBack(
  kernel: Kernel,
  spoolRoot: string,
  nodeId: string,
  ids: readonly string[],
  why: string,
): Promise<void> {
  if (ids.length === 0) return;
  const mine = sql`id = any(${ids}::uuid[]) and node_id = ${nodeId} and state = 'running'`;
  const found = await kernel.db.rows(sql<LiveRunRow>`select * from engine.live_run where ${mine}`);
  const trueResults = await readExitResults(kernel, spoolRoot, found);
  const now = kernel.clock.now();
  await kernel.db.transaction(async (tx) => {
    const triggers = await lockTriggers(
      tx,
      found.map(({ trigger_id }) => trigger_id),
    );
    const runs = await tx.rows(sql<LiveRunRow>`select * from engine.live_run where ${mine} order by id for update`);
    await writeEnds(kernel, tx, runs, { triggers, trueResults, now, why });
  });
  kernel.signals.raise('lane');
}
