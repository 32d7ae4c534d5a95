import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CommandSpec } from './command-spec.ts';
import { readExitRecord } from './exit-record.ts';
import { membersByPs, membersOf, startTimeOf } from './processes.ts';
import { contentOf, eventually, makeSpec, makeSpoolRoot } from './run.fixture.ts';
import { type ChildRecord, readChildRecord, spoolFile } from './spool.ts';
import { endSurvivors } from './survivors.ts';

const lasting = 'while :; do echo . >> $WITNESS; sleep 0.02; done';

/** A run whose node and guard were both killed −9. */
async function leaveBehind(
  root: string,
  runId: string,
  script: string,
): Promise<{ child: ChildRecord; spool: string }> {
  const spool = path.join(root, runId);
  const spec = makeSpec(script, { runId, spool });
  const witness = path.join(spool, 'witness');
  const whole: CommandSpec = { ...spec, env: { ...spec.env, WITNESS: witness, ALMANAC_RUN_ID: runId } };
  const node = spawn(process.execPath, [path.join(import.meta.dirname, 'node.fixture.ts'), JSON.stringify(whole)], {
    stdio: 'ignore',
  });
  onTestFinished(() => void node.kill('SIGKILL'));
  await eventually('a first sign', () => contentOf(witness).length > 0);
  const child = await eventually('a child record', () => readChildRecord(spool));
  process.kill(child.guardPid, 'SIGSTOP');
  node.kill('SIGKILL');
  process.kill(child.guardPid, 'SIGKILL');
  await eventually('the guard is gone', () => startTimeOf(child.guardPid) === undefined);
  return { child, spool };
}

function change(spool: string, changes: Partial<ChildRecord>): void {
  fs.writeFileSync(path.join(spool, spoolFile.child), JSON.stringify({ ...readChildRecord(spool), ...changes }));
}

test('the groups of a dead incarnation are ended, each run once', async () => {
  const root = makeSpoolRoot();
  const first = await leaveBehind(root, 'a', lasting);
  const second = await leaveBehind(root, 'b', `trap '' TERM; ${lasting}`);
  expect(await endSurvivors(root)).toBe(2);
  expect(membersOf(first.child.pgid)).toEqual([]);
  expect(membersOf(second.child.pgid)).toEqual([]);
  expect(await endSurvivors(root)).toBe(0);
});

test('members are found after their leader has exited', async () => {
  const root = makeSpoolRoot();
  const { child } = await leaveBehind(
    root,
    'a',
    `(${lasting}) & while [ ! -s "$WITNESS" ]; do sleep 0.01; done; kill -9 $$`,
  );
  await eventually('the leader is gone', () => startTimeOf(child.pid) === undefined);
  expect(membersOf(child.pgid).length).toBeGreaterThan(0);
  expect(await endSurvivors(root)).toBe(1);
  expect(membersOf(child.pgid)).toEqual([]);
});

test.each([
  ['a pid that was given to another process since', { startTime: '1' }],
  ['a record of an earlier boot', { bootId: 'another boot' }],
])('%s is not touched', async (_, changes) => {
  const root = makeSpoolRoot();
  const { child, spool } = await leaveBehind(root, 'a', lasting);
  change(spool, changes);
  expect(await endSurvivors(root)).toBe(0);
  expect(startTimeOf(child.pid)).toBe(child.startTime);
});

test('what a finished run left running on purpose is not touched', async () => {
  const root = makeSpoolRoot();
  const { child, spool } = await leaveBehind(root, 'a', lasting);
  fs.writeFileSync(path.join(spool, spoolFile.exit), JSON.stringify({ runId: 'a', finishedAt: 1 }));
  expect(await endSurvivors(root)).toBe(0);
  expect(startTimeOf(child.pid)).toBe(child.startTime);
});

test('a guard that is still ending its command is waited for', async () => {
  const root = makeSpoolRoot();
  const spool = path.join(root, 'a');
  const spec = makeSpec(`trap 'sleep 0.3; echo cleaned >> $WITNESS; exit 0' TERM; ${lasting}`, {
    runId: 'a',
    spool,
    graceMs: 5000,
  });
  const witness = path.join(spool, 'witness');
  const whole = { ...spec, env: { ...spec.env, WITNESS: witness } };
  const node = spawn(process.execPath, [path.join(import.meta.dirname, 'node.fixture.ts'), JSON.stringify(whole)], {
    stdio: 'ignore',
  });
  onTestFinished(() => void node.kill('SIGKILL'));
  await eventually('a first sign', () => contentOf(witness).length > 0);
  node.kill('SIGKILL');
  expect(await endSurvivors(root)).toBe(1);
  expect(contentOf(witness)).toContain('cleaned');
  expect(readExitRecord(spool)).toMatchObject({ endedBy: 'node-gone', exitCode: 0 });
});

test('damaged or empty folders are passed over', async () => {
  const root = makeSpoolRoot();
  fs.mkdirSync(path.join(root, 'empty'));
  fs.mkdirSync(path.join(root, 'torn'));
  fs.writeFileSync(path.join(root, 'torn', spoolFile.child), '{"pid": 12');
  expect(await endSurvivors(root)).toBe(0);
  expect(await endSurvivors(path.join(root, 'missing'))).toBe(0);
});

test('no signal is ever sent to everybody', () => {
  for (const pgid of [1, 0, -1, Number.NaN]) expect(() => membersOf(pgid)).toThrow('is not the process group of a run');
});

test('ps and /proc tell of the same members', async () => {
  const root = makeSpoolRoot();
  const { child } = await leaveBehind(root, 'a', `(${lasting}) & ${lasting}`);
  const leaders = (members: readonly { pid: number }[]): boolean => members.some((member) => member.pid === child.pid);
  expect(leaders(membersByPs(child.pgid))).toBe(true);
  expect(leaders(membersOf(child.pgid))).toBe(true);
  expect(membersByPs(child.pgid).length).toBeGreaterThanOrEqual(2);
});
