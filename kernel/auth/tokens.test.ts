import { expect, test } from 'vitest';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { clientOf, openWithOwner, strangerToken, tokenFor } from '../testing/http.ts';

const DAY = 24 * 60 * 60 * 1000;

test('a token opens the door until it is revoked, and its secret is kept nowhere', async () => {
  await using story = await openWithOwner([kernelManifest]);
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
  await using story = await openWithOwner([kernelManifest]);
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
  await using story = await openWithOwner([kernelManifest]);
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

test('a token that another one made ends with it at the latest', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { harness, owner } = story;
  const parent = await owner.post('/tokens', { name: 'parent', expires_in_days: 2 });
  const made = clientOf(harness, parent.body.token);
  const ends = async (wish: object): Promise<string> =>
    (await made.post('/tokens', { name: 'x', ...wish })).body.expires_at;
  expect(await ends({})).toBe(parent.body.expires_at);
  expect(await ends({ expires_in_days: 3650 })).toBe(parent.body.expires_at);
  expect(await ends({ expires_in_days: 1 })).toBe('2026-11-21T12:00:00.000Z');
});

test('revoking a token revokes all that come from it, and nothing else', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { harness, owner } = story;
  const parent = (await owner.post('/tokens', { name: 'parent' })).body;
  const child = (await clientOf(harness, parent.token).post('/tokens', { name: 'child' })).body;
  const grandchild = (await clientOf(harness, child.token).post('/tokens', { name: 'grandchild' })).body;
  const other = (await owner.post('/tokens', { name: 'other' })).body;
  expect((await owner.delete(`/tokens/${parent.id}`)).status).toBe(204);
  for (const { token } of [parent, child, grandchild]) {
    expect((await clientOf(harness, token).get('/me')).status).toBe(401);
  }
  expect((await clientOf(harness, other.token).get('/me')).status).toBe(200);
  const [revoked] = await harness.kernel.db.rows(
    sql<{ count: number }>`select count(*) from kernel.audit_entry where action = 'token.revoked'`,
  );
  expect(revoked?.count).toBe(3);
});

test('who lacks a permission is told whether it is the token or the role', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { harness, owner } = story;
  const scoped = await owner.post('/tokens', { name: 'scoped', scopes: ['kernel.tokens'] });
  const refused = await clientOf(harness, scoped.body.token).get('/members');
  expect(refused).toMatchObject({
    status: 403,
    body: { detail: expect.stringContaining('which this token does not') },
  });
  const viewer = await clientOf(harness, await tokenFor(harness, 'viewer')).get('/members');
  expect(viewer.body.detail).toContain('which your role viewer does not');
});

test('the key of this machine opens nothing from elsewhere, nor through a proxy', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { harness } = story;
  const { auth } = harness.kernel;
  const ask = (remote: string, headers: Record<string, string> = {}): Promise<unknown> =>
    auth.identify(
      new Request('http://localhost/', { headers: { authorization: `Bearer ${harness.localKey}`, ...headers } }),
      remote,
    );
  for (const remote of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', 'in-process']) {
    expect(await ask(remote)).toMatchObject({ kind: 'service', role: 'owner' });
    await expect(ask(remote, { 'x-forwarded-for': '127.0.0.1' })).rejects.toMatchObject({ status: 401 });
  }
  for (const remote of ['192.168.1.5', '::ffff:10.0.0.1', 'unknown', '128.0.0.1']) {
    await expect(ask(remote)).rejects.toMatchObject({ status: 401 });
  }
});

test('a mistyped scope is answered with the one that was meant', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const answer = await story.owner.post('/tokens', { name: 'x', scopes: ['kernel.tokn'] });
  expect(answer).toMatchObject({ status: 422, body: { field: 'scopes', hint: 'Did you mean kernel.tokens?' } });
});

test('a token loses what its person loses', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { harness } = story;
  const admin = clientOf(harness, await tokenFor(harness, 'admin'));
  expect((await admin.get('/members')).status).toBe(200);
  await harness.kernel.db.run(sql`update kernel.membership set role = 'viewer' where role = 'admin'`);
  expect((await admin.get('/members')).status).toBe(403);
  await harness.kernel.db.run(sql`delete from kernel.membership where role = 'viewer'`);
  expect((await admin.get('/me')).status).toBe(401);
});

test('tokens of another team cannot be seen or revoked', async () => {
  await using story = await openWithOwner([kernelManifest]);
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
    await using story = await openWithOwner([kernelManifest]);
    const answer = await clientOf(story.harness).send('get', '/me', { headers: { authorization } });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  },
);

test('guessing tokens is slow, and those who have one do not notice', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { harness, owner } = story;
  const guess = (): Promise<{ status: number }> => clientOf(harness, `alm_${crypto.randomUUID()}`).get('/me');
  for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401);
  expect((await guess()).status).toBe(429);
  expect((await owner.get('/me')).status).toBe(200);
  harness.clock.advance(60_000);
  expect((await guess()).status).toBe(401);
});

test('only an owner makes owners', async () => {
  await using story = await openWithOwner([kernelManifest]);
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

test('a token with scopes adds nobody who may do more than it may itself', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const made = await story.owner.post('/tokens', { name: 'members only', scopes: ['kernel.members'] });
  const scoped = clientOf(story.harness, made.body.token);
  const person = { name: 'Eve', email: 'eve@example.org', password: 'correct horse battery' };
  expect(await scoped.post('/members', { ...person, role: 'owner' })).toMatchObject({
    status: 403,
    body: { field: 'role' },
  });
  expect((await story.owner.get('/members')).body.items).toHaveLength(1);
  expect((await story.owner.post('/members', { ...person, role: 'owner' })).status).toBe(201);
});
