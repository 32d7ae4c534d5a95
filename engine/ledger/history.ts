import { at, sql, type Tx } from '#kernel';
import { keyLine } from '../queue.ts';
import type { LiveRunRow, Outcome, RunDetail } from '../schema.ts';

/** A run that left the queue, as the history keeps it. */
export interface PastRun {
  readonly run: LiveRunRow;
  readonly result: Outcome | 'interrupted';
  readonly finishedAt: number;
  readonly detail: RunDetail;
}

/** Writes runs into the history, each under the node that carried it out. */
export async function writeHistory(tx: Tx, past: readonly PastRun[]): Promise<void> {
  if (past.length === 0) return;
  const lines = past.map(({ run, result, finishedAt, detail }) => ({
    ...keyLine(run),
    attempt: run.attempt,
    id: run.id,
    cause: run.cause,
    node_id: run.node_id,
    started_at: at(run.started_at ?? finishedAt),
    finished_at: at(finishedAt),
    result,
    detail,
  }));
  await tx.run(sql`
    insert into engine.run (trigger_id, nominal_at, origin, attempt, id, cause, node_id, started_at, finished_at, result, detail)
    select l.trigger_id, l.nominal_at, l.origin, l.attempt, l.id, l.cause, l.node_id, l.started_at, l.finished_at, l.result, l.detail
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l(trigger_id uuid, nominal_at timestamptz, origin text, attempt int, id uuid, cause text, node_id uuid, started_at timestamptz,
        finished_at timestamptz, result text, detail jsonb)`);
}
