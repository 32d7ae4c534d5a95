import { assert, asyncProperty } from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { discoverModules } from '../modules/discover.ts';
import { type Building, expectRefusal, NOBODY, openBuilding, routesOf, type Said } from '../testing/every-route.ts';
import { alternativesOf, jsonSchemaOf, nearly, sampleOf, wrongFor } from '../testing/samples.ts';

/** Every run of the test draws the same values. */
const SEED = 20_261_120;

const manifests = await discoverModules();
const routes = routesOf(manifests);
const withBody = routes.flatMap(({ route, title }) =>
  route.body === undefined ? [] : [{ route, title, schema: jsonSchemaOf(route.body) }],
);
const withQuery = routes.flatMap(({ route, title }) =>
  route.query === undefined ? [] : [{ route, title, schema: jsonSchemaOf(route.query) }],
);

let building: Building;
beforeAll(async () => {
  building = await openBuilding(manifests);
});
afterAll(() => building[Symbol.asyncDispose]());

const role = 'owner';

describe('bad input is refused, naming the field, and changes nothing', () => {
  let before: Record<string, string>;
  beforeEach(async () => {
    before = await building.fingerprint();
  });
  afterEach(async () => {
    // oxlint-disable-next-line vitest/no-standalone-expect
    expect(await building.fingerprint()).toEqual(before);
  });

  test.for(withBody)('a body that is no JSON, no object or too large: $title', async ({ route, title }) => {
    for (const text of ['{', '{"a":}', 'nonsense', '\u0000', '{"a":1}}']) {
      expectRefusal(await building.ask(route, { role, text }), [400], `${title} with ${text}`);
    }
    for (const text of ['[]', '"text"', '1', 'null', 'true', '['.repeat(40) + ']'.repeat(40)]) {
      expectRefusal(await building.ask(route, { role, text }), [422], `${title} with ${text}`);
    }
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expectRefusal(await building.ask(route, { role, text: deep }), [422], `${title} nested deep`);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
    ]) {
      expectRefusal(await building.ask(route, { role, type, text: '{"a": 1}' }), [415], `${title} as ${type}`);
    }
    const large = JSON.stringify({ a: 'x'.repeat(1024 * 1024) });
    const said = await building.ask(route, { role, text: large });
    expect({ status: said.status, code: said.body.code }).toEqual({ status: 413, code: 'too_large' });
  });

  test.for(withBody)('an unknown field, told which one was meant: $title', async ({ route, title, schema }) => {
    for (const one of alternativesOf(schema)) {
      const sample = sampleOf(one) as object;
      const names = Object.keys(one.properties ?? {});
      for (const name of names.filter((known) => known.length > 3)) {
        const field = `${name.slice(0, 2)}z${name.slice(2)}`;
        const said = await building.ask(route, { role, text: JSON.stringify({ ...sample, [field]: 1 }) });
        expectRefusal(said, [422], `${title} with ${field}`);
        expect(said.body).toMatchObject({ code: 'unknown_field', field, hint: `Did you mean ${name}?` });
      }
      const strange = await building.ask(route, { role, text: JSON.stringify({ ...sample, qqqqqqqqqqqq: 1 }) });
      expect(strange.body).toMatchObject({ status: 422, code: 'unknown_field', field: 'qqqqqqqqqqqq' });
    }
  });

  test.for(withBody)(
    'a field of a wrong type, or text that cannot be kept: $title',
    async ({ route, title, schema }) => {
      for (const one of alternativesOf(schema)) {
        const sample = sampleOf(one) as Record<string, unknown>;
        // The sample itself may be refused for what no shape can say, such as a zone that does not exist.
        const own = (route.body?.safeParse(sample).error?.issues ?? []).map((issue) => String(issue.path[0]));
        for (const [name, inner] of Object.entries(one.properties ?? {})) {
          for (const wrong of wrongFor(inner)) {
            const said = await building.ask(route, { role, text: JSON.stringify({ ...sample, [name]: wrong }) });
            const about = `${title} with ${name}: ${JSON.stringify(wrong)}`;
            expectRefusal(said, [422], about);
            expect([name, ...own], `${about} names ${String(said.body.field)}`).toContain(topOf(said));
          }
        }
      }
      expect(alternativesOf(schema).length).toBeGreaterThan(0);
    },
  );

  test.for(withQuery)('a query that is unknown or cannot be kept: $title', async ({ route, title, schema }) => {
    const names = Object.keys(schema.properties ?? {});
    const said = await building.ask(route, { role, query: `?${names[0]}zz=1` });
    expectRefusal(said, [422], `${title} with an unknown parameter`);
    expect(said.body).toMatchObject({ code: 'unknown_field', field: `${names[0]}zz` });
    for (const name of names) {
      expectRefusal(await building.ask(route, { role, query: `?${name}=%00` }), [422], `${title} with ${name}=NUL`);
    }
  });

  const STRANGE = [
    '%00',
    '%',
    '%E0%A4%A',
    'null',
    '0',
    '-1',
    "';--",
    '*',
    '%F0%9F%98%80',
    'a'.repeat(3000),
    '%2e%2e%2f%2e%2e%2fetc',
  ];

  test('ids that are none', async () => {
    const byId = routes.filter(({ route }) => route.params !== undefined);
    for (const { route, title } of byId) {
      for (const id of [...STRANGE, NOBODY.slice(1), `${NOBODY}0`]) {
        const said = await building.ask(route, { role, id, text: route.body ? '{}' : undefined });
        expectRefusal(said, [400, 404, 422], `${title} with the id ${id}`);
      }
    }
    expect(byId.length).toBeGreaterThan(0);
  });

  // oxlint-disable-next-line vitest/expect-expect
  test.for(['/api/v1/nothing', '/api/', '/api/v2/me', '/api/auth/nothing', '/..%2f..%2fpackage.json', '/%00', '/%'])(
    'the path %s leads nowhere',
    async (path) => {
      expectRefusal(await building.get(path), [404], path);
    },
  );
});

test.for(withBody)('whatever nearly fits is answered without a fault: $title', async ({ route, title, schema }) => {
  const property = asyncProperty(nearly(schema), async (value) => {
    const text = JSON.stringify(value) ?? '';
    const { status, body } = await building.ask(route, { role, text });
    expect(status, `${title} with ${text}: ${JSON.stringify(body)}`).toBeLessThan(500);
  });
  await assert(property, { seed: SEED, numRuns: 150 });
});

test.for(withQuery)(
  'whatever nearly fits a query is answered without a fault: $title',
  async ({ route, title, schema }) => {
    const property = asyncProperty(nearly(schema), async (value) => {
      const given = Object.entries(Object(value) as Record<string, unknown>).map(([name, inner]) => [
        name,
        textOf(inner),
      ]);
      const query = `?${new URLSearchParams(given).toString()}`;
      const { status, body } = await building.ask(route, { role, query });
      expect(status, `${title} with ${query}: ${JSON.stringify(body)}`).toBeLessThan(500);
    });
    await assert(property, { seed: SEED, numRuns: 100 });
  },
);

/** The top-level field that an answer names. */
function topOf({ body }: Said): string | undefined {
  return typeof body?.field === 'string' ? body.field.split('.')[0] : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
