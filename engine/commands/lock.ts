import { notFound, Problem, sql, type Tx } from '#kernel';
import type { TriggerRow } from '../schema.ts';

/**
 * Locks a trigger of a team that is not deleted: everything that decides about it goes through here first.
 * @throws Problem 404 also for another team's, 409 `stale` when somebody changed it meanwhile
 */
export async function lockTrigger(tx: Tx, id: string, teamId: string, expectedVersion?: number): Promise<TriggerRow> {
  const [trigger] = await tx.rows(sql<TriggerRow>`
    select * from engine.trigger where id = ${id} and team_id = ${teamId} and state <> 'deleted' for no key update`);
  if (trigger === undefined) throw notFound('trigger');
  if (expectedVersion !== undefined && trigger.version !== expectedVersion) {
    throw new Problem(409, 'stale', `${trigger.title} was changed meanwhile: it is at version ${trigger.version}.`, {
      field: 'expected_version',
      hint: 'Read it again and repeat the change.',
      extra: { version: trigger.version },
    });
  }
  return trigger;
}

/** Locks triggers, deleted ones too, in the one order that all transactions use. */
export async function lockTriggers(tx: Tx, ids: readonly string[]): Promise<Map<string, TriggerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows(
    sql<TriggerRow>`select * from engine.trigger where id = any(${ids}::uuid[]) order by id for no key update`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** A trigger that this transaction has locked, as it stands now. */
export async function readLocked(tx: Tx, id: string): Promise<TriggerRow> {
  const [trigger] = await tx.rows(sql<TriggerRow>`select * from engine.trigger where id = ${id}`);
  if (trigger === undefined) throw notFound('trigger');
  return trigger;
}
