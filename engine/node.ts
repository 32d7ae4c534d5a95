import os from 'node:os';
import { tzdataVersion } from '#time/zone.ts';
import { at, type Kernel, sql } from '#kernel';

/** A lease holds this long and is renewed every five seconds, in milliseconds. */
export const LEASE = 30_000;
export const RENEW_EVERY = 5000;
/** Without an answer of the database for this long a node starts nothing new and ends what others may repeat. */
export const SILENCE = 20_000;

export interface NodeDescription {
  readonly id: string;
  readonly kind: 'local' | 'remote';
  readonly home: string;
  readonly tags: readonly string[];
}

/** Enters a new incarnation into the table of nodes. */
export async function registerNode(kernel: Kernel, { id, kind, home, tags }: NodeDescription): Promise<void> {
  const now = kernel.clock.now();
  await kernel.db.run(sql`
    insert into engine.node (id, kind, home, host, tags, state, started_at, renewed_at, expires_at, tzdata)
    values (${id}, ${kind}, ${home}, ${os.hostname()}, ${tags}, 'alive', ${at(now)}, ${at(now)}, ${at(now + LEASE)}, ${tzdataVersion()})`);
}

/**
 * T3: renews the lease.
 * @returns undefined when this incarnation was declared dead, else the runs of this node that somebody wants to cancel
 */
export async function renewLease(kernel: Kernel, id: string): Promise<string[] | undefined> {
  const now = kernel.clock.now();
  const [row] = await kernel.db.rows(sql<{ cancel: string[] }>`
    update engine.node set renewed_at = ${at(now)}, expires_at = ${at(now + LEASE)} where id = ${id} and state = 'alive'
    returning array(select l.id::text from engine.live_run l where l.node_id = ${id} and l.cancel_requested_at is not null) as cancel`);
  return row?.cancel;
}

/**
 * Gives rows back to the queue that are running for this node although this process never began them: the commit of their
 * start was unknown, or a kill came between commit and memory. Only this process could have begun them.
 * @param begun ids of the runs this process knows
 */
export async function reconcile(kernel: Kernel, id: string, begun: readonly string[]): Promise<number> {
  return kernel.db.run(sql`
    update engine.live_run set state = 'queued', node_id = null, started_at = null, deadline_at = null
    where node_id = ${id} and state = 'running' and id <> all(${begun}::uuid[])`);
}

/** A planned end: the next incarnation need not wait for the lease. */
export async function signOff(kernel: Kernel, id: string): Promise<void> {
  await kernel.db.run(
    sql`update engine.node set state = 'dead', expires_at = ${at(kernel.clock.now())} where id = ${id}`,
  );
}
