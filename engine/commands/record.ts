import { at, type Caller, type Kernel, recordAudit, sql, type Tx } from '#kernel';
import { tellChanged } from '../ledger/changes.ts';
import type { TriggerRow } from '../schema.ts';

/** Who changes a trigger: a person or program that called, or the engine itself. */
export type Actor = Pick<Caller, 'name' | 'door'> & { readonly principalId: string | null };

export const THE_ENGINE: Actor = { principalId: null, name: 'Almanac', door: 'engine' };

export interface Change {
  readonly action: string;
  readonly now: number;
  readonly before?: TriggerRow;
  readonly reason?: string | undefined;
}

/** Writes the version row and the audit entry of a change to a locked trigger, and tells open pages. */
export async function recordChange(
  kernel: Kernel,
  tx: Tx,
  actor: Actor,
  after: TriggerRow,
  { action, now, before, reason }: Change,
): Promise<void> {
  const planned = after.state === 'enabled' || after.state === 'paused';
  // In force from the cursor on, not from now: a clock may have gone back behind what is decided already.
  await tx.run(sql`
    insert into engine.trigger_version (trigger_id, version, from_at, recurrence, snapshot, by_id, by_name, reason)
    values (${after.id}, ${after.version}, ${at(after.cursor_at)}, ${planned ? JSON.stringify(after.recurrence) : null}::jsonb,
      ${JSON.stringify(summary(after))}::jsonb, ${actor.principalId}, ${actor.name}, ${reason ?? null})`);
  await recordAudit(tx, now, {
    ...auditLine(actor, after),
    action,
    after: summary(after),
    ...(before === undefined ? {} : { before: summary(before) }),
    ...(reason === undefined ? {} : { reason }),
  });
  await tellChanged(kernel, tx, [after]);
  tx.afterCommit(() => kernel.signals.raise('due'));
}

/** The parts of an audit entry that say who, where and about which trigger. */
export function auditLine(
  { principalId, name, door }: Actor,
  { id, team_id }: Pick<TriggerRow, 'id' | 'team_id'>,
): {
  teamId: string;
  actorId: string | null;
  actor: string;
  door: Actor['door'];
  objectKind: string;
  objectId: string;
} {
  return { teamId: team_id, actorId: principalId, actor: name, door, objectKind: 'trigger', objectId: id };
}

function summary({
  title,
  category,
  recurrence,
  policy,
  definition,
  state,
  state_reason,
  paused_until,
}: TriggerRow): object {
  return { title, category, recurrence, policy, definition, state, state_reason, paused_until };
}
