import { expect, test } from 'vitest';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { prepareFirstRun } from '../start/first-run.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { clientOf, ownerOf } from '../testing/http.ts';
import { addMember, issueOwnerLink } from './people.ts';

const DAY = 24 * 60 * 60 * 1000;
const person = { name: 'Ada', email: 'Ada@Example.org', password: 'correct horse battery', zone: 'Europe/Madrid' };

function open(config: Readonly<Record<string, unknown>> = {}): Promise<Harness> {
  return openHarness({ manifests: [kernelManifest], config });
}

test('the link makes the owner, in their zone, signed in, and is good for once', async () => {
  await using harness = await open();
  const link = await prepareFirstRun(harness.kernel, 'http://localhost:4780');
  const token = new URL(link ?? '').searchParams.get('token');
  expect(link).toMatch(/^http:\/\/localhost:4780\/first-run\?token=first_/);
  const anybody = clientOf(harness);
  expect((await anybody.get('/first-run')).body).toEqual({ needed: true });

  const made = await anybody.post('/first-run', { token, ...person });
  expect(made.status).toBe(201);
  const cookie = made.headers.get('set-cookie')?.split(';')[0] ?? '';
  const me = await anybody.send('get', '/me', { headers: { cookie } });
  expect(me.body).toMatchObject({
    principal: { name: 'Ada', kind: 'user', zone: 'Europe/Madrid' },
    team: { zone: 'Europe/Madrid' },
    role: 'owner',
  });
  expect((await anybody.get('/first-run')).body).toEqual({ needed: false });

  const again = await anybody.post('/first-run', { token, ...person, email: 'second@example.org' });
  expect(again).toMatchObject({ status: 410, body: { code: 'gone', hint: expect.stringContaining('sign in') } });
  expect(await prepareFirstRun(harness.kernel, 'http://localhost')).toBeUndefined();
});

test('a link is good for a day, and a newer one takes its force', async () => {
  await using harness = await open();
  const first = await issueOwnerLink(harness.kernel);
  harness.clock.advance(1);
  const second = await issueOwnerLink(harness.kernel);
  const anybody = clientOf(harness);
  expect((await anybody.post('/first-run', { token: first, ...person })).status).toBe(410);
  harness.clock.advance(DAY);
  expect((await anybody.post('/first-run', { token: second, ...person })).status).toBe(410);
});

test('a link that never was is not found', async () => {
  await using harness = await open();
  await issueOwnerLink(harness.kernel);
  const answer = await clientOf(harness).post('/first-run', { token: 'first_made-up', ...person });
  expect(answer).toMatchObject({ status: 404, body: { field: 'token' } });
});

test('a refused account leaves the link good and nothing behind', async () => {
  await using harness = await open();
  const token = await issueOwnerLink(harness.kernel);
  const anybody = clientOf(harness);
  const post = (given: object): ReturnType<typeof anybody.post> =>
    anybody.post('/first-run', { token, ...person, ...given });
  expect(await post({ password: 'short' })).toMatchObject({ status: 422, body: { field: 'password' } });
  expect(await post({ email: 'nobody' })).toMatchObject({ status: 422, body: { field: 'email' } });
  expect(await post({ zone: 'Mars/Olympus' })).toMatchObject({ status: 422, body: { field: 'zone' } });

  const { kernel } = harness;
  await addMember(kernel, kernel.auth, await ownerOf(harness), { ...person, email: 'taken@example.org' }, 'viewer');
  expect(await post({ email: 'taken@example.org' })).toMatchObject({ status: 409, body: { field: 'email' } });
  expect(await accounts(harness)).toEqual(['taken@example.org']);
  expect((await post({})).status).toBe(201);
});

test('an account whose person cannot be added is taken back, and the link stays good', async () => {
  await using harness = await open();
  const { db } = harness.kernel;
  const token = await issueOwnerLink(harness.kernel);
  await db.run(sql`alter table kernel.principal add constraint nobody check (kind <> 'user')`);
  const anybody = clientOf(harness);
  expect((await anybody.post('/first-run', { token, ...person })).status).toBe(500);
  expect(await accounts(harness)).toEqual([]);
  await db.run(sql`alter table kernel.principal drop constraint nobody`);
  expect((await anybody.post('/first-run', { token, ...person })).status).toBe(201);
});

