// ADR 0010
import * as fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ExitRecord, readExitRecord, readOutput } from './exit-record.ts';
import { launchGuarded } from './launch.ts';
import { bootId, membersOf, startTimeOf } from './processes.ts';
import { contentOf, eventually, makeSpec } from './run.fixture.ts';
import { readChildRecord } from './spool.ts';

const openFiles = 'for n in 3 4 5 6 7 8 9; do if [ -e /proc/$$/fd/$n ]; then echo open $n; fi; done';

async function carryOut(spec: ReturnType<typeof makeSpec>): Promise<ExitRecord & { text: string }> {
  const command = await launchGuarded(spec);
  const record = await command.exited;
  return { ...record, text: readOutput(spec.spool, 0, 1_000_000).text };
}

test('a command that succeeds leaves exit code 0 and its output', async () => {
  const spec = makeSpec('echo done', { startedAt: 5_000_000 });
  const seen = await carryOut(spec);
  expect(seen).toMatchObject({
    runId: 'run-1',
    startedAt: 5_000_000,
    exitCode: 0,
    signal: null,
    endedBy: 'itself',
    text: 'done\n',
    outputBytes: 5,
    droppedBytes: 0,
  });
  expect(seen.error).toBeUndefined();
  expect(seen.finishedAt).toBeGreaterThan(5_000_000);
  expect(seen.finishedAt).toBeLessThan(5_010_000);
});

test('the exit record on disk is the one that the node hears', async () => {
  const spec = makeSpec('exit 7');
  const command = await launchGuarded(spec);
  const record = await command.exited;
  expect(record.exitCode).toBe(7);
  expect(readExitRecord(spec.spool)).toEqual(record);
});

test('a command ended by a signal names it', async () => {
  expect(await carryOut(makeSpec('kill -SEGV $$'))).toMatchObject({
    exitCode: null,
    signal: 'SIGSEGV',
    endedBy: 'itself',
  });
});

test('standard output and standard error come in true order', async () => {
  const lines = Array.from({ length: 40 }, (_, n) => `echo ${n} >&${1 + (n % 2)}`).join('; ');
  expect((await carryOut(makeSpec(lines))).text).toBe(`${Array.from({ length: 40 }, (_, n) => n).join('\n')}\n`);
});

test('/dev/stdout and /dev/stderr can be opened anew', async () => {
  expect(
    (await carryOut(makeSpec('echo one > /dev/stderr; echo two > /dev/stdout; cat < /dev/stdin', { stdin: 'three\n' })))
      .text,
  ).toBe('one\ntwo\nthree\n');
});

test('standard input is the given text and then its end', async () => {
  expect((await carryOut(makeSpec('cat; echo end', { stdin: 'line 1\nline 2 ü\n' }))).text).toBe(
    'line 1\nline 2 ü\nend\n',
  );
  expect((await carryOut(makeSpec('cat; echo end'))).text).toBe('end\n');
});

