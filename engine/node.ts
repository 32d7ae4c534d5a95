import os from 'node:os';
import { tzdataVersion } from '#time/zone.ts';
import { at, type Kernel, sql } from '#kernel';
import { lockTriggers } from './commands/lock.ts';
import { tellChanged } from './ledger/changes.ts';
import { settleUnstarted } from './queue.ts';
import type { LiveRunRow } from './schema.ts';
import { ownedBy } from './start.ts';

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
 * start was unknown, or a kill came between commit and memory. Only this process could have begun them. One that somebody
 * wants to cancel meanwhile is cancelled instead.
 * @param begun ids of the runs this process knows
 */
export async function reconcile(kernel: Kernel, id: string, begun: readonly string[]): Promise<number> {
  const unknown = sql`node_id = ${id} and state = 'running' and id <> all(${begun}::uuid[])`;
  const now = kernel.clock.now();
  const given = await kernel.db.run(sql`
    update engine.live_run set state = 'queued', node_id = null, started_at = null, deadline_at = null
    where ${unknown} and cancel_requested_at is null`);
  const cancelled = await kernel.db.rows(sql<Pick<LiveRunRow, 'trigger_id'>>`
    select trigger_id from engine.live_run where ${unknown} and cancel_requested_at is not null`);
  if (cancelled.length > 0) {
    await kernel.db.transaction(async (tx) => {
      await lockTriggers(
        tx,
        cancelled.map(({ trigger_id }) => trigger_id),
      );
      const runs = await tx.rows(sql<LiveRunRow>`
        select * from engine.live_run where ${unknown} and cancel_requested_at is not null order by id for update`);
      await settleUnstarted(tx, runs, 'cancelled', 'cancelled before it began', now);
      await tellChanged(kernel, tx, runs.map(ownedBy));
    });
  }
  if (given > 0) kernel.signals.raise('lane');
  return given + cancelled.length;
}

/** Declares nodes dead whose lease has run out. @returns their ids */
export async function buryExpired(kernel: Kernel): Promise<string[]> {
  const now = at(kernel.clock.now());
  const rows = await kernel.db.rows(sql<{ id: string }>`
    update engine.node set state = 'dead', expires_at = ${now}
    where id in (select id from engine.node where state = 'alive' and expires_at < ${now} for update skip locked)
    returning id`);
  return rows.map(({ id }) => id);
}

/**
 * Declares earlier incarnations on the same home dead without waiting for their lease: holding the home's lock proves that
 * they are gone. Another machine may have a home of the same name, which proves nothing.
 */
export async function buryPredecessors(kernel: Kernel, home: string, nodeId: string): Promise<string[]> {
  const rows = await kernel.db.rows(sql<{ id: string }>`
    update engine.node set state = 'dead', expires_at = ${at(kernel.clock.now())}
    where home = ${home} and host = ${os.hostname()} and id <> ${nodeId} and state = 'alive' returning id`);
  return rows.map(({ id }) => id);
}

/** A planned end: the next incarnation need not wait for the lease. */
export async function signOff(kernel: Kernel, id: string): Promise<void> {
  await kernel.db.run(sql`
    update engine.node set state = 'dead', expires_at = ${at(kernel.clock.now())} where id = ${id} and state = 'alive'`);
}
