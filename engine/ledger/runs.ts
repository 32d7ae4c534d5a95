import { type Kernel, notFound, sql } from '#kernel';
import type { RunRow } from '../schema.ts';

export interface RunOfTrigger extends RunRow {
  title: string;
  owner_module: string;
  owner_ref: string;
  node: string | null;
}

const columns = sql`
  r.id, r.trigger_id, r.nominal_at, r.origin, r.attempt, r.cause, r.node_id, r.started_at, r.finished_at, r.status, r.detail,
  t.title, t.owner_module, t.owner_ref, n.host as node`;

/** One run, live or finished. @throws Problem 404, also for another team's */
export async function readRun(kernel: Kernel, teamId: string, id: string): Promise<RunOfTrigger> {
  const [run] = await kernel.db.rows(sql<RunOfTrigger>`
    select ${columns} from engine.run_any r join engine.trigger t on t.id = r.trigger_id left join engine.node n on n.id = r.node_id
    where r.id = ${id} and t.team_id = ${teamId} limit 1`);
  if (run === undefined) throw notFound('run');
  return run;
}

/** The newest runs of a trigger, those still going on first. */
export function runsOf(kernel: Kernel, triggerId: string, most: number): Promise<RunOfTrigger[]> {
  return kernel.db.rows(sql<RunOfTrigger>`
    select ${columns} from engine.run_any r join engine.trigger t on t.id = r.trigger_id left join engine.node n on n.id = r.node_id
    where r.trigger_id = ${triggerId} order by r.finished_at desc nulls first, r.started_at desc nulls first limit ${most}`);
}

export interface RecentOutcome {
  trigger_id: string;
  status: string;
  nominal_at: number;
}

/** The last outcomes of many triggers, oldest first, at most `most` each. */
export async function recentOutcomes(
  kernel: Kernel,
  triggerIds: readonly string[],
  most: number,
): Promise<Map<string, RecentOutcome[]>> {
  const rows = await kernel.db.rows(sql<RecentOutcome>`
    select i.trigger_id, o.status, o.nominal_at from unnest(${triggerIds}::uuid[]) as i(trigger_id)
    cross join lateral (
      select status, nominal_at from engine.occurrence where trigger_id = i.trigger_id and status <> 'open' order by nominal_at desc limit ${most}
    ) o order by i.trigger_id, o.nominal_at`);
  return Map.groupBy(rows, ({ trigger_id }) => trigger_id);
}
