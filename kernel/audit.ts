import { at, sql, type Tx } from './db/database.ts';
import type { Door } from './auth/caller.ts';
import { newId } from './id.ts';

export interface AuditEntry {
  readonly teamId: string | null;
  readonly actorId: string | null;
  readonly actor: string;
  readonly door: Door;
  /** `noun.pastVerb` */
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly reason?: string;
}

/** Writes who did what through which door, in the transaction of the deed. The table refuses changes. */
export async function recordAudit(tx: Tx, now: number, entry: AuditEntry): Promise<void> {
  await tx.run(sql`
    insert into kernel.audit_entry (id, team_id, at, actor_id, actor, door, action, object_kind, object_id, before, after, reason)
    values (${newId(now)}, ${entry.teamId}, ${at(now)}, ${entry.actorId}, ${entry.actor}, ${entry.door}, ${entry.action}, ${entry.objectKind},
      ${entry.objectId}, ${json(entry.before)}::jsonb, ${json(entry.after)}::jsonb, ${entry.reason ?? null})`);
}

export interface AuditRow {
  at: number;
  actor: string;
  door: Door;
  action: string;
  reason: string | null;
}

/** The newest entries about one object. */
export function auditTail(
  tx: Pick<Tx, 'rows'>,
  objectKind: string,
  objectId: string,
  most: number,
): Promise<AuditRow[]> {
  return tx.rows(sql<AuditRow>`
    select at, actor, door, action, reason from kernel.audit_entry
    where object_kind = ${objectKind} and object_id = ${objectId} order by at desc, id desc limit ${most}`);
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
