import { recordAudit } from '../audit.ts';
import { at, atOrNull, sql, type Tx } from '../db/database.ts';
import { hashSecret, newId, newSecret } from '../id.ts';
import type { Kernel } from '../kernel.ts';
import { notFound, Problem } from '../problem.ts';
import type { Caller } from './caller.ts';
import { auditOf } from './people.ts';

export interface TokenWish {
  readonly name: string;
  /** Permissions; absent: all of the caller's role. */
  readonly scopes?: readonly string[] | undefined;
  readonly expires_in_days?: number | undefined;
}

const DAY = 24 * 60 * 60 * 1000;

/**
 * Makes an API token of the caller in their team. The secret is answered once and kept only as a hash. Made with another
 * token, it ends with that one at the latest.
 * @throws Problem 401 when the caller's own token has just been revoked
 */
export async function issueToken(
  kernel: Kernel,
  caller: Caller,
  wish: TokenWish,
): Promise<{ id: string; token: string; expires_at: number | null }> {
  const now = kernel.clock.now();
  const token = newSecret('alm');
  const id = newId(now);
  const parent = caller.token;
  const ends = [
    wish.expires_in_days === undefined ? null : now + wish.expires_in_days * DAY,
    parent?.expiresAt ?? null,
  ];
  const known = ends.filter((end) => end !== null);
  const expires = known.length === 0 ? null : Math.min(...known);
  await kernel.db.transaction(async (tx) => {
    if (parent !== undefined) await holdParent(tx, parent.id);
    await tx.run(sql`
      insert into kernel.api_token (id, team_id, principal_id, name, hash, hint, scopes, expires_at, created_at, created_by, parent_id)
      values (${id}, ${caller.teamId}, ${caller.principalId}, ${wish.name}, ${hashSecret(token)}, ${token.slice(0, 8)}, ${wish.scopes ?? null},
        ${atOrNull(expires)}, ${at(now)}, ${caller.principalId}, ${parent?.id ?? null})`);
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

/**
 * Revokes a token of the caller's team, and every token that was made with it.
 * @throws Problem 404 when it is not there or was revoked before
 */
export async function revokeToken(kernel: Kernel, caller: Caller, id: string): Promise<void> {
  const now = kernel.clock.now();
  await kernel.db.transaction(async (tx) => {
    let revoked = await tx.rows(sql<{ id: string }>`
      update kernel.api_token set revoked_at = ${at(now)} where id = ${id} and team_id = ${caller.teamId} and revoked_at is null returning id`);
    if (revoked.length === 0) throw notFound('token');
    // A generation at a time: only a token that is locked gets no more children.
    while (revoked.length > 0) {
      for (const token of revoked) {
        const entry = { ...auditOf(caller), action: 'token.revoked', objectKind: 'token', objectId: token.id };
        await recordAudit(tx, now, token.id === id ? entry : { ...entry, reason: `It was made with the token ${id}.` });
      }
      revoked = await tx.rows(sql<{ id: string }>`
        update kernel.api_token set revoked_at = ${at(now)} where parent_id = any(${revoked.map((token) => token.id)}) and revoked_at is null returning id`);
    }
  });
}

/** Keeps the token with which another one is made from being revoked meanwhile. */
async function holdParent(tx: Tx, id: string): Promise<void> {
  const held = await tx.rows(sql`select 1 from kernel.api_token where id = ${id} and revoked_at is null for share`);
  if (held.length === 0) throw new Problem(401, 'unauthenticated', 'This token was revoked just now.');
}
