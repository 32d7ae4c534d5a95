import { expect, test } from 'vitest';
import { systemCrontab, userCrontab } from './crontab.fixture.ts';
import { type CrontabEntry, findUserColumn, parseCrontab } from './parse.ts';

function only(text: string, system = false): CrontabEntry {
  const { entries, unreadable } = parseCrontab(text, system);
  expect(unreadable).toEqual([]);
  expect(entries).toHaveLength(1);
  return entries[0]!;
}

function refusal(
  text: string,
  system = false,
): { field: string; message: string; mend: string; line: number } | undefined {
  const { entries, unreadable } = parseCrontab(text, system);
  expect(entries).toEqual([]);
  return unreadable[0];
}

test('every line of a real crontab is an entry, a setting, a comment or a named mistake', () => {
  const { entries, unreadable } = parseCrontab(userCrontab);
  expect(entries.map(({ line }) => line)).toEqual([
    11, 13, 14, 16, 17, 18, 19, 20, 22, 23, 24, 25, 27, 28, 29, 30, 31, 32, 33, 36, 40, 41,
  ]);
  expect(unreadable.map(({ line, field }) => [line, field])).toEqual([
    [38, 'minute'],
    [39, 'day of month'],
  ]);
  expect(entries[0]).toMatchObject({
    expr: '30 2 * * *',
    command: '/opt/shop/bin/backup.sh --full >> /var/log/shop-backup.log 2>&1',
    comment: 'Nightly backup of the shop',
    commentNames: true,
  });
});

test('settings hold for the lines below them, with quotes taken off and nothing expanded', () => {
  const { entries } = parseCrontab(
    '0 1 * * * a\nA=1\nB = "two words  "\nC=\'it is "fine"\'\n"D" =x y  \nPATH=$HOME/bin\nE=\n0 2 * * * b\nA=2\n0 3 * * * c\n',
  );
  expect(entries.map(({ env }) => env)).toEqual([
    {},
    { A: '1', B: 'two words  ', C: 'it is "fine"', D: 'x y', PATH: '$HOME/bin', E: '' },
    { A: '2', B: 'two words  ', C: 'it is "fine"', D: 'x y', PATH: '$HOME/bin', E: '' },
  ]);
});

test('LOGNAME cannot be set, and other settings say what they mean here', () => {
  const { entries, notes } = parseCrontab(
    'LOGNAME=root\nMAILTO=ops\nTZ=Asia/Tokyo\nPATH=$HOME/bin:/bin\nMAILTO=""\n0 1 * * * a\n',
  );
  expect(entries[0]?.env).toEqual({ MAILTO: '', TZ: 'Asia/Tokyo', PATH: '$HOME/bin:/bin' });
  expect(entries[0]?.zone).toBeUndefined();
  expect(notes).toEqual([
    { line: 1, message: 'LOGNAME is left out: as in cron it is always the user that the command runs as.' },
    { line: 2, message: 'Output is kept with every run and no longer mailed to ops.' },
    { line: 3, message: 'TZ sets the clock of the command only, as in cron; CRON_TZ would set the zone of the times.' },
    { line: 4, message: 'PATH: cron does not expand $HOME in settings, so the text is passed on as it is.' },
  ]);
});

test('CRON_TZ is the zone of the lines below it, until it is empty', () => {
  const { entries } = parseCrontab('0 1 * * * a\nCRON_TZ=Asia/Tokyo\n0 2 * * * b\nCRON_TZ=\n0 3 * * * c\n');
  expect(entries.map(({ zone }) => zone)).toEqual([undefined, 'Asia/Tokyo', undefined]);
  expect(entries[1]?.env).toEqual({});
  const { unreadable } = parseCrontab('CRON_TZ=Mars/Olympus\n0 2 * * * b\n');
  expect(unreadable[0]).toMatchObject({ line: 2, field: 'CRON_TZ', mend: 'use an IANA name such as Europe/Madrid' });
});

test.each([
  ['cat%one%two', 'cat', 'one\ntwo\n'],
  [
    'mail -s "It\'s 10pm" joe%Joe,%%Where are your kids?%',
    'mail -s "It\'s 10pm" joe',
    'Joe,\n\nWhere are your kids?\n',
  ],
  [String.raw`date +\%F`, 'date +%F', undefined],
  [String.raw`cat%50\% of x\y`, 'cat', '50% of x\\y\n'],
  [String.raw`printf 'a\\b' 'c\d'`, String.raw`printf 'a\b' 'c\d'`, undefined],
  [String.raw`echo \\%in`, 'echo \\', 'in\n'],
  ['cat%', 'cat', undefined],
])('%s follows the rule of the percent sign', (text, command, stdin) => {
  const entry = only(`* * * * * ${text}\n`);
  expect(entry.command).toBe(command);
  expect(entry.stdin).toBe(stdin);
});

