import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { clientOf } from '../kernel/testing/http.ts';
import { type Machine, openMachine, type Ran, run } from './almanac.fixture.ts';

const crontab = `# Nightly backup
30 2 * * * /usr/local/bin/backup.sh --all
*/5 * * * * curl -fsS http://localhost/health
@reboot /opt/agent start
`;
const user = os.userInfo().username;

/** Stands in for cron's own program, which keeps each table in a file. */
const standIn = `#!/bin/sh
[ "$1" = -u ] && shift 2
if [ "$1" = -l ]; then cat "$TABLE"; else cat > "$TABLE.new"; [ -e "$TABLE.kill-before" ] && { kill -9 $PPID; exit 1; }; [ -e "$TABLE.locked" ] && { echo "cannot write" >&2; exit 1; }; mv "$TABLE.new" "$TABLE"; [ -e "$TABLE.kill-after" ] && kill -9 $PPID; fi
exit 0
`;

interface WithCron extends AsyncDisposable {
  readonly machine: Machine;
  readonly table: string;
  importing(...words: string[]): Promise<Ran>;
  jobs(): Promise<Record<string, string>>;
}

async function openMachineWithCron(): Promise<WithCron> {
  const machine = await openMachine();
  const bin = path.join(machine.harness.home, 'bin');
  mkdirSync(bin);
  writeFileSync(path.join(bin, 'crontab'), standIn);
  chmodSync(path.join(bin, 'crontab'), 0o755);
  const table = path.join(machine.harness.home, 'table');
  writeFileSync(table, crontab);
  const environment = { PATH: `${bin}:${process.env['PATH']}`, TABLE: table };
  return {
    machine,
    table,
    importing: (...words) => machine.almanac(['import', 'crontab', ...words], { environment, input: crontab }),
    async jobs() {
      const { body } = await clientOf(machine.harness, machine.harness.localKey).get('/cron/jobs');
      return Object.fromEntries(
        (body.items as { name: string; state: string }[]).map(({ name, state }) => [name, state]),
      );
    },
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  };
}

test('the lines of a user become jobs and are commented out, with a copy, and come back as they were', async () => {
  await using story = await openMachineWithCron();
  const taken = await story.importing('--user', user, '--yes');
  expect(taken.code).toBe(0);
  expect(taken.out).toMatch(/^2 +.*At 02:30 +2026-11-21 02:30 +UTC +\/usr\/local\/bin\/backup\.sh --all$/m);
  expect(taken.out).toContain('line 4: @reboot');
  expect(taken.out).toContain('2 lines of the crontab of');
  expect(taken.out).toContain(`almanac import crontab --give-back --user ${user}`);
  expect(readFileSync(story.table, 'utf8')).toBe(crontab.replaceAll(/^(?=30|\*)/gm, '#almanac: '));
  const backups = path.join(story.machine.harness.home, 'backups');
  const [copy = ''] = readdirSync(backups);
  expect(readFileSync(path.join(backups, copy), 'utf8')).toBe(crontab);
  expect(new Set(Object.values(await story.jobs()))).toEqual(new Set(['enabled']));

  expect((await story.importing('--user', user, '--yes')).out).toContain('Nothing to import.');

  expect((await story.importing('--user', user, '--give-back', '--yes')).code).toBe(0);
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
  expect(new Set(Object.values(await story.jobs()))).toEqual(new Set(['disabled']));
});

async function idOf({ machine }: WithCron, wanted: string): Promise<string> {
  const { body } = await clientOf(machine.harness, machine.harness.localKey).get('/cron/jobs');
  return (body.items as { id: string; name: string }[]).find(({ name }) => name === wanted)?.id ?? '';
}