test('of two who use the link at once, one becomes the owner', async () => {
  await using harness = await open();
  const token = await issueOwnerLink(harness.kernel);
  const anybody = clientOf(harness);
  const answers = await Promise.all(
    ['one', 'two', 'three'].map((name) =>
      anybody.post('/first-run', { token, ...person, email: `${name}@example.org` }),
    ),
  );
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 410, 410]);
  expect(await accounts(harness)).toHaveLength(1);
});

test('guessing links is slow: the eleventh in a minute waits', async () => {
  await using harness = await open();
  const anybody = clientOf(harness);
  for (let i = 0; i < 10; i++) await anybody.post('/first-run', { token: `first_${i}`, ...person });
  const refused = await anybody.post('/first-run', { token: 'first_10', ...person });
  expect(refused).toMatchObject({ status: 429, body: { retry_after: 60 } });
  expect(refused.headers.get('retry-after')).toBe('60');
  harness.clock.advance(60_000);
  expect((await anybody.post('/first-run', { token: 'first_11', ...person })).status).toBe(404);
});

test('settings that name the owner make the account without a link, once', async () => {
  const settings = {
    owner_email: 'ops@example.org',
    owner_password: 'a long enough secret',
    owner_name: 'Ops',
    zone: 'Asia/Tokyo',
  };
  await using harness = await open(settings);
  expect(await prepareFirstRun(harness.kernel, 'http://localhost')).toBeUndefined();
  expect(await prepareFirstRun(harness.kernel, 'http://localhost')).toBeUndefined();
  expect(await accounts(harness)).toEqual(['ops@example.org']);
  const anybody = clientOf(harness);
  const signIn = await anybody.send('post', '//api/auth/sign-in/email', {
    headers: { 'content-type': 'application/json', origin: 'http://localhost' },
    body: JSON.stringify({ email: 'ops@example.org', password: 'a long enough secret' }),
  });
  expect(signIn.status).toBe(200);
});

const OPS = { owner_email: 'ops@example.org', owner_password: 'a long enough secret' };

test('of two nodes that start unattended at once on an empty database, both serve, with one owner', async () => {
  await using one = await open(OPS);
  await using two = await openHarness({ manifests: [kernelManifest], config: OPS, database: one.database });
  const starts = [one, two].map(({ kernel }) => prepareFirstRun(kernel, 'http://localhost'));
  expect(await Promise.all(starts)).toEqual([undefined, undefined]);
  expect(await accounts(one)).toEqual(['ops@example.org']);
});

test('an account that a killed start left without a person becomes the owner, and its old password and session do not', async () => {
  await using harness = await open(OPS);
  const { auth } = harness.kernel;
  const old = { email: OPS.owner_email, name: 'Before', password: 'what it was before' };
  await auth.createAccount(old);
  const cookie = (await auth.cookieFor(new Request('http://localhost/'), old)).split(';')[0] ?? '';
  expect(await prepareFirstRun(harness.kernel, 'http://localhost')).toBeUndefined();
  expect(await accounts(harness)).toEqual(['ops@example.org']);
  const anybody = clientOf(harness);
  expect((await anybody.send('get', '/me', { headers: { cookie } })).status).toBe(401);
  const opened = auth.cookieFor(new Request('http://localhost/'), { ...old, password: OPS.owner_password });
  expect(await opened).toContain('almanac.session_token=');
  await expect(auth.cookieFor(new Request('http://localhost/'), old)).rejects.toMatchObject({ status: 401 });
});

test('half of an owner in the settings is refused, naming the missing half', async () => {
  await using harness = await open({ owner_email: 'ops@example.org' });
  const refused = prepareFirstRun(harness.kernel, 'http://localhost');
  await expect(refused).rejects.toMatchObject({ field: 'owner_password', hint: expect.stringContaining('_FILE') });
});

async function accounts({ kernel }: Harness): Promise<string[]> {
  const rows = await kernel.db.rows(sql<{ email: string }>`select email from auth."user" order by email`);
  return rows.map(({ email }) => email);
}
