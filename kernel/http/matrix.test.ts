import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { discoverModules } from '../modules/discover.ts';
import { type Role, ROLES } from '../auth/roles.ts';
import type { Manifest } from '../modules/module.ts';
import { type Building, expectRefusal, type KnownRoute, openBuilding, routesOf } from '../testing/every-route.ts';

/** What is reachable without an account, by name: adding a line here is a decision. */
const PUBLIC = [
  'GET /api/v1/first-run',
  'GET /healthz',
  // From loopback only, or with a token.
  'GET /metrics',
  'GET /readyz',
  'POST /api/v1/first-run',
];

const manifests = await discoverModules();
const routes = routesOf(manifests);
const guarded = routes.filter(({ route }) => route.access !== 'public');

let building: Building;
beforeAll(async () => {
  building = await openBuilding(manifests);
});
afterAll(() => building[Symbol.asyncDispose]());

test('there are routes to look at, each once', () => {
  const titles = routes.map(({ title }) => title);
  expect(titles.length).toBeGreaterThan(10);
  expect(titles).toEqual([...new Set(titles)]);
});

test('exactly the routes named here are public', () => {
  const open = routes.filter(({ route }) => route.access === 'public').map(({ title }) => title);
  expect(open.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(PUBLIC);
});

test('every permission that a route asks for is declared by its module or one it needs', () => {
  const reach = (name: string): Manifest[] =>
    manifests.filter((known) => known.name === name).flatMap((found) => [found, ...found.needs.flatMap(reach)]);
  const stray = guarded
    .filter(({ route }) => route.access !== 'signed-in')
    .filter(({ manifest, route }) => !reach(manifest.name).some(({ permissions }) => route.access in permissions));
  expect(stray.map(({ title, route }) => `${title}: ${route.access}`)).toEqual([]);
});

test('without an account every other route answers 401, and so do metrics from afar', async () => {
  const before = await building.fingerprint();
  const metrics = routes.filter(({ title }) => title === 'GET /metrics');
  for (const { route, title } of [...guarded, ...metrics]) {
    expectRefusal(await building.ask(route, { text: route.body ? '{}' : undefined }), [401], title);
  }
  expect(await building.fingerprint()).toEqual(before);
});

describe.for(ROLES)('as %s', (role) => {
  const may = guarded.filter((known) => isAllowed(known, role));
  const mayNot = guarded.filter((known) => !isAllowed(known, role));

  test('whoever the manifests allow is let in', async () => {
    for (const { route, title } of may) {
      // Something that does not exist, or nothing at all: nobody changes anything here.
      const { status } = await building.ask(route, { role, text: route.body ? '{"": 0}' : undefined });
      expect([401, 403, 500], `${title} as ${role}`).not.toContain(status);
    }
    expect(may.length).toBeGreaterThan(0);
  });

  test('everybody else is refused, naming the permission', async () => {
    for (const { route, title } of mayNot) {
      const said = await building.ask(route, { role, text: route.body ? '{"": 0}' : undefined });
      expectRefusal(said, [403], `${title} as ${role}`);
      expect(said.body.detail).toContain(route.access);
    }
    expect(may.length + mayNot.length).toBe(guarded.length);
  });
});

function isAllowed({ route }: KnownRoute, role: Role): boolean {
  const permission = manifests.map(({ permissions }) => permissions[route.access]).find((found) => found !== undefined);
  return route.access === 'signed-in' || role === 'owner' || (permission?.roles.includes(role) ?? false);
}
