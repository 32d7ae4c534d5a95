import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { cleanUpAfterEach, isAlive, newHome, postmastersIn, servingPid, start, statusOf } from './start/almanac.ts';

// The whole thing as a person starts it: the launcher, the process, PostgreSQL.

const root = path.dirname(import.meta.dirname);

beforeAll(() => {
  // The launcher installs what is missing, which would take the packages away from under this very test.
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`);
  const stamp = path.join(root, 'node_modules/.installed');
  const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted.digest('hex');
  if (!installed) throw new Error('The installed packages are not those of the lockfile: run npm test.');
});

cleanUpAfterEach();

describe('on an empty home', () => {
  test('it serves, says so in one line, and offers the owner link; Ctrl-C ends everything', async () => {
    const home = newHome();
    const almanac = start(home);
    const { url, first_run: link } = await almanac.ready;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(link).toMatch(new RegExp(`^${url}/first-run\\?token=first_`));
    expect(await statusOf(url, '/healthz')).toBe(200);
    expect(await statusOf(url, '/api/v1/me')).toBe(401);
    expect(postmastersIn(home)).toHaveLength(1);

    // An open stream must not hold the stop up.
    expect(statSync(path.join(home, 'local.key')).mode & 0o777).toBe(0o600);
    const key = readFileSync(path.join(home, 'local.key'), 'utf8').trim();
    const stream = await fetch(new URL('/api/v1/events/stream', url), { headers: { authorization: `Bearer ${key}` } });
    expect(stream.status).toBe(200);
    const asked = performance.now();
    process.kill(servingPid(home), 'SIGINT');
    expect(await almanac.ended).toMatchObject({ code: 0 });
    expect(performance.now() - asked).toBeLessThan(8000);
    expect(almanac.lines).toHaveLength(1);
    expect(postmastersIn(home)).toEqual([]);
    expect(readdirSync(home).filter((name) => /server\.json|local\.key/.test(name))).toEqual([]);
    await expect(statusOf(url, '/healthz')).rejects.toThrow('fetch failed');
    await stream.body?.cancel().catch(() => {});
  });

  test('the second start serves within five seconds, with what the first one kept', async () => {
    const home = newHome();
    const settings = { ALMANAC_OWNER_EMAIL: 'ops@example.org', ALMANAC_OWNER_PASSWORD: 'a long enough secret' };
    const first = start(home, { environment: settings });
    expect(await first.ready).not.toHaveProperty('first_run');
    process.kill(servingPid(home), 'SIGTERM');
    expect((await first.ended).code).toBe(0);

    const begun = performance.now();
    const second = start(home);
    const { url, first_run: link } = await second.ready;
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(link).toBeUndefined();
    const answer = await fetch(new URL('/api/auth/sign-in/email', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ email: 'ops@example.org', password: 'a long enough secret' }),
    });
    expect(answer.status).toBe(200);
  });
});

test('killed without warning, it leaves a database that the next start takes over', async () => {
  const home = newHome();
  const killed = start(home);
  await killed.ready;
  const [orphan] = postmastersIn(home);
  process.kill(servingPid(home), 'SIGKILL');
  await killed.ended;
  expect(postmastersIn(home)).toEqual([orphan]);

  const next = start(home);
  expect(await statusOf((await next.ready).url, '/readyz')).toBe(200);
  expect(postmastersIn(home)).toEqual([orphan]);
  process.kill(servingPid(home), 'SIGINT');
  expect((await next.ended).code).toBe(0);
  expect(postmastersIn(home)).toEqual([]);
});

test('SIGTERM to the launcher alone ends everything', async () => {
  const home = newHome();
  const asked = start(home);
  await asked.ready;
  asked.child.kill('SIGTERM');
  expect((await asked.ended).code).toBe(0);
  expect(postmastersIn(home)).toEqual([]);
});

test('when whoever started the launcher is gone without a word, as npm is after SIGTERM, everything ends', async () => {
  const home = newHome();
  const orphaned = start(home, { through: ['sh', '-c', '"$@"; exit', 'sh'] });
  await orphaned.ready;
  const serving = servingPid(home);
  orphaned.child.kill('SIGKILL');
  await vi.waitFor(() => expect([isAlive(serving), postmastersIn(home)]).toEqual([false, []]), 10_000);
});

test('a second Ctrl-C does not wait', async () => {
  const home = newHome();
  const almanac = start(home);
  await almanac.ready;
  const pid = servingPid(home);
  process.kill(pid, 'SIGINT');
  process.kill(pid, 'SIGINT');
  expect([0, 130]).toContain((await almanac.ended).code);
});

test('a port in use is named, with the mend, and nothing is left running', async () => {
  const home = newHome();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const { code, said } = await start(home, { args: ['--port', String(port)] }).ended;
  other.close();
  expect(code).toBe(1);
  expect(said).toContain(`Port ${port} of 127.0.0.1 is in use by another program. Choose another with --port`);
  expect(said).not.toContain('    at ');
  expect(postmastersIn(home)).toEqual([]);
});

test('a second process on the same home is refused and told who owns it; the first goes on', async () => {
  const home = newHome();
  const first = start(home);
  const { url } = await first.ready;
  const { code, said } = await start(home).ended;
  expect(code).toBe(1);
  expect(said).toContain(`The home ${home} is in use by another Almanac (pid ${servingPid(home)}`);
  expect(await statusOf(url, '/readyz')).toBe(200);
});

test('mistyped options and settings are refused in one sentence before anything starts', async () => {
  const home = newHome();
  expect(await start(home, { args: ['--prot', '1'] }).ended).toMatchObject({
    code: 1,
    said: 'Unknown option --prot. Did you mean --port?\n',
  });
  const environment = { ALMANAC_PROT: '1' };
  expect(await start(home, { environment }).ended).toMatchObject({
    code: 1,
    said: 'Unknown setting ALMANAC_PROT. Did you mean ALMANAC_PORT?\n',
  });
  expect(readdirSync(home)).toEqual([]);
});

test('listening beyond this machine without TLS names the risk', async () => {
  const home = newHome();
  const almanac = start(home, { args: ['--port', '0', '--listen', '0.0.0.0'] });
  await almanac.ready;
  process.kill(servingPid(home), 'SIGINT');
  expect((await almanac.ended).said).toMatch(
    /^Warning: Listening on 0\.0\.0\.0 without TLS: whoever can watch this network reads passwords/m,
  );
});

test('it goes on when whoever read its output has gone', async () => {
  const home = newHome();
  const almanac = start(home, { environment: { ALMANAC_LOG_LEVEL: 'trace' } });
  const { url } = await almanac.ready;
  almanac.child.stdout?.destroy();
  almanac.child.stderr?.destroy();
  for (let i = 0; i < 20; i++) await statusOf(url, '/api/v1/nothing');
  expect(await statusOf(url, '/readyz')).toBe(200);
  process.kill(servingPid(home), 'SIGINT');
  expect((await once(almanac.child, 'exit'))[0]).toBe(0);
});

test('a database that does not answer is named, with the mend', async () => {
  const { code, said } = await start(newHome(), {
    environment: { DATABASE_URL: 'postgres://almanac@127.0.0.1:1/almanac' },
  }).ended;
  expect(code).toBe(1);
  expect(said).toMatch(/The server of DATABASE_URL does not let us in: .*ECONNREFUSED.* Check host, port/);
});

const ownServer = spawnSync('initdb', ['--version'], { encoding: 'utf8' });
const isOldEnough = ownServer.status === 0 && Number(/\d+/.exec(ownServer.stdout)?.[0]) >= 15;

test.runIf(isOldEnough && process.platform === 'linux')('it serves on a PostgreSQL server of its owner’s', async () => {
  const folder = newHome();
  const data = path.join(folder, 'own');
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (process.getuid?.() === 0) chmodSync(folder, 0o777);
  const made = spawnSync('initdb', ['-D', data, '-U', 'almanac', '--auth=trust', '--locale=C', '--encoding=UTF8'], {
    cwd: folder,
    encoding: 'utf8',
    ...user,
  });
  expect(made.stderr + made.stdout).toContain('Success');
  const server = spawn('postgres', ['-D', data, '-k', folder, '-c', 'listen_addresses='], {
    cwd: folder,
    stdio: 'ignore',
    ...user,
  });
  const url = `postgres://almanac@/postgres?host=${encodeURIComponent(folder)}`;
  await vi.waitFor(() => expect(existsSync(path.join(folder, '.s.PGSQL.5432'))).toBe(true), 10_000);
  try {
    const home = newHome();
    const almanac = start(home, { environment: { DATABASE_URL: url } });
    const { url: address } = await almanac.ready;
    expect(await statusOf(address, '/readyz')).toBe(200);
    expect(readdirSync(home)).not.toContain('data');
    const second = start(home, { environment: { DATABASE_URL: url } });
    expect(await second.ended).toMatchObject({
      code: 1,
      said: expect.stringContaining('is in use by another Almanac'),
    });
    process.kill(servingPid(home), 'SIGINT');
    expect((await almanac.ended).code).toBe(0);
    expect(server.exitCode).toBeNull();
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
  }
});
