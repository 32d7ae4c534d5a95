import { expect, test } from 'vitest';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { type Answer, clientOf, ownerOf } from '../testing/http.ts';
import { addOwner, ensureFirstTeam } from './people.ts';

const login = { email: 'ada@example.org', password: 'correct horse battery' };
const HOST = 'http://localhost';

async function open(config: Readonly<Record<string, unknown>> = {}): Promise<Harness> {
  const harness = await openHarness({ manifests: [kernelManifest], config });
  const team = await ensureFirstTeam(harness.kernel);
  await addOwner(harness.kernel, harness.kernel.auth, team, { name: 'Ada', ...login });
  return harness;
}

function post(harness: Harness, path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = { 'content-type': 'application/json', origin: HOST, ...headers };
  return clientOf(harness).send('post', path, { headers: sent, body: JSON.stringify(body) });
}

async function signIn(harness: Harness): Promise<string> {
  const answer = await post(harness, '//api/auth/sign-in/email', login);
  expect(answer.status).toBe(200);
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

test('signing in sets a cookie that scripts cannot read; signing out ends it', async () => {
  await using harness = await open();
  const answer = await post(harness, '//api/auth/sign-in/email', { ...login, email: 'ADA@example.org' });
  const set = answer.headers.get('set-cookie') ?? '';
  expect(set).toMatch(/^almanac\.session_token=.*HttpOnly.*SameSite=Lax/i);
  const cookie = set.split(';')[0] ?? '';
  const anybody = clientOf(harness);
  expect((await anybody.send('get', '/me', { headers: { cookie } })).body.principal.name).toBe('Ada');
  expect((await post(harness, '//api/auth/sign-out', {}, { cookie })).status).toBe(200);
  expect((await anybody.send('get', '/me', { headers: { cookie } })).status).toBe(401);
});

test('a wrong password and an unknown address get the same answer', async () => {
  await using harness = await open();
  const wrong = await post(harness, '//api/auth/sign-in/email', { ...login, password: 'not the right one' });
  const unknown = await post(harness, '//api/auth/sign-in/email', { ...login, email: 'nobody@example.org' });
  expect(wrong.status).toBe(401);
  expect(wrong.headers.get('content-type')).toBe('application/problem+json');
  expect({ ...wrong.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' });
});

test('guessing passwords is slow: the eleventh in a minute waits, even with the right one', async () => {
  await using harness = await open();
  const wrong = { ...login, password: 'not the right one' };
  for (let i = 0; i < 10; i++) expect((await post(harness, '//api/auth/sign-in/email', wrong)).status).toBe(401);
  const refused = await post(harness, '//api/auth/sign-in/email', login);
  expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
  harness.clock.advance(60_000);
  await signIn(harness);
});

test('signing in rightly is not counted', async () => {
  await using harness = await open();
  for (let i = 0; i < 12; i++) await signIn(harness);
  expect((await post(harness, '//api/auth/sign-in/email', { ...login, password: 'wrong' })).status).toBe(401);
});

test('guesses at one account do not lock out others behind the same address, until they are very many', async () => {
  await using harness = await open();
  const guess = async (email: string): Promise<number> =>
    (await post(harness, '//api/auth/sign-in/email', { email, password: 'not the right one' })).status;
  for (let i = 0; i < 30; i++) await guess('other@example.org');
  expect(await guess('Other@example.org')).toBe(429);
  await signIn(harness);
  for (let i = 0; i < 90; i++) expect(await guess(`guess${i}@example.org`)).toBe(401);
  expect(await guess('last@example.org')).toBe(429);
});

test('the library’s own paths say which method they answer', async () => {
  await using harness = await open();
  const answer = await clientOf(harness).get('//api/auth/sign-in/email');
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe('POST');
});

test('nobody makes an account by themselves, and the rest of the library is shut', async () => {
  await using harness = await open();
  for (const path of ['/sign-up/email', '/update-user', '/list-sessions', '/delete-user', '/error', '/ok']) {
    expect((await post(harness, `//api/auth${path}`, { ...login, name: 'X' })).status).toBe(404);
  }
});

test('with a cookie, a write from another site is refused and one from our own pages is not', async () => {
  await using harness = await open();
  const cookie = await signIn(harness);
  const rename = (headers: Record<string, string>): Promise<Answer> =>
    clientOf(harness).send('patch', '/me', {
      headers: { 'content-type': 'application/json', cookie, ...headers },
      body: JSON.stringify({ name: 'Eve' }),
    });
  for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, {}]) {
    expect(await rename(headers)).toMatchObject({ status: 403, body: { code: 'foreign_origin' } });
  }
  expect((await clientOf(harness).send('get', '/me', { headers: { cookie } })).body.principal.name).toBe('Ada');
  expect((await rename({ origin: HOST })).status).toBe(200);
});

test('another site can neither sign somebody in nor out', async () => {
  await using harness = await open();
  const cookie = await signIn(harness);
  const foreign = { origin: 'https://evil.example' };
  expect((await post(harness, '//api/auth/sign-in/email', login, { ...foreign, cookie })).status).toBe(403);
  expect((await post(harness, '//api/auth/sign-in/email', login, foreign)).status).toBe(403);
  expect((await post(harness, '//api/auth/sign-out', {}, { ...foreign, cookie })).status).toBe(403);
  expect((await clientOf(harness).send('get', '/me', { headers: { cookie } })).status).toBe(200);
});

test('behind a proxy with TLS the cookie is secure and the public address is our own', async () => {
  await using harness = await open({ public_url: 'https://almanac.example.org' });
  const origin = 'https://almanac.example.org';
  const answer = await post(harness, '//api/auth/sign-in/email', login, { origin });
  expect(answer.headers.get('set-cookie')).toMatch(/^__Secure-almanac\.session_token=.*; Secure/);
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  const renamed = await clientOf(harness).send('patch', '/me', {
    headers: { 'content-type': 'application/json', cookie, origin },
    body: JSON.stringify({ name: 'Ada L.' }),
  });
  expect(renamed.status).toBe(200);
});

test('on a machine that is reached by another name, its own pages may sign in', async () => {
  await using harness = await open({ listen: '0.0.0.0' });
  harness.kernel.auth.setOrigin('http://127.0.0.1:4780');
  const app = clientOf(harness);
  const answer = await app.at('http://nas.lan:4780').send('post', '//api/auth/sign-in/email', {
    headers: { 'content-type': 'application/json', origin: 'http://nas.lan:4780', host: 'nas.lan:4780' },
    body: JSON.stringify(login),
  });
  expect(answer.status).toBe(200);
});

test('a person without a team is told so', async () => {
  await using harness = await open();
  const cookie = await signIn(harness);
  await harness.kernel.db.run(
    sql`delete from kernel.membership m using kernel.principal p where p.id = m.principal_id and p.kind = 'user'`,
  );
  const answer = await clientOf(harness).send('get', '/me', { headers: { cookie } });
  expect(answer).toMatchObject({ status: 403, body: { code: 'no_team', hint: 'Ask an owner to add you.' } });
});

test('the team of X-Team is used, and only one of one’s own', async () => {
  await using harness = await open();
  const { teamId } = await ownerOf(harness);
  const me = (team: string): Promise<Answer> =>
    clientOf(harness, harness.localKey).send('get', '/me', { headers: { 'x-team': team } });
  expect((await me(teamId)).body.team.id).toBe(teamId);
  expect(await me(crypto.randomUUID())).toMatchObject({ status: 403, body: { code: 'no_team', field: 'X-Team' } });
  expect((await me('nonsense')).status).toBe(403);
});

test('the command line of this machine keeps its name, by which it is found', async () => {
  await using harness = await open();
  const local = clientOf(harness, harness.localKey);
  expect(await local.patch('/me', { name: 'Somebody' })).toMatchObject({ status: 422, body: { field: 'name' } });
  expect((await local.patch('/me', { zone: 'Asia/Tokyo' })).body.zone).toBe('Asia/Tokyo');
  expect((await local.get('/me')).body.principal.name).toBe('Command line on this machine');
});
