import { z } from 'zod';
import { at, sql } from '../db/database.ts';
import { definePublicRoute, defineRoute, Reply, type Route } from '../http/route.ts';
import * as shape from '../http/shapes.ts';
import { ROLES } from './roles.ts';
import { Problem, suggest, unprocessable } from '../problem.ts';
import { issueToken, revokeToken } from './tokens.ts';
import { addMember, ownerIsMissing, redeemOwnerLink } from './people.ts';

const password = z.string().min(12, 'needs at least 12 characters').max(128, 'is longer than 128 characters');
const person = { name: shape.name, email: z.email('is not an e-mail address'), password };

const me = z.object({
  principal: z.object({
    id: shape.id,
    name: z.string(),
    email: z.string().nullable(),
    kind: z.string(),
    zone: z.string().nullable(),
  }),
  team: z.object({ id: shape.id, name: z.string(), zone: z.string() }),
  role: z.enum(ROLES),
  permissions: z.array(z.string()),
});

const readMe = defineRoute(
  'signed-in',
  { method: 'get', path: '/me', summary: 'Who you are, in which team, and what you may do', answer: me },
  ({ caller }) => ({
    principal: { id: caller.principalId, name: caller.name, email: caller.email, kind: caller.kind, zone: caller.zone },
    team: { id: caller.teamId, name: caller.teamName, zone: caller.teamZone },
    role: caller.role,
    permissions: [...caller.permissions].sort(),
  }),
);

const changeMe = defineRoute(
  'signed-in',
  {
    method: 'patch',
    path: '/me',
    summary: 'Change your name or time zone',
    body: z.strictObject({ name: shape.name.optional(), zone: shape.zone.optional() }),
    answer: z.object({ name: z.string(), zone: z.string().nullable() }),
  },
  async ({ caller, body, kernel }) => {
    // The local command line is found by its name.
    if (body.name !== undefined && caller.kind !== 'user')
      throw unprocessable('name', 'Only people rename themselves.');
    const [row] = await kernel.db.rows(sql<{ name: string; zone: string | null }>`
      update kernel.principal set name = coalesce(${body.name ?? null}, name), zone = coalesce(${body.zone ?? null}, zone), updated_at = ${at(kernel.clock.now())}
      where id = ${caller.principalId} returning name, zone`);
    return row ?? { name: caller.name, zone: caller.zone };
  },
);

const readFirstRun = definePublicRoute(
  {
    method: 'get',
    path: '/first-run',
    summary: 'Whether the owner account is still to be made',
    answer: z.object({ needed: z.boolean() }),
  },
  async ({ kernel }) => ({ needed: await ownerIsMissing(kernel) }),
);

const makeOwner = definePublicRoute(
  {
    method: 'post',
    path: '/first-run',
    summary: 'Make the owner account with the one-time link and sign in',
    body: z.strictObject({ token: z.string().min(1), ...person, zone: shape.zone }),
    status: 201,
    answer: z.object({ id: shape.id }),
  },
  async ({ body, kernel, request, remote }) => {
    kernel.auth.countGuess('first-run', remote);
    const id = await redeemOwnerLink(kernel, kernel.auth, body.token, body);
    return new Reply(201, { id }, { 'set-cookie': await kernel.auth.cookieFor(request, body) });
  },
);

const token = z.object({
  id: shape.id,
  name: z.string(),
  hint: z.string(),
  scopes: z.array(z.string()).nullable(),
  expires_at: shape.instant.nullable(),
  last_used_at: shape.instant.nullable(),
  created_at: shape.instant,
});

const listTokens = defineRoute(
  'kernel.tokens',
  { method: 'get', path: '/tokens', summary: 'API tokens of your team', answer: shape.listOf(token) },
  async ({ caller, kernel }) => {
    const rows = await kernel.db.rows(sql<
      Record<'expires_at' | 'last_used_at', number | null> & {
        id: string;
        name: string;
        hint: string;
        scopes: string[] | null;
        created_at: number;
      }
    >`
    select id, name, hint, scopes, expires_at, last_used_at, created_at from kernel.api_token
    where team_id = ${caller.teamId} and revoked_at is null order by created_at desc`);
    return {
      items: rows.map((row) => ({
        ...row,
        expires_at: shape.wire(row.expires_at),
        last_used_at: shape.wire(row.last_used_at),
        created_at: shape.wire(row.created_at),
      })),
    };
  },
);

