import { expect } from 'vitest';
import { addMember } from '../auth/people.ts';
import { issueToken } from '../auth/tokens.ts';
import { sql } from '../db/database.ts';
import { buildApp, fullPath } from '../http/app.ts';
import type { Route } from '../http/route.ts';
import { type Role, ROLES } from '../auth/roles.ts';
import type { Manifest } from '../modules/module.ts';
import { type Harness, openHarness } from './harness.ts';
import { ownerOf } from './http.ts';

export interface KnownRoute {
  readonly manifest: Manifest;
  readonly route: Route;
  /** Such as `GET /api/v1/me`. */
  readonly title: string;
}

export function routesOf(manifests: readonly Manifest[]): KnownRoute[] {
  return manifests.flatMap((manifest) =>
    (manifest.routes ?? []).map((route) => {
      const title = `${route.method.toUpperCase()} ${fullPath(route.path)}`;
      return { manifest, route, title };
    }),
  );
}

export interface Said {
  readonly status: number;
  readonly type: string;
  // The shape of an answer is what a test asserts.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface Asked {
  readonly role?: Role;
  /** The text of the body. */
  readonly text?: string | undefined;
  /** Its media type, when not JSON. */
  readonly type?: string;
  readonly query?: string;
  /** Stands in for every parameter of the path. */
  readonly id?: string;
}

export interface Building extends AsyncDisposable {
  readonly harness: Harness;
  /** Asks from afar, as somebody with a role, or as nobody. */
  ask(route: Route, asked: Asked): Promise<Said>;
  /** The same for a path as it is written. */
  get(path: string): Promise<Said>;
  /** Everything in the tables of all modules, one word a table. */
  fingerprint(): Promise<Record<string, string>>;
}

/** An id that nothing has. */
export const NOBODY = '01a1f8d3-ea00-7bdf-b427-5e1572c0488a';

/** The whole API with one person of each role. */
export async function openBuilding(manifests: readonly Manifest[]): Promise<Building> {
  const harness = await openHarness({ manifests });
  const app = buildApp({ kernel: harness.kernel, auth: harness.kernel.auth });
  const keys = await keysOf(harness);

  async function send(address: string, init: RequestInit): Promise<Said> {
    const response = await app.request(`http://localhost${address}`, init);
    const type = response.headers.get('content-type') ?? '';
    // A stream has no end.
    if (type.startsWith('text/event-stream')) await response.body?.cancel();
    const text = response.bodyUsed || type.startsWith('text/event-stream') ? '' : await response.text();
    return { status: response.status, type, body: type.includes('json') && text !== '' ? JSON.parse(text) : text };
  }

  return {
    harness,
    get: (path) => send(path, {}),
    ask(route, { role, text, type = 'application/json', query = '', id = NOBODY }) {
      // Metrics are open to loopback; here everything comes from afar.
      const headers = new Headers({ 'x-forwarded-for': '203.0.113.9' });
      if (role !== undefined) headers.set('authorization', `Bearer ${keys.get(role) ?? ''}`);
      if (text !== undefined) headers.set('content-type', type);
      const body = text === undefined ? {} : { body: text };
      const path = fullPath(route.path).replaceAll(/\{\w+\}/g, id);
      return send(`${path}${query}`, { method: route.method.toUpperCase(), headers, ...body });
    },
    fingerprint: () => fingerprintOf(harness, [...manifests.map(({ name }) => name), 'auth']),
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}

/** Asserts that an answer refuses with a problem document; `about` says what was asked. */
export function expectRefusal(said: Said, statuses: readonly number[], about: string): void {
  expect(statuses, `${about}: ${said.status} ${JSON.stringify(said.body)}`).toContain(said.status);
  const { type, body } = said;
  const { code, detail, request_id: request } = body as Record<string, unknown>;
  const form = { about, type, status: body.status, code: typeof code, detail: typeof detail, request: typeof request };
  const expected = { status: said.status, code: 'string', detail: 'string', request: 'string' };
  expect(form).toEqual({ about, type: 'application/problem+json', ...expected });
}

async function keysOf(harness: Harness): Promise<Map<Role, string>> {
  const owner = await ownerOf(harness);
  const keys = new Map<Role, string>();
  for (const role of ROLES) {
    const person = { name: role, email: `${role}@example.org`, password: 'correct horse battery' };
    const id = await addMember(harness.kernel, harness.kernel.auth, owner, person, role);
    const { token } = await issueToken(harness.kernel, { ...owner, principalId: id, role }, { name: role });
    keys.set(role, token);
  }
  return keys;
}

async function fingerprintOf({ kernel }: Harness, schemas: readonly string[]): Promise<Record<string, string>> {
  const tables = await kernel.db.rows(sql<{ name: string }>`
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname = any(${schemas}) order by 1`);
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    // When a token was last used is no change of anything.
    const row = name === 'kernel.api_token' ? sql`(to_jsonb(t) - 'last_used_at')::text` : sql`t::text`;
    const [word] = await kernel.db.rows(sql<{ word: string }>`
      select coalesce(md5(string_agg(w, '|' order by w)), '') as word from (select ${row} as w from ${sql.raw(name)} t) x`);
    found[name] = word?.word ?? '';
  }
  return found;
}
