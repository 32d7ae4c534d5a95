import { recordAudit } from '../audit.ts';
import { at, sql, type Tx } from '../db/database.ts';
import { hashSecret, newId, newSecret } from '../id.ts';
import type { Kernel } from '../kernel.ts';
import type { Role } from './roles.ts';
import { Problem } from '../problem.ts';
import type { Auth } from './auth.ts';
import type { Caller } from './caller.ts';
import { LOCAL_PRINCIPAL } from './identify.ts';

/** The link for the owner account stays good this long, in milliseconds. */
const OWNER_LINK_LIFE = 24 * 60 * 60 * 1000;

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly zone?: string;
}

/** Makes the first team and the principal of the local command line, once. */
export async function ensureFirstTeam(kernel: Kernel): Promise<string> {
  const { clock, config, db } = kernel;
  return db.transaction(async (tx) => {
    await tx.run(sql`lock table kernel.team in share row exclusive mode`);
    const [known] = await tx.rows(sql<{ id: string }>`select id from kernel.team order by created_at limit 1`);
    if (known !== undefined) return known.id;
    const now = clock.now();
    const team = newId(now);
    await tx.run(sql`
      insert into kernel.team (id, name, zone, created_at, updated_at) values (${team}, ${config.team_name}, ${config.zone}, ${at(now)}, ${at(now)})`);
    await addPrincipal(tx, now, { kind: 'service', name: LOCAL_PRINCIPAL, team, role: 'owner' });
    return team;
  });
}

export async function ownerIsMissing(kernel: Kernel): Promise<boolean> {
  const rows = await kernel.db.rows(sql`
    select 1 from kernel.membership m join kernel.principal p on p.id = m.principal_id where m.role = 'owner' and p.kind = 'user' limit 1`);
  return rows.length === 0;
}

/** A new one-time secret for making the owner account; older unused ones lose their force. */
export async function issueOwnerLink(kernel: Kernel): Promise<string> {
  const team = await ensureFirstTeam(kernel);
  const now = kernel.clock.now();
  const secret = newSecret('first');
  await kernel.db.transaction(async (tx) => {
    await tx.run(
      sql`update kernel.owner_link set expires_at = ${at(now)} where used_at is null and expires_at > ${at(now)}`,
    );
    await tx.run(sql`
      insert into kernel.owner_link (hash, team_id, created_at, expires_at)
      values (${hashSecret(secret)}, ${team}, ${at(now)}, ${at(now + OWNER_LINK_LIFE)})`);
  });
  return secret;
}

/** @throws Problem 410 when the link was used or is too old, 404 when it never was */
export async function redeemOwnerLink(kernel: Kernel, auth: Auth, secret: string, person: NewPerson): Promise<string> {
  const hash = hashSecret(secret);
  const now = kernel.clock.now();
  const [link] = await kernel.db.rows(sql<{ team_id: string; expires_at: number; used_at: number | null }>`
    select team_id, expires_at, used_at from kernel.owner_link where hash = ${hash}`);
  if (link === undefined) throw new Problem(404, 'not_found', 'This first-run link is not known.', { field: 'token' });
  if (link.used_at !== null || link.expires_at <= now) {
    throw new Problem(410, 'gone', 'This first-run link was used or is too old.', {
      hint: 'Restart Almanac to get a new one, or sign in.',
    });
  }
  const taken = await kernel.db.run(sql`
    update kernel.owner_link set used_at = ${at(now)} where hash = ${hash} and used_at is null and expires_at > ${at(now)}`);
  if (taken !== 1) throw new Problem(410, 'gone', 'This first-run link was used just now.');
  try {
    return await addOwner(kernel, auth, link.team_id, person);
  } catch (error) {
    // A refused account leaves the link as good as it was.
    await kernel.db.run(sql`update kernel.owner_link set used_at = null where hash = ${hash}`);
    throw error;
  }
}

/** The owner of an unattended first start. */
export async function addOwner(kernel: Kernel, auth: Auth, team: string, person: NewPerson): Promise<string> {
  const now = kernel.clock.now();
  return withAccount(kernel, auth, person, async (tx, user) => {
    const id = await addPrincipal(tx, now, { ...person, kind: 'user', user, team, role: 'owner' });
    if (person.zone !== undefined)
      await tx.run(sql`update kernel.team set zone = ${person.zone}, updated_at = ${at(now)} where id = ${team}`);
    await recordAudit(tx, now, {
      teamId: team,
      actorId: id,
      actor: person.name,
      door: 'web',
      action: 'owner.created',
      objectKind: 'principal',
      objectId: id,
    });
    return id;
  });
}

/** Adds a person with an account of their own to the caller's team. */
export async function addMember(
  kernel: Kernel,
  auth: Auth,
  caller: Caller,
  person: NewPerson,
  role: Role,
): Promise<string> {
  const now = kernel.clock.now();
  return withAccount(kernel, auth, person, async (tx, user) => {
    const id = await addPrincipal(tx, now, { ...person, kind: 'user', user, team: caller.teamId, role });
    await recordAudit(tx, now, {
      ...auditOf(caller),
      action: 'member.added',
      objectKind: 'principal',
      objectId: id,
      after: { role },
    });
    return id;
  });
}

/** The audit's columns that name a caller. */
export function auditOf(caller: Caller): { teamId: string; actorId: string; actor: string; door: Caller['door'] } {
  return { teamId: caller.teamId, actorId: caller.principalId, actor: caller.name, door: caller.door };
}

/**
 * Makes the account first, and takes it back when the person cannot be added. An account that nobody has, because a process
 * was killed between the two, is taken over. One at a time for each address, also among several nodes.
 */
async function withAccount<T>(
  kernel: Kernel,
  auth: Auth,
  person: NewPerson,
  work: (tx: Tx, user: string) => Promise<T>,
): Promise<T> {
  return kernel.db.transaction(async (tx) => {
    await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`account ${person.email.toLowerCase()}`}, 0))`);
    const orphan = await orphanOf(tx, auth, person.email);
    if (orphan !== undefined) await auth.takeOver(orphan, person);
    const user = orphan ?? (await auth.createAccount(person));
    try {
      return await work(tx, user);
    } catch (error) {
      await auth
        .removeAccount(user)
        .catch((cause: unknown) => kernel.log.warn({ err: cause }, 'an account was left over'));
      throw error;
    }
  });
}

/** The account of an e-mail address that no person has. */
async function orphanOf(tx: Tx, auth: Auth, email: string): Promise<string | undefined> {
  const account = await auth.accountOf(email);
  if (account === undefined) return undefined;
  const people = await tx.rows(sql`select 1 from kernel.principal where auth_user_id = ${account}`);
  return people.length === 0 ? account : undefined;
}

interface NewPrincipal {
  readonly kind: 'user' | 'agent' | 'service';
  readonly name: string;
  readonly email?: string;
  readonly user?: string;
  readonly zone?: string;
  readonly team: string;
  readonly role: Role;
}

async function addPrincipal(
  tx: Tx,
  now: number,
  { kind, name, email, user, zone, team, role }: NewPrincipal,
): Promise<string> {
  const id = newId(now);
  await tx.run(sql`
    insert into kernel.principal (id, kind, name, email, auth_user_id, zone, current_team_id, created_at, updated_at)
    values (${id}, ${kind}, ${name}, ${email ?? null}, ${user ?? null}, ${zone ?? null}, ${team}, ${at(now)}, ${at(now)})`);
  await tx.run(
    sql`insert into kernel.membership (team_id, principal_id, role, created_at) values (${team}, ${id}, ${role}, ${at(now)})`,
  );
  return id;
}
