import { at, type Kernel, refusedBy, sql } from '#kernel';
import { tellChanged } from './ledger/changes.ts';
import { PRIORITIES } from './queue.ts';
import type { LiveRunRow } from './schema.ts';

export interface WaitingLane {
  readonly lane: string;
  /** When the first of its queued runs may start. */
  readonly soonest: number;
}

/** The lanes that runs wait in. It looks at the first run of each priority only, however many wait. */
export function waitingLanes(kernel: Kernel): Promise<WaitingLane[]> {
  return kernel.db.rows(sql<WaitingLane>`
    select l.name as lane, w.soonest from engine.lane l
    cross join lateral (
      select min(f.available_at) as soonest from unnest(${[...PRIORITIES]}::int[]) p(priority)
      cross join lateral (
        select available_at from engine.live_run q where q.lane = l.name and q.priority = p.priority and q.state = 'queued' order by available_at limit 1
      ) f
    ) w
    where w.soonest is not null order by l.name`);
}

export interface StartQuestion {
  readonly nodeId: string;
  readonly tags: readonly string[];
  /** How many more runs this node may take. */
  readonly capacity: number;
}

export interface Started {
  readonly runs: readonly LiveRunRow[];
  /** Lane or node has no room for more: the end of a run is what to wait for. */
  readonly full: boolean;
}

const NONE: Started = { runs: [], full: true };

/** Runs that are looked at beyond those that may start, because some exclude each other; the next pass looks on. */
const SPARE = 50;
/** How often a start is tried again when two lanes reached for one mutex at the same moment. */
const PICK_AGAIN = 3;

/**
 * T2: takes queued runs of one lane for this node, within the lane's limit over all nodes. Committed before the first side
 * effect: what this answers was never begun by anybody.
 * @returns undefined when another node is starting runs of this lane at this moment: look again soon
 */
export async function startRuns(kernel: Kernel, lane: string, question: StartQuestion): Promise<Started | undefined> {
  if (question.capacity <= 0 || !kernel.clock.steady()) return NONE;
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
): Promise<Started | undefined> {
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
    if (free <= 0) return NONE;
    const started = await tx.rows(sql<LiveRunRow>`
      with candidate as (
        select id, mutex, priority, available_at from engine.live_run q
        where lane = ${lane} and state = 'queued' and available_at <= ${now} and (stale_at is null or stale_at > ${now})
          and cancel_requested_at is null and (tags = '{}' or tags <@ ${tags}::text[])
          and (q.mutex is null or q.mutex not in (select r.mutex from engine.live_run r where r.state = 'running' and r.mutex is not null))
        order by priority, available_at limit ${free + SPARE}
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
    return { runs: started, full: started.length === free };
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
