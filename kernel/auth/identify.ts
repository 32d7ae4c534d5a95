import { at, sql } from '../db/database.ts';
import type { AttemptLimit } from '../http/limit.ts';
import { isFromHere, isSameSecret } from '../http/remote.ts';
import { hashSecret } from '../id.ts';
import type { Kernel } from '../kernel.ts';
import { Problem } from '../problem.ts';
import type { Caller, Door } from './caller.ts';
import type { Member } from './schema.ts';

export interface Credentials {
  readonly localKey: string;
  /** Whether pages of this origin are ours. */
  isOurs(origin: string, request: Request): boolean;
  /** The sign-in library's user id of the cookie in a request. */
  sessionUser(request: Request): Promise<string | undefined>;
}

interface TokenRow extends Member {
  token_id: string;
  scopes: string[] | null;
  expires_at: number | null;
  last_used_at: number | null;
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** `last_used_at` is written at most this often, in milliseconds. */
const USED_GRAIN = 60_000;

/** Name of the principal as which the command line of the same machine acts. */
export const LOCAL_PRINCIPAL = 'Command line on this machine';

/** Finds out who asks: a token in the Authorization header, else the sign-in cookie. */
export async function identifyRequest(
  kernel: Kernel,
  credentials: Credentials,
  request: Request,
  remote: string,
  guesses: AttemptLimit,
): Promise<Caller> {
  const header = request.headers.get('authorization');
  if (header === null) return byCookie(kernel, credentials, request);
  const key = /^Bearer (\S+)$/i.exec(header)?.[1];
  if (key === undefined)
    throw new Problem(401, 'unauthenticated', 'The Authorization header must read "Bearer <token>".');
  // The key of this machine is worth nothing elsewhere, should it leak.
  if (isFromHere(request, remote) && isSameSecret(key, credentials.localKey)) return byLocalKey(kernel, request);
  const caller = await byToken(kernel, key, request);
  if (caller !== undefined) return caller;
  guesses.count(`token ${remote}`, kernel.clock.now());
  throw new Problem(401, 'unauthenticated', 'This token is unknown, expired or revoked.', {
    hint: 'Create one under Settings, Tokens.',
  });
}

const memberColumns = sql`
  p.id as principal_id, p.kind, p.name, p.email, p.zone, p.current_team_id,
  t.id as team_id, t.name as team_name, t.zone as team_zone, m.role`;

async function byCookie(kernel: Kernel, credentials: Credentials, request: Request): Promise<Caller> {
  const user = await credentials.sessionUser(request);
  if (user === undefined)
    throw new Problem(401, 'unauthenticated', 'Nobody is signed in.', {
      hint: 'Sign in, or send an API token as "Authorization: Bearer …".',
    });
  if (!SAFE_METHODS.has(request.method)) refuseForeignOrigin(request, credentials);
  const members = await kernel.db.rows(sql<Member>`
    select ${memberColumns} from kernel.principal p
    join kernel.membership m on m.principal_id = p.id join kernel.team t on t.id = m.team_id
    where p.auth_user_id = ${user} order by m.created_at`);
  return callerOf(kernel, inTeam(members, request), 'web');
}

async function byToken(kernel: Kernel, key: string, request: Request): Promise<Caller | undefined> {
  const now = kernel.clock.now();
  const [row] = await kernel.db.rows(sql<TokenRow>`
    select ${memberColumns}, k.id as token_id, k.scopes, k.expires_at, k.last_used_at
    from kernel.api_token k join kernel.principal p on p.id = k.principal_id
    join kernel.team t on t.id = k.team_id join kernel.membership m on m.principal_id = p.id and m.team_id = t.id
    where k.hash = ${hashSecret(key)} and k.revoked_at is null`);
  if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return undefined;
  if (row.last_used_at === null || now - row.last_used_at > USED_GRAIN) {
    await kernel.db.run(sql`update kernel.api_token set last_used_at = ${at(now)} where id = ${row.token_id}`);
  }
  const token = { id: row.token_id, expiresAt: row.expires_at };
  const caller = { ...callerOf(kernel, inTeam([row], request), doorOf(request)), token };
  return row.scopes === null
    ? caller
    : { ...caller, permissions: new Set(row.scopes.filter((scope) => caller.permissions.has(scope))) };
}

async function byLocalKey(kernel: Kernel, request: Request): Promise<Caller> {
  const members = await kernel.db.rows(sql<Member>`
    select ${memberColumns} from kernel.principal p
    join kernel.membership m on m.principal_id = p.id join kernel.team t on t.id = m.team_id
    where p.kind = 'service' and p.name = ${LOCAL_PRINCIPAL} order by m.created_at`);
  return callerOf(kernel, inTeam(members, request), 'cli');
}

/** The team of a request: the one its X-Team names, else the person's current one, else their first. */
function inTeam(members: readonly Member[], request: Request): Member {
  const wanted = request.headers.get('x-team');
  if (wanted !== null) {
    const member = members.find(({ team_id }) => team_id === wanted);
    if (member === undefined)
      throw new Problem(403, 'no_team', 'You are not a member of this team.', { field: 'X-Team' });
    return member;
  }
  const member = members.find(({ team_id, current_team_id }) => team_id === current_team_id) ?? members[0];
  if (member === undefined)
    throw new Problem(403, 'no_team', 'You are not a member of any team.', { hint: 'Ask an owner to add you.' });
  return member;
}

function callerOf(kernel: Kernel, member: Member, door: Door): Caller {
  return {
    principalId: member.principal_id,
    kind: member.kind,
    name: member.name,
    email: member.email,
    zone: member.zone,
    teamId: member.team_id,
    teamName: member.team_name,
    teamZone: member.team_zone,
    role: member.role,
    permissions: kernel.modules.permissionsOf(member.role),
    door,
  };
}

function doorOf(request: Request): Door {
  return request.headers.get('x-almanac-door') === 'cli' ? 'cli' : 'api';
}

/** A cookie is sent by the browser whoever made it ask: a write must come from our own pages. */
function refuseForeignOrigin(request: Request, credentials: Credentials): void {
  const origin = request.headers.get('origin');
  if (origin !== null && credentials.isOurs(origin, request)) return;
  throw new Problem(403, 'foreign_origin', 'This came from another site than Almanac itself.', {
    hint: 'Use an API token from scripts.',
  });
}