test('spaces and tabs in any number stand between the fields, and the command keeps its own', () => {
  expect(only('  */5\t 1,2   *\t* \t mon-fri\t /bin/a  "b  c" \t\n')).toMatchObject({
    expr: '*/5 1,2 * * mon-fri',
    command: '/bin/a  "b  c"',
  });
});

test.each([
  ['@daily a', '@daily'],
  ['@midnight a', '@midnight'],
  ['@annually a', '@yearly'],
  ['@every_minute a', '* * * * *'],
])('%s is %s', (line, expr) => {
  expect(only(line)).toMatchObject({ expr, command: 'a' });
});

test('@reboot can be read, but says that it is no time, and what to do', () => {
  expect(only('@reboot /opt/worker\n')).toMatchObject({
    expr: '@reboot',
    command: '/opt/worker',
    unsupported: {
      field: 'schedule',
      mend: 'leave this line in the crontab, or start the command with a systemd service',
    },
  });
});

test('a system crontab names the user before the command', () => {
  const { entries, unreadable } = parseCrontab(systemCrontab, true);
  expect(unreadable).toEqual([]);
  expect(entries.map(({ user, command }) => [user, command.slice(0, 12)])).toEqual([
    ['root', 'cd / && run-'],
    ['root', 'test -x /usr'],
    ['root', 'test -x /usr'],
    ['root', 'test -x /usr'],
    ['www-data', '[ -x /usr/li'],
    ['nobody', '/usr/local/b'],
  ]);
  expect(entries[0]?.comment).toBeUndefined();
  expect(refusal('17 * * * * /opt/x.sh\n', true)).toMatchObject({
    field: 'user',
    message: '/opt/x.sh is not a name of a user',
  });
  expect(refusal('17 * * * *\n', true)).toMatchObject({ field: 'user', message: 'the user is missing' });
});

test('a system crontab is recognised by its users', () => {
  const isUser = (name: string): boolean => ['root', 'www-data', 'nobody'].includes(name);
  expect(findUserColumn(systemCrontab, isUser)).toBe('plain');
  expect(findUserColumn(systemCrontab.replaceAll(/^(?=[\d@])/gm, '#almanac: '), isUser)).toBe('plain');
  expect(findUserColumn(systemCrontab.replace('nobody', 'gone'), isUser)).toBe('likely');
  expect(findUserColumn('17 * * * * root cd /\n25 6 * * * gone b\n', isUser)).toBe('none');
  expect(findUserColumn(userCrontab, isUser)).toBe('none');
  expect(findUserColumn('0 1 * * * root\n', isUser)).toBe('none');
  expect(findUserColumn('0 1 * * * root -x a\n', isUser)).toBe('none');
  expect(findUserColumn('# nothing\n', isUser)).toBe('none');
});

test.each([
  ['75 3 * * * a', 'minute', 'minute 75: 0–59'],
  ['0 3 * * fun a', 'weekday', undefined],
  ['0 0 30 2 * a', 'day of month', undefined],
  ['0 3 * *', 'weekday', 'the line has 4 of the five time fields and the command'],
  ['0 3 * * *', 'command', 'the command is missing'],
  ['0 3 * * * %in', 'command', 'the command is missing'],
  ['hello', 'hour', 'the line has 1 of the five time fields and the command'],
  ['export A=1', 'setting', 'export is a word of the shell, not of cron'],
  ['A="x', 'setting', 'the quotes around the value do not match'],
  ['A="x" y', 'setting', 'the quotes around the value do not match'],
  ['1A=x', 'setting', '1A is not a name of a variable'],
  ['@often a', 'schedule', '@often is not a time that cron knows'],
  ['@every 5m a', 'schedule', '@every is not a time that cron knows'],
  ['0~30 3 * * * a', 'minute', 'minute 0~30: a random value, which only cronie knows'],
  ['0 0 12 * * ? a', 'command', 'the command begins with ?, which looks like a sixth time field'],
  ['0 0 12 * * * a', 'command', 'the command begins with *, which looks like a sixth time field'],
])('%s is refused with its field and a mend', (line, field, message) => {
  const seen = refusal(`${line}\n`);
  expect(seen).toMatchObject({ line: 1, field, ...(message === undefined ? {} : { message }) });
  expect(seen?.mend).not.toBe('');
});