test('lines go back also when a job of theirs is disabled already, and nobody else’s job is touched', async () => {
  await using story = await openMachineWithCron();
  await story.importing('--user', user, '--yes');
  const owner = clientOf(story.machine.harness, story.machine.harness.localKey);
  await owner.post(`/cron/jobs/${await idOf(story, 'backup.sh')}/disable`, { reason: 'not wanted' });
  const other = await owner.post('/cron/jobs', {
    name: 'curl localhost',
    kind: 'command',
    command: { script: 'true' },
    recurrence: { kind: 'cron', expr: '0 5 * * *', zone: 'UTC' },
  });
  expect(other.status).toBe(201);
  const { code, out } = await story.importing('--user', user, '--give-back', '--yes', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ given_back: [2, 3], disabled: ['curl localhost'] });
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
  expect((await owner.get(`/cron/jobs/${other.body.id}`)).body.state).toBe('enabled');
});

test('where the lines cannot be given back, their jobs go on', async () => {
  await using story = await openMachineWithCron();
  await story.importing('--user', user, '--yes');
  writeFileSync(`${story.table}.locked`, '');
  const { code, said } = await story.importing('--user', user, '--give-back', '--yes');
  expect(code).toBe(1);
  expect(said).toContain('The lines could not be given back: their jobs are enabled again.');
  expect(new Set(Object.values(await story.jobs()))).toEqual(new Set(['enabled']));
});

test('observed first, taken over then, given back, and taken over again', async () => {
  await using story = await openMachineWithCron();
  const taken = crontab.replaceAll(/^(?=30|\*)/gm, '#almanac: ');
  await story.importing('--user', user, '--observe', '--yes');
  expect((await story.importing('--user', user, '--observe', '--yes')).out).toContain('Nothing to import.');
  const { out } = await story.importing('--user', user, '--take-over', '--yes');
  expect(out).toContain('line 2: Imported before: taking it over enables the job backup.sh');
  expect(out).toContain('Enabled 2 jobs of an earlier import.');
  for (const giveBack of [true, false]) {
    expect(readFileSync(story.table, 'utf8')).toBe(taken);
    expect(Object.values(await story.jobs())).toEqual(['enabled', 'enabled']);
    if (!giveBack) break;
    await story.importing('--user', user, '--give-back', '--yes');
    expect(readFileSync(story.table, 'utf8')).toBe(crontab);
    expect(Object.values(await story.jobs())).toEqual(['disabled', 'disabled']);
    await story.importing('--user', user, '--yes');
  }
});

test('no job is enabled before its line is out, and repeating a broken-off import finishes it', async () => {
  await using story = await openMachineWithCron();
  for (const when of ['before', 'after'] as const) {
    // The command line is killed right before, or right after, the crontab is written.
    writeFileSync(`${story.table}.kill-${when}`, '');
    expect((await story.importing('--user', user, '--yes')).code).not.toBe(0);
    rmSync(`${story.table}.kill-${when}`);
    expect(Object.values(await story.jobs())).toEqual(['disabled', 'disabled']);
    expect(readFileSync(story.table, 'utf8').includes('#almanac: ')).toBe(when === 'after');
  }
  const { code, out } = await story.importing('--user', user, '--yes');
  expect(code).toBe(0);
  expect(out).toContain('2 lines are commented out already, but nobody runs them: their jobs are enabled.');
  expect(Object.values(await story.jobs())).toEqual(['enabled', 'enabled']);
  expect((await story.importing('--user', user, '--yes')).out).toContain('Nothing to import.');
});

test('a give-back that was broken off is finished by repeating it, or taken over again', async () => {
  await using story = await openMachineWithCron();
  await story.importing('--user', user, '--yes');
  const breakOff = async (): Promise<void> => {
    writeFileSync(`${story.table}.kill-before`, '');
    expect((await story.importing('--user', user, '--give-back', '--yes')).code).not.toBe(0);
    rmSync(`${story.table}.kill-before`);
    expect(Object.values(await story.jobs())).toEqual(['disabled', 'disabled']);
    expect(readFileSync(story.table, 'utf8')).toContain('#almanac: ');
  };
  await breakOff();
  expect(JSON.parse((await story.importing('--user', user, '--yes', '--json')).out).finished).toHaveLength(2);
  expect(Object.values(await story.jobs())).toEqual(['enabled', 'enabled']);
  await breakOff();
  expect((await story.importing('--user', user, '--give-back', '--yes')).code).toBe(0);
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
});

