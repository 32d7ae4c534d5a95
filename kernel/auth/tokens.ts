import { recordAudit } from '../audit.ts';
import { at, atOrNull, sql } from '../db/database.ts';
import { hashSecret, newId, newSecret } from '../id.ts';
import type { Kernel } from '../kernel.ts';
import type { Caller } from './caller.ts';
import { auditOf } from './people.ts';

export interface TokenWish {
  readonly name: string;
  /** Permissions; absent: all of the caller's role. */
  readonly scopes?: readonly string[] | undefined;
  readonly expires_in_days?: number | undefined;
}

const DAY = 24 * 60 * 60 * 1000;

/** Makes an API token of the caller in their team. The secret is answered once and kept only as a hash. */
export async function issueToken(
  kernel: Kernel,
  caller: Caller,
  wish: TokenWish,
): Promise<{ id: string; token: string; expires_at: number | null }> {
  const now = kernel.clock.now();
  const token = newSecret('alm');
  const id = newId(now);
  const expires = wish.expires_in_days === undefined ? null : now + wish.expires_in_days * DAY;
  await kernel.db.transaction(async (tx) => {
    await tx.run(sql`
      insert into kernel.api_token (id, team_id, principal_id, name, hash, hint, scopes, expires_at, created_at, created_by)
      values (${id}, ${caller.teamId}, ${caller.principalId}, ${wish.name}, ${hashSecret(token)}, ${token.slice(0, 8)}, ${wish.scopes ?? null},
        ${atOrNull(expires)}, ${at(now)}, ${caller.principalId})`);
    await recordAudit(tx, now, {
      ...auditOf(caller),
      action: 'token.created',
      objectKind: 'token',
      objectId: id,
      after: { name: wish.name, scopes: wish.scopes ?? null },
    });
  });
  return { id, token, expires_at: expires };
}
