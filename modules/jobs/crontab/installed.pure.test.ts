// The user's crontab is read and written through a stand-in for the program `crontab`, which keeps each table in a file:
// the tests must not need cron, nor touch a crontab of the machine.
import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type CrontabPlace, readInstalled, writeInstalled } from './installed.ts';
import { announce, stateFor } from './modes.ts';
import { giveBack, takeOver } from './take-over.ts';

const me = os.userInfo().username;
const now = Temporal.Instant.from('2026-11-20T17:08:09.500Z').epochMilliseconds;
const table = '# mine\n0 1 * * * a\n0 2 * * * b\n';

const standIn = `#!/bin/sh
user=${me}
if [ "$1" = -u ]; then user=$2; shift 2; fi
case $user in
  nobody-here) echo "crontab:  user \\\`$user' unknown" >&2; exit 1 ;;
  other) echo "must be privileged to use -u" >&2; exit 1 ;;
esac
file=$TABLES/$user
if [ "$1" = -l ]; then
  if [ -e "$file" ]; then cat "$file"; else echo "no crontab for $user" >&2; exit 1; fi
elif [ "$1" = - ]; then
  cat > "$file.new"
  if grep -q refuse-me "$file.new"; then echo "errors in crontab file, can't install." >&2; exit 1; fi
  mv "$file.new" "$file"
fi
`;