test('a file that seems to have a user column is refused until the person says so', async () => {
  await using story = await openMachineWithCron();
  const file = `${story.table}.system`;
  writeFileSync(file, '17 * * * * root cd /\n25 6 * * * nobody /opt/a.sh\n30 6 * * * gone-away /opt/b.sh\n');
  const { code, said } = await story.importing(file, '--yes');
  expect(code).toBe(1);
  expect(said).toContain('this looks like a system crontab. Say --system');
  const told = await story.importing(file, '--system', '--take-over', '--yes');
  expect(told.code).toBe(0);
  expect(told.out).toContain(`--give-back ${file} --system`);
  expect((await story.importing(file, '--system', '--give-back', '--yes')).code).toBe(0);
  expect(Object.values(await story.jobs())).toEqual(['disabled', 'disabled']);
});

test('where nobody confirms, nothing happens', async () => {
  await using story = await openMachineWithCron();
  const { code, said } = await story.importing('--user', user);
  expect(code).toBe(1);
  expect(said).toBe('Nobody is there to confirm this. Look at it, then say --yes.\n');
  expect(await story.importing('--user', user, '--preview')).toMatchObject({ code: 0, said: '' });
  expect(await story.jobs()).toEqual({});
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
});

test('where the lines cannot be taken out, no job is left: nothing runs twice', async () => {
  await using story = await openMachineWithCron();
  writeFileSync(`${story.table}.locked`, '');
  const { code, said } = await story.importing('--user', user, '--yes');
  expect(code).toBe(1);
  expect(said).toContain('The jobs were taken back: nothing has changed.');
  expect(await story.jobs()).toEqual({});
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
});

test('observed lines stay with cron, and their jobs are disabled', async () => {
  await using story = await openMachineWithCron();
  const { code, out } = await story.importing('--user', user, '--observe', '--yes', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ mode: 'observe', imported: [{ line: 2 }, { line: 3 }], left: [{ line: 4 }] });
  expect(new Set(Object.values(await story.jobs()))).toEqual(new Set(['disabled']));
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
});

test('of a text that cron does not read, the person is told to take the lines out', async () => {
  await using story = await openMachineWithCron();
  const { code, out } = await story.importing('-', '--yes', '--zone', 'Europe/Madrid');
  expect(code).toBe(0);
  expect(out).toContain('standard input, times in Europe/Madrid');
  expect(out).toContain('Take them out of the crontab yourself, or they run twice.');
  expect(Object.keys(await story.jobs())).toHaveLength(2);
});

test('lines go back to cron also when the server is gone, and the person is told what to do', async () => {
  await using story = await openMachineWithCron();
  await story.importing('--user', user, '--yes');
  const environment = {
    ALMANAC_HOME: path.join(story.machine.harness.home, 'elsewhere'),
    TABLE: story.table,
    PATH: `${path.join(story.machine.harness.home, 'bin')}:${process.env['PATH']}`,
  };
  const { code, said } = await run(['import', 'crontab', '--user', user, '--give-back', '--yes'], environment);
  expect(code).toBe(0);
  expect(said).toContain('No server answers: should it be started again, delete the jobs of these lines');
  expect(readFileSync(story.table, 'utf8')).toBe(crontab);
});

test.for([
  [[], 'Which crontab? Name a file, - for standard input, or --user NAME.'],
  [['x', '--user', 'y'], 'A file and --user exclude each other.'],
  [['-', '--observe', '--take-over'], '--observe and --take-over exclude each other.'],
] as const)('%j is refused with the mend', async ([words, mend]) => {
  const { code, said } = await run(['import', 'crontab', ...words]);
  expect(code).toBe(1);
  expect(said).toContain(mend);
});