const createToken = defineRoute(
  'kernel.tokens',
  {
    method: 'post',
    path: '/tokens',
    summary: 'Create an API token; it is shown this once',
    body: z.strictObject({
      name: shape.name,
      scopes: z.array(z.string()).min(1).optional(),
      expires_in_days: z.int().min(1).max(3650).optional(),
    }),
    status: 201,
    answer: z.object({ id: shape.id, token: z.string(), expires_at: shape.instant.nullable() }),
  },
  async ({ caller, body, kernel }) => {
    const stray = body.scopes?.find((scope) => !caller.permissions.has(scope));
    if (stray !== undefined) {
      const nearest = suggest(stray, [...caller.permissions]);
      throw unprocessable(
        'scopes',
        `scopes: ${stray} is not a permission of yours.`,
        nearest && `Did you mean ${nearest}?`,
      );
    }
    // A token with fewer permissions than its role must not make one with all of them.
    const whole = caller.permissions.size === kernel.modules.permissionsOf(caller.role).size;
    const scopes = body.scopes ?? (whole ? undefined : [...caller.permissions]);
    const made = await issueToken(kernel, caller, { ...body, scopes });
    return { ...made, expires_at: shape.wire(made.expires_at) };
  },
);

const endToken = defineRoute(
  'kernel.tokens',
  {
    method: 'delete',
    path: '/tokens/{id}',
    summary: 'Revoke an API token, and those that were made with it',
    params: z.object({ id: shape.id }),
    status: 204,
  },
  ({ caller, params, kernel }) => revokeToken(kernel, caller, params.id),
);

const member = z.object({
  id: shape.id,
  name: z.string(),
  email: z.string().nullable(),
  kind: z.string(),
  role: z.enum(ROLES),
  created_at: shape.instant,
});

const listMembers = defineRoute(
  'kernel.members',
  { method: 'get', path: '/members', summary: 'Members of your team', answer: shape.listOf(member) },
  async ({ caller, kernel }) => {
    const rows = await kernel.db.rows(sql<{
      id: string;
      name: string;
      email: string | null;
      kind: string;
      role: (typeof ROLES)[number];
      created_at: number;
    }>`
    select p.id, p.name, p.email, p.kind, m.role, m.created_at from kernel.membership m join kernel.principal p on p.id = m.principal_id
    where m.team_id = ${caller.teamId} order by m.created_at`);
    return { items: rows.map((row) => ({ ...row, created_at: shape.wire(row.created_at) })) };
  },
);

const addToTeam = defineRoute(
  'kernel.members',
  {
    method: 'post',
    path: '/members',
    summary: 'Add a person with an account of their own to your team',
    body: z.strictObject({ ...person, role: z.enum(ROLES), zone: shape.zone.optional() }),
    status: 201,
    answer: z.object({ id: shape.id }),
  },
  async ({ caller, body, kernel }) => {
    if (body.role === 'owner' && caller.role !== 'owner')
      throw new Problem(403, 'not_allowed', 'Only an owner makes owners.', { field: 'role' });
    const beyond = [...kernel.modules.permissionsOf(body.role)].find((name) => !caller.permissions.has(name));
    if (beyond !== undefined)
      throw new Problem(403, 'not_allowed', `The role ${body.role} may do more than you may here: ${beyond}.`, {
        field: 'role',
      });
    const { role, zone, ...rest } = body;
    return { id: await addMember(kernel, kernel.auth, caller, { ...rest, ...(zone ? { zone } : {}) }, role) };
  },
);

export const authRoutes: readonly Route[] = [
  readMe,
  changeMe,
  readFirstRun,
  makeOwner,
  listTokens,
  createToken,
  endToken,
  listMembers,
  addToTeam,
];
