import { expect, test } from 'vitest';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { clientOf, type Client, ownerOf, strangerToken, tokenFor } from '../testing/http.ts';

const DAY = 24 * 60 * 60 * 1000;

async function open(): Promise<{ harness: Harness; owner: Client } & AsyncDisposable> {
  const harness = await openHarness({ manifests: [kernelManifest] });
  await ownerOf(harness);
  return {
    harness,
    owner: clientOf(harness, harness.localKey),
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}

test('a token opens the door until it is revoked, and its secret is kept nowhere', async () => {
  await using story = await open();
  const { harness, owner } = story;
  const made = await owner.post('/tokens', { name: 'ci' });
  expect(made).toMatchObject({ status: 201, body: { token: expect.stringMatching(/^alm_/), expires_at: null } });
  const { id, token } = made.body as { id: string; token: string };
  const ci = clientOf(harness, token);
  expect((await ci.get('/me')).body.role).toBe('owner');
  const listed = await owner.get('/tokens');
  expect(listed.body.items).toMatchObject([{ id, name: 'ci', hint: token.slice(0, 8), scopes: null }]);
  expect(JSON.stringify(listed.body)).not.toContain(token);
  expect(JSON.stringify(await harness.kernel.db.rows(sql`select * from kernel.api_token`))).not.toContain(token);

  expect((await owner.delete(`/tokens/${id}`)).status).toBe(204);
  expect((await ci.get('/me')).status).toBe(401);
  expect((await owner.delete(`/tokens/${id}`)).status).toBe(404);
  const audit = await harness.kernel.db.rows(
    sql<{ action: string }>`select action from kernel.audit_entry order by at, id`,
  );
  expect(audit.map(({ action }) => action)).toEqual(['token.created', 'token.revoked']);
});

test('a token ends at the instant it was made for', async () => {
  await using story = await open();
  const { harness, owner } = story;
  const made = await owner.post('/tokens', { name: 'short', expires_in_days: 1 });
  expect(made.body.expires_at).toBe('2026-11-21T12:00:00.000Z');
  const short = clientOf(harness, made.body.token);
  harness.clock.advance(DAY - 1);
  expect((await short.get('/me')).status).toBe(200);
  harness.clock.advance(1);
  expect((await short.get('/me')).status).toBe(401);
});

test('a token with scopes may do no more than they say, nor make a token that may', async () => {
  await using story = await open();
  const { harness, owner } = story;
  const made = await owner.post('/tokens', { name: 'tokens only', scopes: ['kernel.tokens'] });
  const scoped = clientOf(harness, made.body.token);
  expect((await scoped.get('/me')).body.permissions).toEqual(['kernel.tokens']);
  expect((await scoped.get('/members')).status).toBe(403);
  const child = await scoped.post('/tokens', { name: 'child' });
  expect((await clientOf(harness, child.body.token).get('/members')).status).toBe(403);
  const wider = await scoped.post('/tokens', { name: 'wider', scopes: ['kernel.members'] });
  expect(wider).toMatchObject({ status: 422, body: { field: 'scopes' } });
});

test('a mistyped scope is answered with the one that was meant', async () => {
  await using story = await open();
  const answer = await story.owner.post('/tokens', { name: 'x', scopes: ['kernel.tokn'] });
  expect(answer).toMatchObject({ status: 422, body: { field: 'scopes', hint: 'Did you mean kernel.tokens?' } });
});

test('a token loses what its person loses', async () => {
  await using story = await open();
  const { harness } = story;
  const admin = clientOf(harness, await tokenFor(harness, 'admin'));
  expect((await admin.get('/members')).status).toBe(200);
  await harness.kernel.db.run(sql`update kernel.membership set role = 'viewer' where role = 'admin'`);
  expect((await admin.get('/members')).status).toBe(403);
  await harness.kernel.db.run(sql`delete from kernel.membership where role = 'viewer'`);
  expect((await admin.get('/me')).status).toBe(401);
});

test('tokens of another team cannot be seen or revoked', async () => {
  await using story = await open();
  const { harness, owner } = story;
  const made = await owner.post('/tokens', { name: 'ours' });
  const stranger = clientOf(harness, await strangerToken(harness));
  const seen = (await stranger.get('/tokens')).body.items as { name: string }[];
  expect(seen.map(({ name }) => name)).toEqual(['stranger']);
  expect((await stranger.delete(`/tokens/${made.body.id}`)).status).toBe(404);
  expect((await clientOf(harness, made.body.token).get('/me')).status).toBe(200);
});

test.for(['Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'Bearer alm_unknown'])(
  'the Authorization header "%s" opens nothing',
  async (authorization) => {
    await using story = await open();
    const answer = await clientOf(story.harness).send('get', '/me', { headers: { authorization } });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  },
);

test('guessing tokens is slow, and those who have one do not notice', async () => {
  await using story = await open();
  const { harness, owner } = story;
  const guess = (): Promise<{ status: number }> => clientOf(harness, `alm_${crypto.randomUUID()}`).get('/me');
  for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401);
  expect((await guess()).status).toBe(429);
  expect((await owner.get('/me')).status).toBe(200);
  harness.clock.advance(60_000);
  expect((await guess()).status).toBe(401);
});

test('only an owner makes owners', async () => {
  await using story = await open();
  const { harness, owner } = story;
  const admin = clientOf(harness, await tokenFor(harness, 'admin'));
  const person = { name: 'New', password: 'correct horse battery' };
  const asked = await admin.post('/members', { ...person, email: 'a@example.org', role: 'owner' });
  expect(asked).toMatchObject({ status: 403, body: { field: 'role' } });
  expect((await admin.post('/members', { ...person, email: 'b@example.org', role: 'viewer' })).status).toBe(201);
  expect((await owner.post('/members', { ...person, email: 'c@example.org', role: 'owner' })).status).toBe(201);
  const taken = await owner.post('/members', { ...person, email: 'B@example.org', role: 'viewer' });
  expect(taken).toMatchObject({ status: 409, body: { code: 'email_taken', field: 'email' } });
});
