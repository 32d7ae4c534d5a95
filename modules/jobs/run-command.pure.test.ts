import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { EndReason, RunContext, RunResult } from '#engine';
import { carryOutJobs } from './carry-out.ts';
import type { CommandDefinition } from './definition.ts';

function makeRun(command: CommandDefinition): RunContext {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'almanac-job-'));
  const spool = path.join(home, 'spool', 'run-1');
  fs.mkdirSync(spool, { recursive: true });
  onTestFinished(() => fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  return {
    runId: 'run-1',
    triggerId: 'trigger-1',
    title: 'x',
    nominalAt: 0,
    dueAt: 0,
    startedAt: 0,
    deadlineAt: 60_000,
    attempt: 1,
    cause: 'schedule',
    zone: 'UTC',
    spool,
    definition: { kind: 'command', command },
  };
}

function printed({ spool }: RunContext): string {
  const file = path.join(spool, 'output');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

async function carryOut(command: CommandDefinition, abort?: EndReason): Promise<RunResult & { text: string }> {
  const run = makeRun(command);
  const ending = new AbortController();
  const result = carryOutJobs([])(run, { write: () => {} }, ending.signal);
  if (abort !== undefined) {
    while (!printed(run).includes('ready')) await wait(10);
    ending.abort(abort);
  }
  return { ...(await result), text: printed(run) };
}

test('a script runs in the shell with the time context of its run', async () => {
  expect(await carryOut({ script: 'echo $ALMANAC_RUN_ID at $ALMANAC_RUN_SCHEDULED_FOR; echo $((1+1))' })).toEqual({
    result: 'success',
    exitCode: 0,
    text: 'run-1 at 1970-01-01T00:00:00+00:00\n2\n',
  });
});

test('a failure tells its exit code and keeps its output', async () => {
  expect(await carryOut({ script: 'echo broken >&2; exit 3' })).toMatchObject({
    result: 'failed',
    exitCode: 3,
    text: 'broken\n',
    error: expect.stringContaining('3') as string,
  });
});

test('nothing of the environment of the server reaches a command', async () => {
  process.env['SECRET_OF_THE_SERVER'] = 'x';
  onTestFinished(() => void delete process.env['SECRET_OF_THE_SERVER']);
  const { text } = await carryOut({ argv: ['env'], env: { OWN: 'yes' } });
  const names = text
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0])
    .filter((name) => !name?.startsWith('ALMANAC_RUN_'));
  expect(new Set(names)).toEqual(new Set(['HOME', 'LANG', 'LOGNAME', 'OWN', 'PATH', 'SHELL', 'USER']));
});

test('a cancel and a timeout end the command and say so', async () => {
  const script = 'echo ready; sleep 60';
  expect(await carryOut({ script }, 'cancel')).toMatchObject({ result: 'cancelled', signal: 'SIGTERM' });
  expect(await carryOut({ script }, 'timeout')).toMatchObject({ result: 'failed', signal: 'SIGTERM' });
});

test('a run that was taken away leaves no outcome that a later incarnation would count', async () => {
  const run = makeRun({ script: 'echo ready; sleep 60' });
  const ending = new AbortController();
  const result = carryOutJobs([])(run, { write: () => {} }, ending.signal);
  while (!printed(run).includes('ready')) await wait(10);
  ending.abort('fenced');
  await result;
  expect(JSON.parse(fs.readFileSync(path.join(run.spool, 'exit.json'), 'utf8'))).toMatchObject({
    endedBy: 'node-gone',
  });
});

test('a run that is cancelled before it began starts nothing', async () => {
  const run = makeRun({ script: 'true' });
  expect(await carryOutJobs([])(run, { write: () => {} }, AbortSignal.abort('cancel'))).toMatchObject({
    result: 'cancelled',
  });
  expect(fs.readdirSync(run.spool)).toEqual([]);
});

test('an account that does not exist fails the run with the mend', async () => {
  expect(await carryOut({ script: 'true', user: 'no-such-user' })).toMatchObject({
    result: 'failed',
    error: 'This machine has no account no-such-user: create it, or let the job run as another user.',
  });
});

test.runIf(process.getuid?.() === 0)(
  'a job runs as its user, from / where the home of that user does not exist',
  async () => {
    expect(await carryOut({ script: 'id -un; pwd; echo $HOME', user: '_apt' })).toMatchObject({
      result: 'success',
      text: '_apt\n/\n/nonexistent\n',
    });
    expect(await carryOut({ script: 'true', cwd: '/nonexistent' })).toMatchObject({
      result: 'failed',
      error: 'The working folder /nonexistent does not exist.',
    });
  },
);
