import { compile, type Recurrence } from '#time/recurrence.ts';
import { type Kernel, sql } from '#kernel';
import type { RunContext } from '../carry-out.ts';
import type { LiveRunRow } from '../schema.ts';

/** What a run is told about its trigger. */
export interface TriggerFacts {
  readonly recurrence: Recurrence;
  readonly spreadMs: number;
  readonly lastSuccessAt: number | null;
}

/** Reads the facts of the triggers of many runs at once. */
export async function readFacts(kernel: Kernel, runs: readonly LiveRunRow[]): Promise<Map<string, TriggerFacts>> {
  const ids = [...new Set(runs.map(({ trigger_id }) => trigger_id))];
  const rows = await kernel.db.rows(sql<{
    id: string;
    recurrence: Recurrence;
    spread_ms: number;
    last: number | null;
  }>`
    select t.id, t.recurrence, t.spread_ms, s.finished_at as last
    from engine.trigger t
    left join lateral (
      select r.finished_at from engine.run r where r.trigger_id = t.id and r.result = 'success' order by r.finished_at desc limit 1
    ) s on true
    where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map(({ id, recurrence, spread_ms, last }) => [id, { recurrence, spreadMs: spread_ms, lastSuccessAt: last }]),
  );
}

/**
 * What a runner is told about its run.
 * @param makeSpool answers the run's folder, which exists then
 */
export function contextOf(run: LiveRunRow, facts: TriggerFacts | undefined, makeSpool: () => string): RunContext {
  const startedAt = run.started_at ?? run.available_at;
  const next = facts === undefined ? undefined : nextOf(facts.recurrence, Math.max(run.nominal_at, startedAt));
  return {
    runId: run.id,
    triggerId: run.trigger_id,
    title: run.context.title,
    nominalAt: run.nominal_at,
    dueAt: run.nominal_at + (run.origin === 'schedule' ? (facts?.spreadMs ?? 0) : 0),
    startedAt,
    deadlineAt: run.deadline_at ?? startedAt + run.context.timeout_ms,
    attempt: run.attempt,
    cause: run.cause,
    zone: run.context.zone,
    // To make a folder takes as long as all the rest of a run that does nothing.
    get spool() {
      return makeSpool();
    },
    definition: run.context.definition,
    ...(facts?.lastSuccessAt == null ? {} : { lastSuccessAt: facts.lastSuccessAt }),
    ...(next === undefined ? {} : { nextAt: next }),
  };
}

/** A recurrence that cannot be read any more must not keep a run by hand from happening. */
function nextOf(recurrence: Recurrence, after: number): number | undefined {
  try {
    const next = compile(recurrence).next(after);
    return Number.isNaN(next) ? undefined : next;
  } catch {
    return undefined;
  }
}
