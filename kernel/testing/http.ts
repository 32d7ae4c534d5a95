import { buildApp } from '../http/app.ts';
import type { Role } from '../auth/roles.ts';
import { addMember, ensureFirstTeam } from '../auth/people.ts';
import type { Caller } from '../auth/caller.ts';
import { issueToken } from '../auth/tokens.ts';
import { sql } from '../db/database.ts';
import type { Manifest } from '../modules/module.ts';
import { type Harness, openHarness } from './harness.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The shape of an answer is what a test asserts.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface Client {
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body?: unknown): Promise<Answer>;
  put(path: string, body?: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  send(method: string, path: string, init?: RequestInit): Promise<Answer>;
  /** The same, reached under another address. */
  at(origin: string): Client;
}

/** Talks to the HTTP app in process; `key` is a token or the local key. Paths begin below `/api/v1`, or with `//` at the root. */
export function clientOf(harness: Harness, key?: string, origin = 'http://localhost'): Client {
  const app = buildApp({ kernel: harness.kernel, auth: harness.kernel.auth });
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const address = path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;
    const response = await app.request(`${origin}${address}`, {
      ...init,
      method: method.toUpperCase(),
      headers,
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  }
  const withBody = (method: string) => (path: string, body?: unknown) =>
    send(method, path, {
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    send,
    at: (other) => clientOf(harness, key, other),
    get: (path) => send('get', path),
    delete: (path) => send('delete', path),
    post: withBody('post'),
    patch: withBody('patch'),
    put: withBody('put'),
  };
}

/** The owner's caller of the first team, as the local command line. */
export async function ownerOf(harness: Harness): Promise<Caller> {
  await ensureFirstTeam(harness.kernel);
  return harness.kernel.auth.identify(
    new Request('http://localhost/', { headers: { authorization: `Bearer ${harness.localKey}` } }),
    'in-process',
  );
}

/** A token of a new person with a role in the first team. */
export async function tokenFor(harness: Harness, role: Role): Promise<string> {
  const { kernel } = harness;
  const owner = await ownerOf(harness);
  const id = await addMember(
    kernel,
    kernel.auth,
    owner,
    { name: role, email: `${role}@example.org`, password: 'correct horse battery' },
    role,
  );
  const made = await issueToken(kernel, { ...owner, principalId: id, role }, { name: role });
  return made.token;
}

/** A token of the owner of another team, for "another team's row is 404". */
export async function strangerToken(harness: Harness): Promise<string> {
  const { kernel } = harness;
  const owner = await ownerOf(harness);
  const id = await addMember(
    kernel,
    kernel.auth,
    owner,
    { name: 'Stranger', email: 'stranger@example.org', password: 'correct horse battery' },
    'owner',
  );
  const team = crypto.randomUUID();
  const now = new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeZone: 'UTC' }).format(kernel.clock.now());
  await kernel.db.run(
    sql`insert into kernel.team (id, name, zone, created_at, updated_at) values (${team}, 'Strangers', 'UTC', ${now}, ${now})`,
  );
  await kernel.db.run(sql`update kernel.membership set team_id = ${team} where principal_id = ${id}`);
  await kernel.db.run(sql`update kernel.principal set current_team_id = ${team} where id = ${id}`);
  const made = await issueToken(kernel, { ...owner, principalId: id, teamId: team }, { name: 'stranger' });
  return made.token;
}

/** A harness of these modules with the client of its first team's owner. */
export async function openWithOwner(
  manifests: readonly Manifest[],
): Promise<{ harness: Harness; owner: Client } & AsyncDisposable> {
  const harness = await openHarness({ manifests });
  await ownerOf(harness);
  return {
    harness,
    owner: clientOf(harness, harness.localKey),
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}