test('the environment is exactly what was given', async () => {
  const env = { PATH: '/usr/bin:/bin', A: 'x y', EMPTY: '', MULTI: 'one\ntwo' };
  const seen = await carryOut(makeSpec('', { env, argv: ['env', '-0'] }));
  const got = Object.fromEntries(
    seen.text
      .split('␀')
      .filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  expect(got).toEqual(env);
});

test('arguments arrive as they are', async () => {
  const seen = await carryOut(makeSpec('', { argv: ['printf', '%s|', 'a b', '$HOME', '', '*', "it's"] }));
  expect(seen.text).toBe("a b|$HOME||*|it's|");
});

test('the command starts in its folder, with umask 022, no open files of ours and default signals', async () => {
  const seen = await carryOut(makeSpec(`pwd; umask; ${openFiles}; grep SigIgn /proc/self/status`, { cwd: '/usr' }));
  expect(seen.text).toBe('/usr\n0022\nSigIgn:\t0000000000000000\n');
});

test.each([
  ['a folder that is missing', { cwd: '/no/such/folder' }, 'The working folder /no/such/folder does not exist.'],
  ['a folder that is a file', { cwd: '/etc/passwd' }, 'The working folder /etc/passwd is not a folder.'],
  [
    'an unknown program',
    { argv: ['no-such-program'], env: { PATH: '/usr/bin:/bin' } },
    'The program no-such-program was not found in PATH (/usr/bin:/bin).',
  ],
  ['a missing file', { argv: ['/opt/none.sh'] }, 'The program /opt/none.sh does not exist.'],
  [
    'a file that is not executable',
    { argv: ['/etc/passwd'] },
    '/etc/passwd may not be executed by this user (chmod +x makes a file executable).',
  ],
  ['a folder as program', { argv: ['/etc'] }, '/etc is a folder, not a program.'],
  ['an empty command', { argv: [] }, 'The command is empty.'],
])('%s is told in a sentence', async (_, changes, error) => {
  const spec = makeSpec('', changes);
  expect(await carryOut(spec)).toMatchObject({
    exitCode: null,
    signal: null,
    endedBy: 'itself',
    error,
    outputBytes: 0,
  });
  expect(readExitRecord(spec.spool)?.error).toBe(error);
});

test('the identity of the command is on disk before it may do anything', async () => {
  const spec = makeSpec('cat "$SPOOL/child.json"; sleep 60', {});
  const command = await launchGuarded({ ...spec, env: { ...spec.env, SPOOL: spec.spool } });
  const text = await eventually('output', () => readOutput(spec.spool, 0, 10_000).text);
  const child = readChildRecord(spec.spool);
  expect(JSON.parse(text)).toEqual(child);
  expect(child).toMatchObject({
    runId: 'run-1',
    bootId: bootId(),
    startTime: startTimeOf(child?.pid ?? 0),
    pgid: child?.pid,
  });
  expect(membersOf(child?.pgid ?? 0).map((member) => member.pid)).toContain(child?.pid);
  command.end('cancel');
  await command.exited;
});

test('what a command leaves in the background goes on, and the run does not wait for it', async () => {
  const spec = makeSpec(
    '(while [ ! -e "$GO" ]; do sleep 0.05; done; echo still here; echo yes > "$WITNESS") & echo started',
  );
  const go = path.join(spec.spool, 'go');
  const witness = path.join(spec.spool, 'witness');
  const record = await carryOut({ ...spec, env: { ...spec.env, GO: go, WITNESS: witness } });
  expect(record).toMatchObject({ exitCode: 0, text: 'started\n', endedBy: 'itself' });
  expect(record.finishedAt - record.startedAt).toBeLessThan(1900);
  fs.writeFileSync(go, '');
  expect(await eventually('the background part survives its own printing', () => contentOf(witness))).toBe('yes\n');
});

test.runIf(process.getuid?.() === 0)('another user gets its own ids and groups, nothing of root', async () => {
  const user = { uid: 65534, gid: 65534, user: 'nobody' };
  const seen = await carryOut(
    makeSpec(`id -u; id -g; id -G; grep SigIgn /proc/self/status; ${openFiles}; echo x > /dev/stderr`, {
      ...user,
      cwd: '/',
    }),
  );
  expect(seen.text).toBe('65534\n65534\n65534\nSigIgn:\t0000000000000000\nx\n');
  expect(await carryOut(makeSpec('true', { ...user, cwd: '/root' }))).toMatchObject({
    error: 'The working folder /root may not be entered by this user.',
  });
  const spec = makeSpec('', {
    ...user,
    cwd: '/',
    argv: ['env'],
    env: { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--require=/nowhere.js' },
  });
  expect((await carryOut(spec)).text.split('\n').sort()).toEqual([
    '',
    'NODE_OPTIONS=--require=/nowhere.js',
    'PATH=/usr/bin:/bin',
  ]);
});
