// ADR 0004: the life of the embedded server, on real servers in real homes.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryHomes } from '../testing/temporary-homes.ts';
import { createDatabase } from './cluster.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';
import { holdersOf } from './holders.ts';
import { layOutHome } from './home.ts';

const { newHome, other, ask } = temporaryHomes();

function start(home: string, onRestart?: (why: string) => void): Promise<EmbeddedServer> {
  return startEmbedded(home, { owner: 'the test', ...(onRestart ? { onRestart } : {}) });
}

test('a first start makes the database, and a stop leaves no process behind', async () => {
  const home = newHome('home');
  const server = await start(home);
  expect(server.adopted).toBe(false);
  expect(await ask(server.host, "select current_setting('timezone') || ' ' || current_setting('fsync')")).toBe(
    'UTC on',
  );
  await server.stop();
  expect(holdersOf(layOutHome(home))).toEqual([]);
  expect(
    readdirSync(home)
      .filter((name) => !name.startsWith('postgres-'))
      .toSorted(),
  ).toEqual(['data', 'postgres.log', 's']);
});

test('a second start finds what the first one committed', async () => {
  const home = newHome();
  const first = await start(home);
  await ask(first.host, 'create table kept (n int)', 'insert into kept values (7)');
  await first.stop();
  const second = await start(home);
  expect(second.adopted).toBe(false);
  expect(await ask(second.host, 'select n from kept')).toBe(7);
  await second.stop();
});

test('the server of an owner that was killed is adopted, and stopped by its new owner', async () => {
  const home = newHome();
  const killed = other(home);
  const { pid, host } = await killed.next();
  await ask(host, 'create table kept (n int)', 'insert into kept values (7)');
  killed.child.kill('SIGKILL');
  await killed.gone;

  const server = await start(home);
  expect(server).toMatchObject({ adopted: true, pid, host });
  expect(await ask(server.host, 'select n from kept')).toBe(7);
  await server.stop();
  expect(holdersOf(layOutHome(home))).toEqual([]);
});

test('a server that was killed comes back by itself with every committed row, three times over', async () => {
  const home = newHome();
  const restarts = Promise.withResolvers<string>();
  let wake = restarts;
  const server = await start(home, (why) => wake.resolve(why));
  await ask(server.host, 'create table kept (n int)');
  for (const n of [1, 2, 3]) {
    const before = server.pid;
    await ask(server.host, `insert into kept values (${n})`);
    process.kill(before, 'SIGKILL');
    expect(await wake.promise).toContain(`pid ${before}`);
    wake = Promise.withResolvers();
    expect(server.pid).not.toBe(before);
    expect(await ask(server.host, 'select count(*)::int from kept')).toBe(n);
  }
  const rival = await other(home).next();
  expect(rival).toMatchObject({ event: 'refused', code: 'home_taken' });
  await server.stop();
});

test('a server whose adopted owner is gone comes back too', async () => {
  const home = newHome();
  const killed = other(home);
  const { pid } = await killed.next();
  killed.child.kill('SIGKILL');
  await killed.gone;
  const restarted = Promise.withResolvers<string>();
  const server = await start(home, restarted.resolve);
  process.kill(pid, 'SIGKILL');
  await restarted.promise;
  expect(await ask(server.host, 'select 1')).toBe(1);
  await server.stop();
});

test('a stop in the moment a server died leaves nothing running', async () => {
  const home = newHome();
  const server = await start(home, () => expect.unreachable('stopped means stopped'));
  process.kill(server.pid, 'SIGKILL');
  await Promise.all([server.stop(), server.stop()]);
  expect(holdersOf(layOutHome(home))).toEqual([]);
});

test('a stop while the server is being brought back leaves nothing running', async () => {
  const home = newHome();
  const noticed = Promise.withResolvers<string>();
  const server = await startEmbedded(home, { owner: 'the test', log: noticed.resolve });
  process.kill(server.pid, 'SIGKILL');
  await noticed.promise;
  await server.stop();
  expect(holdersOf(layOutHome(home))).toEqual([]);
});

test('a second owner is refused and told who the first one is', async () => {
  const home = newHome();
  const owner = other(home);
  const { host } = await owner.next();
  await expect(start(home)).rejects.toMatchObject({
    code: 'home_taken',
    message: `The home ${home} is in use by another Almanac (pid ${owner.pid}, http://localhost:4780).`,
  });
  expect(await ask(host, 'select 1')).toBe(1);
});

test('of two first starts at the same moment one wins and the other is told who did', async () => {
  const home = newHome('home');
  const [one, two] = [other(home), other(home)];
  const told = await Promise.all([one.next(), two.next()]);
  expect(told.map(({ event }) => event).toSorted()).toEqual(['ready', 'refused']);
  const [winner, loser] = told[0]?.event === 'ready' ? [one, told[1]] : [two, told[0]];
  expect(loser).toMatchObject({ code: 'home_taken', message: expect.stringContaining(`pid ${winner.pid},`) });
  expect(readdirSync(home).filter((name) => name.startsWith('data'))).toEqual(['data']);
});

test('Ctrl-C reaches the owner alone: the server is there until the owner stops it', async () => {
  const home = newHome();
  const owner = other(home);
  const { host } = await owner.next();
  process.kill(owner.pid, 'SIGSTOP');
  process.kill(-owner.pid, 'SIGINT');
  expect(await ask(host, 'select 1 from pg_sleep(0.2)')).toBe(1);
  process.kill(owner.pid, 'SIGCONT');
  expect(await owner.next()).toEqual({ event: 'stopped' });
  expect(holdersOf(layOutHome(home))).toEqual([]);
});

test('a database is created once, however many ask for it', async () => {
  const server = await start(newHome());
  await Promise.all([1, 2, 3].map(() => createDatabase(server.host, 'al"manac')));
  expect(await ask(server.host, `select count(*)::int from pg_database where datname = 'al"manac'`)).toBe(1);
  await server.stop();
});
