import { expect, test } from 'vitest';
import type { RunContext } from '#engine';
import { AccountError, accountExists, accountOf, readAccount } from './account.ts';
import { commandOf, defaultPath } from './command.ts';

const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const account = { name: 'bob', uid: 1000, gid: 1001, home: '/home/bob', shell: '/bin/zsh' };
const run: RunContext = {
  runId: 'run-1',
  triggerId: 'trigger-1',
  title: 'Backup',
  nominalAt: at('2026-03-08T08:00:00Z'),
  dueAt: at('2026-03-08T08:01:00Z'),
  startedAt: at('2026-03-08T08:01:02.600Z'),
  deadlineAt: at('2026-03-08T08:31:00Z'),
  attempt: 2,
  cause: 'retry',
  zone: 'America/Chicago',
  lastSuccessAt: at('2026-03-07T08:30:00Z'),
  nextAt: at('2026-03-09T07:30:00Z'),
  spool: '/home/almanac/spool/run-1',
  definition: {},
};

test('a script is given to the shell, a program is started as it is', () => {
  expect(commandOf({ script: 'a && b' }, run, account).argv).toEqual(['/bin/sh', '-c', 'a && b']);
  expect(commandOf({ script: 'a', shell: '/bin/bash' }, run, account).argv).toEqual(['/bin/bash', '-c', 'a']);
  expect(commandOf({ script: '-x', shell: '/bin/bash' }, run, account).argv).toEqual(['/bin/bash', '-c', ' -x']);
  expect(commandOf({ argv: ['/usr/bin/printf', '%s', 'a b'] }, run, account).argv).toEqual([
    '/usr/bin/printf',
    '%s',
    'a b',
  ]);
});

test('the environment is built from nothing and carries the time context', () => {
  expect(commandOf({ script: 'x', env: { A: '1' } }, run, account).env).toEqual({
    PATH: defaultPath,
    HOME: '/home/bob',
    LANG: 'C.UTF-8',
    SHELL: '/bin/sh',
    LOGNAME: 'bob',
    USER: 'bob',
    A: '1',
    ALMANAC_RUN_ID: 'run-1',
    ALMANAC_RUN_TRIGGER_ID: 'trigger-1',
    ALMANAC_RUN_OCCURRENCE: 'trigger-1/2026-03-08T08:00:00Z',
    ALMANAC_RUN_SCHEDULED_FOR: '2026-03-08T03:00:00-05:00',
    ALMANAC_RUN_STARTED_AT: '2026-03-08T03:01:02.600-05:00',
    ALMANAC_RUN_ZONE: 'America/Chicago',
    ALMANAC_RUN_LATENESS_SECONDS: '3',
    ALMANAC_RUN_ATTEMPT: '2',
    ALMANAC_RUN_CAUSE: 'retry',
    ALMANAC_RUN_LAST_SUCCESS_AT: '2026-03-07T02:30:00-06:00',
    ALMANAC_RUN_NEXT_AT: '2026-03-09T02:30:00-05:00',
  });
});

test('a job may set PATH and HOME, but not who it is nor what is said of its run', () => {
  const { env, cwd } = commandOf(
    { script: 'x', env: { PATH: '/bin', HOME: '/srv', LOGNAME: 'root', USER: 'root', ALMANAC_RUN_ID: 'other' } },
    run,
    account,
  );
  expect(env).toMatchObject({ PATH: '/bin', HOME: '/srv', LOGNAME: 'bob', USER: 'bob', ALMANAC_RUN_ID: 'run-1' });
  expect(cwd).toBe('/srv');
});

test('it begins in the home of its user, unless the job names a folder', () => {
  expect(commandOf({ script: 'x' }, run, account).cwd).toBe('/home/bob');
  expect(commandOf({ script: 'x', cwd: '/data' }, run, account).cwd).toBe('/data');
});

test('a user is switched to only when the job names one', () => {
  expect(commandOf({ script: 'x' }, run, account)).not.toHaveProperty('uid');
  expect(commandOf({ script: 'x', user: 'bob', stdin: 'hi\n' }, run, account)).toMatchObject({
    uid: 1000,
    gid: 1001,
    user: 'bob',
    stdin: 'hi\n',
    startedAt: run.startedAt,
  });
});

test('accounts are read as they stand in /etc/passwd', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1001:Bob,,,:/home/bob:/bin/zsh\nbare:x:7:8:::\n';
  expect(readAccount(passwd, 'bob')).toEqual(account);
  expect(readAccount(passwd, 'bare')).toMatchObject({ home: '/', shell: '/bin/sh' });
  expect(readAccount(passwd, 'bo')).toBeUndefined();
});

test('the own account needs no name, an unknown one is refused', () => {
  expect(accountOf(undefined).uid).toBe(process.getuid?.());
  expect(accountExists('root')).toBe(true);
  expect(accountExists('no:such')).toBe(false);
  expect(() => accountOf('no-such-user')).toThrow(AccountError);
});

test.runIf(process.getuid?.() === 0)(
  'no command runs as the account of the database, whose files it could change',
  () => {
    expect(() => accountOf('nobody')).toThrow('The database runs as nobody');
  },
);
