import { at, type Kernel, refusedBy, sql } from '#kernel';
import { tellChanged } from './ledger/changes.ts';
import type { LiveRunRow } from './schema.ts';

export interface StartQuestion {
  readonly nodeId: string;
  readonly tags: readonly string[];
  /** How many more runs this node may take. */
  readonly capacity: number;
}

/** How often a start is tried again when two lanes reached for one mutex at the same moment. */
const PICK_AGAIN = 3;

/**
 * T2: takes queued runs of one lane for this node, within the lane's limit over all nodes. Committed before the first side
 * effect: what this answers was never begun by anybody.
 * @returns undefined when another node is starting runs of this lane at this moment: look again soon
 */
export async function startRuns(
  kernel: Kernel,
  lane: string,
  question: StartQuestion,
): Promise<LiveRunRow[] | undefined> {
  if (question.capacity <= 0 || !kernel.clock.steady()) return [];
  for (let tried = 1; tried <= PICK_AGAIN; tried++) {
    try {
      return await pick(kernel, lane, question);
    } catch (error) {
      if (refusedBy(error) !== 'live_run_mutex') throw error;
    }
  }
  return undefined;
}

async function pick(
  kernel: Kernel,
  lane: string,
  { nodeId, tags, capacity }: StartQuestion,
): Promise<LiveRunRow[] | undefined> {
  const now = at(kernel.clock.now());
  return kernel.db.transaction(async (tx) => {
    // Not `for update`: each new live run refers to its lane, and would have to wait for this lock and this for it.
    const [limit] = await tx.rows(sql<{ at_once: number }>`
      select at_once from engine.lane where name = ${lane} for no key update skip locked`);
    if (limit === undefined) return undefined;
    // Counted by a statement of its own: one that had to be there before the lock could be an old count.
    const [taken] = await tx.rows(sql<{ count: number }>`
      select count(*) as count from engine.live_run where lane = ${lane} and state = 'running'`);
    const free = Math.min(limit.at_once - (taken?.count ?? 0), capacity);
    if (free <= 0) return [];
    const started = await tx.rows(sql<LiveRunRow>`
      with candidate as (
        select id, mutex, priority, available_at from engine.live_run q
        where lane = ${lane} and state = 'queued' and available_at <= ${now} and (stale_at is null or stale_at > ${now})
          and cancel_requested_at is null and tags <@ ${tags}::text[]
          and not exists (select 1 from engine.live_run r where r.state = 'running' and r.mutex = q.mutex)
        order by priority, available_at limit ${free * 4}
      ), picked as (
        select id from (
          select *, row_number() over (partition by coalesce(mutex, id::text) order by priority, available_at, id) as place from candidate
        ) one_per_mutex
        where place = 1 order by priority, available_at limit ${free}
      )
      update engine.live_run l
      set state = 'running', node_id = n.id, started_at = ${now},
        deadline_at = ${now}::timestamptz + (l.context ->> 'timeout_ms')::bigint * interval '1 millisecond'
      from picked p, engine.node n
      where n.id = ${nodeId} and n.state = 'alive' and l.id = p.id and l.state = 'queued'
      returning l.*`);
    await tellChanged(kernel, tx, started.map(ownedBy));
    return started;
  });
}

/** The parts of a live run by which open pages are told. */
export function ownedBy(run: Pick<LiveRunRow, 'team_id' | 'owner_module' | 'context'>): {
  team_id: string;
  owner_module: string;
  owner_ref: string;
} {
  return { team_id: run.team_id, owner_module: run.owner_module, owner_ref: run.context.owner_ref };
}
