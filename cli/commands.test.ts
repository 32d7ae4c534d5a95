import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../kernel/db/database.ts';
import { clientOf } from '../kernel/testing/http.ts';
import { type Machine, openMachine, run } from './almanac.fixture.ts';

let machine: Machine;
beforeAll(async () => {
  machine = await openMachine();
});
afterAll(() => machine[Symbol.asyncDispose]());

test('a token is made, shown once, listed and revoked', async () => {
  const made = await machine.almanac(['token', 'create', '--name', 'ci', '--json']);
  expect(made.code).toBe(0);
  const { id, token } = JSON.parse(made.out) as { id: string; token: string };
  const ci = clientOf(machine.harness, token);
  expect((await ci.get('/me')).status).toBe(200);
  const listed = await machine.almanac(['token', 'list']);
  expect(listed.out).toMatch(new RegExp(`^${id} +ci +${token.slice(0, 8)} `, 'm'));
  expect(listed.out).not.toContain(token);
  expect(await machine.almanac(['token', 'revoke', id])).toMatchObject({ code: 0, out: `Revoked ${id}.\n` });
  expect((await ci.get('/me')).status).toBe(401);
  const rows = await machine.harness.kernel.db.rows(
    sql<{ door: string }>`select distinct door from kernel.audit_entry where object_kind = 'token'`,
  );
  expect(rows).toEqual([{ door: 'cli' }]);
});

test('for a pipe the token stands alone on standard output', async () => {
  const { out, said } = await machine.almanac([
    'token',
    'create',
    '--name',
    'pipe',
    '--scopes',
    'kernel.watch',
    '--expires-days',
    '7',
  ]);
  expect(out).toMatch(/^alm_[\w-]+\n$/);
  expect(said).toBe('Keep it now: it is not shown again.\n');
});

test('what the server refuses is told with its mend and exit code 1', async () => {
  const refused = await machine.almanac(['token', 'create', '--name', 'x', '--scopes', 'kernel.tokn']);
  expect(refused).toEqual({
    code: 1,
    out: '',
    said: 'scopes: kernel.tokn is not a permission of yours. Did you mean kernel.tokens?\n',
  });
});

test('modules, jobs and the audit are shown for people and as JSON', async () => {
  expect((await machine.almanac(['modules'])).out).toMatch(/^kernel +installed +\d/m);
  const modules = JSON.parse((await machine.almanac(['modules', '--json'])).out) as { name: string }[];
  expect(modules.map(({ name }) => name)).toContain('engine');
  expect((await machine.almanac(['jobs'])).out).toMatch(/^No jobs yet/);
  expect(await machine.almanac(['audit'])).toMatchObject({ code: 0, out: expect.stringContaining('0 unaccounted') });
});

test('the settings are shown without a server, secrets hidden', async () => {
  const environment = {
    ALMANAC_HOME: '/tmp/almanac-nowhere',
    ALMANAC_PORT: '99',
    DATABASE_URL: 'postgres://u:secret@h/d',
  };
  const { code, out } = await run(['config'], environment);
  expect(code).toBe(0);
  expect(out).toMatch(/^port +environment +99$/m);
  expect(out).toMatch(/^database_url +environment +\[redacted\]$/m);
  expect(out).not.toContain('secret@');
});

test('where nothing serves, it says how to start it, with exit code 3', async () => {
  const nowhere = await run(['jobs'], { ALMANAC_HOME: '/tmp/almanac-nowhere' });
  expect(nowhere).toMatchObject({
    code: 3,
    said: expect.stringMatching(/^No Almanac serves the home .*`almanac serve`/),
  });
  const gone = await run(['jobs'], { ALMANAC_URL: 'http://127.0.0.1:1', ALMANAC_TOKEN: 'x' });
  expect(gone).toMatchObject({
    code: 3,
    said: expect.stringMatching(/^No Almanac answers at http:\/\/127\.0\.0\.1:1\./),
  });
});

test('another server is reached by its address and a token', async () => {
  const { out } = await machine.almanac(['token', 'create', '--name', 'remote']);
  const environment = { ALMANAC_HOME: '/tmp/almanac-nowhere', ALMANAC_URL: machine.url, ALMANAC_TOKEN: out.trim() };
  expect((await run(['modules'], environment)).code).toBe(0);
  expect(await run(['modules'], { ALMANAC_URL: machine.url })).toMatchObject({
    code: 1,
    said: expect.stringMatching(/ALMANAC_TOKEN is missing/),
  });
});

test.for([
  [['jbos'], /Did you mean jobs/],
  [['jobs', '--jsno'], /Did you mean --json/],
  [['token', 'create'], /required option '--name <name>'/],
] as const)('%j is not understood: exit code 2 and what was meant', async ([words, meant]) => {
  const { code, said } = await run(words);
  expect(code).toBe(2);
  expect(said).toMatch(meant);
});