function makeMachine(): { folder: string; tables: string; backups: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'almanac-crontab-'));
  const tables = path.join(folder, 'tables');
  fs.mkdirSync(tables);
  fs.mkdirSync(path.join(folder, 'bin'));
  fs.writeFileSync(path.join(folder, 'bin', 'crontab'), standIn, { mode: 0o755 });
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}/bin:${before}`;
  process.env['TABLES'] = tables;
  onTestFinished(() => {
    process.env['PATH'] = before;
    delete process.env['TABLES'];
    fs.rmSync(folder, { recursive: true });
  });
  return { folder, tables, backups: path.join(folder, 'home', 'backups') };
}

test('the own crontab and that of another user are read and say whose they are', async () => {
  const { tables } = makeMachine();
  fs.writeFileSync(path.join(tables, me), table);
  fs.writeFileSync(path.join(tables, 'bob'), '0 3 * * * c\n');
  expect(await readInstalled({ kind: 'user' })).toMatchObject({
    text: table,
    user: me,
    system: false,
    label: `the crontab of ${me}`,
  });
  expect(await readInstalled({ kind: 'user', user: 'bob' })).toMatchObject({
    text: '0 3 * * * c\n',
    user: 'bob',
    label: 'the crontab of bob',
  });
});

test.each<[CrontabPlace, object]>([
  [{ kind: 'user' }, { status: 404, code: 'no_crontab' }],
  [
    { kind: 'user', user: 'nobody-here' },
    { status: 404, code: 'unknown_account', field: 'user' },
  ],
  [
    { kind: 'user', user: 'other' },
    { status: 403, code: 'not_permitted', hint: 'Run this as root, or as that user.' },
  ],
  [
    { kind: 'file', path: '/no/such/crontab' },
    { status: 422, code: 'unreadable' },
  ],
])('%j that cannot be read is told with the reason', async (place, problem) => {
  makeMachine();
  await expect(readInstalled(place)).rejects.toMatchObject(problem);
});

test('a machine without cron is told what to import instead', async () => {
  makeMachine();
  process.env['PATH'] = '/nowhere';
  await expect(readInstalled({ kind: 'user' })).rejects.toMatchObject({
    code: 'no_cron',
    hint: expect.stringContaining('file') as string,
  });
});

test('lines are taken over with a copy beside the home, and come back as they were', async () => {
  const { tables, backups } = makeMachine();
  fs.writeFileSync(path.join(tables, me), table);
  const seen = await readInstalled({ kind: 'user' });
  const backup = await writeInstalled(seen, takeOver(seen.text, [3]), backups, now);
  expect(fs.readFileSync(path.join(tables, me), 'utf8')).toBe('# mine\n0 1 * * * a\n#almanac: 0 2 * * * b\n');
  expect(backup).toBe(path.join(backups, `crontab-${me}-20261120T170809Z`));
  expect(fs.readFileSync(backup, 'utf8')).toBe(table);
  expect(fs.statSync(backup).mode & 0o777).toBe(0o600);
  const after = await readInstalled({ kind: 'user' });
  expect(await writeInstalled(after, giveBack(after.text), backups, now)).toBe(`${backup}-2`);
  expect(fs.readFileSync(path.join(tables, me), 'utf8')).toBe(table);
});

test('a crontab that changed since the preview is not written, and no copy is made', async () => {
  const { tables, backups } = makeMachine();
  fs.writeFileSync(path.join(tables, me), table);
  const seen = await readInstalled({ kind: 'user' });
  fs.appendFileSync(path.join(tables, me), '0 4 * * * new\n');
  await expect(writeInstalled(seen, takeOver(seen.text, [2]), backups, now)).rejects.toMatchObject({
    status: 409,
    code: 'changed_since',
  });
  expect(fs.readFileSync(path.join(tables, me), 'utf8')).toBe(`${table}0 4 * * * new\n`);
  expect(fs.existsSync(backups)).toBe(false);
});

test('what cron refuses stays as it was', async () => {
  const { tables, backups } = makeMachine();
  fs.writeFileSync(path.join(tables, me), table);
  const seen = await readInstalled({ kind: 'user' });
  await expect(writeInstalled(seen, 'refuse-me\n', backups, now)).rejects.toMatchObject({
    code: 'crontab_failed',
    message: expect.stringContaining("can't install") as string,
  });
  expect(fs.readFileSync(path.join(tables, me), 'utf8')).toBe(table);
});

test('a file is replaced whole, keeps its rights, and is found through a link', async () => {
  const { folder, backups } = makeMachine();
  const file = path.join(folder, 'shop');
  const link = path.join(folder, 'link');
  fs.writeFileSync(file, '0 1 * * * root a\n', { mode: 0o640 });
  fs.symlinkSync(file, link);
  const seen = await readInstalled({ kind: 'file', path: link });
  expect(seen).toMatchObject({ system: true, label: link });
  expect(seen.user).toBeUndefined();
  const backup = await writeInstalled(seen, takeOver(seen.text, [1]), backups, now);
  expect(fs.readFileSync(file, 'utf8')).toBe('#almanac: 0 1 * * * root a\n');
  expect(fs.statSync(file).mode & 0o777).toBe(0o640);
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
  expect(path.basename(backup)).toBe(`crontab-${link.replaceAll(/[^\w.-]+/g, '_').slice(1)}-20261120T170809Z`);
  expect(fs.readdirSync(folder).sort()).toEqual(['bin', 'home', 'link', 'shop', 'tables']);
});

test('a crontab of one user in a file has no user column', async () => {
  const { folder } = makeMachine();
  fs.writeFileSync(path.join(folder, 'mine'), table);
  expect(await readInstalled({ kind: 'file', path: path.join(folder, 'mine') })).toMatchObject({
    label: path.join(folder, 'mine'),
  });
  expect(await readInstalled({ kind: 'file', path: path.join(folder, 'mine') })).not.toHaveProperty('system');
});

test('a user column is found also where every line was taken over', async () => {
  const { folder } = makeMachine();
  const file = path.join(folder, 'shop');
  fs.writeFileSync(file, '#almanac: 17 * * * * root cd /\n#almanac: 25 6 * * * nobody cd /\n');
  expect(await readInstalled({ kind: 'file', path: file })).toMatchObject({ system: true });
});

test('standard input cannot be written back', async () => {
  const { backups } = makeMachine();
  const seen = { place: { kind: 'stdin' }, label: 'standard input', text: table, hash: '', system: false } as const;
  await expect(writeInstalled(seen, table, backups, now)).rejects.toMatchObject({ code: 'not_writable' });
});

test('observed lines make disabled jobs, so that nothing runs twice', () => {
  expect(stateFor('take_over')).toEqual({ state: 'enabled' });
  expect(stateFor('observe')).toEqual({
    state: 'disabled',
    reason:
      'Observed: cron still runs this line, so Almanac does not. Take the line out of the crontab, then enable the job.',
  });
  expect(stateFor('prepare')).toMatchObject({
    state: 'disabled',
    reason: expect.stringContaining('Waiting') as string,
  });
  expect(announce('take_over', 2, 'the crontab of bob')).toBe(
    '2 lines of the crontab of bob are commented out, with a backup and a way back, and Almanac runs them from now on.',
  );
  expect(announce('take_over', 1, undefined)).toBe(
    'Almanac runs 1 line from now on. Take it out of the crontab yourself, or it runs twice.',
  );
  expect(announce('observe', 3, '/etc/crontab')).toBe(
    '3 lines of /etc/crontab stay as they are and cron goes on running them. The jobs are made disabled, so that nothing runs twice.',
  );
});