test('a comment belongs to the line directly below it', () => {
  const text =
    '# Alone\n0 1 * * * a\n\n# Far away\n\n0 2 * * * b\n# Heading\n0 3 * * * c\n0 4 * * * d\n#Ansible: named by a tool\n0 5 * * * e\n0 6 * * * f\n# two\n# lines\n0 7 * * * g\n# ----\n0 8 * * * h\n# was: old\n# 0 9 * * * old\n0 9 * * * i\n';
  expect(
    parseCrontab(text).entries.map(({ command, comment, commentNames }) => [command, comment, commentNames]),
  ).toEqual([
    ['a', 'Alone', true],
    ['b', undefined, false],
    ['c', 'Heading', false],
    ['d', undefined, false],
    ['e', 'named by a tool', true],
    ['f', undefined, false],
    ['g', 'two\nlines', true],
    ['h', undefined, false],
    ['i', undefined, false],
  ]);
});

test('a setting between a comment and its entry does not part them, unless the comment speaks of the setting', () => {
  const named = (text: string): (string | undefined)[] =>
    parseCrontab(text).entries.map(({ comment, commentNames }) => (commentNames ? comment : undefined));
  expect(named('# Opening of the branch\nCRON_TZ=Asia/Tokyo\n0 9 * * * a\n')).toEqual(['Opening of the branch']);
  expect(named('# Opening\nA=1\nB=2\n0 9 * * * a\n')).toEqual(['Opening']);
  expect(named('A=1\n# Between\nB=2\n0 9 * * * a\n')).toEqual(['Between']);
  expect(named('0 8 * * * z\n# Opening\nA=1\n0 9 * * * a\n')).toEqual([undefined, 'Opening']);
  expect(named('# Far away\nA=1\n\n0 9 * * * a\n')).toEqual([undefined]);
  expect(named('# Heading\nA=1\n0 9 * * * a\n0 10 * * * b\n')).toEqual([undefined, undefined]);
  expect(named('# Mails go to the shop\nMAILTO=shop\n0 9 * * * a\n')).toEqual([undefined]);
  expect(named('# the search PATH\nPATH=/bin\n0 9 * * * a\n')).toEqual([undefined]);
});

test('line ends of Windows, a missing last line end and a byte order mark are read and told', () => {
  const { entries, notes } = parseCrontab('\uFEFFA=1\r\n0 1 * * * a\r\n0 2 * * * b');
  expect(entries.map(({ command, env }) => [command, env])).toEqual([
    ['a', { A: '1' }],
    ['b', { A: '1' }],
  ]);
  expect(notes.map(({ line }) => line)).toEqual([1, 3]);
});

test('what only another cron understands is told beside the entry', () => {
  expect(only('-*/5 * * * * a\n')).toMatchObject({
    expr: '*/5 * * * *',
    notes: ['The - before the minute keeps cronie from logging; here every run is kept.'],
  });
  expect(only('0 1 * * * a \\\n').notes).toEqual([
    'The line ends with \\, but cron knows no continued lines: the next line stands for itself.',
  ]);
  expect(only(String.raw`0 1 * * * sed 's/\\n//'`).notes[0]).toContain('reaches the command as a single');
});

test('lines that were taken over are known by their mark', () => {
  const { entries, takenOver } = parseCrontab('#almanac: 0 1 * * * a\n0 2 * * * b\n');
  expect(takenOver).toEqual([
    { line: 1, text: '0 1 * * * a', entry: expect.objectContaining({ command: 'a' }) as object },
  ]);
  expect(entries).toHaveLength(1);
});

test('nothing at all is an empty crontab', () => {
  for (const text of ['', '\n', '# only a comment']) expect(parseCrontab(text).entries).toEqual([]);
});

test('thousands of lines are read in no time', () => {
  const text = Array.from({ length: 3000 }, (_, n) => `# job ${n}\n${n % 60} ${n % 24} * * * /opt/job-${n}.sh\n`).join(
    '',
  );
  const begun = performance.now();
  expect(parseCrontab(text).entries).toHaveLength(3000);
  expect(performance.now() - begun).toBeLessThan(1000);
});
