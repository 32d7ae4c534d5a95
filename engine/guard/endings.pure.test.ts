import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CommandSpec } from './command-spec.ts';
import { readExitRecord, readOutput } from './exit-record.ts';
import { launchGuarded } from './launch.ts';
import { membersOf } from './processes.ts';
import { contentOf, eventually, makeSpec } from './run.fixture.ts';
import { type ChildRecord, readChildRecord, spoolFile } from './spool.ts';

const family = 'sh -c "sh -c \'while :; do echo . >> \\$WITNESS; sleep 0.02; done\' & wait" & wait';
const stubborn = "trap '' TERM; while :; do echo . >> $WITNESS; sleep 0.02; done";

function makeWitnessed(script: string, changes: Partial<CommandSpec> = {}): { spec: CommandSpec; witness: string } {
  const spec = makeSpec(script, changes);
  const witness = path.join(spec.spool, 'witness');
  return { spec: { ...spec, env: { ...spec.env, WITNESS: witness } }, witness };
}

async function childOf(spec: CommandSpec): Promise<ChildRecord> {
  return await eventually('a child record', () => readChildRecord(spec.spool));
}

function launchInNode(spec: CommandSpec): ChildProcess {
  const node = spawn(process.execPath, [path.join(import.meta.dirname, 'node.fixture.ts'), JSON.stringify(spec)], {
    stdio: 'inherit',
  });
  onTestFinished(() => void node.kill('SIGKILL'));
  return node;
}

test('a cancelled command gets TERM and may clean up', async () => {
  const spec = makeSpec("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.02; done", { graceMs: 5000 });
  const command = await launchGuarded(spec);
  await eventually('ready', () => readOutput(spec.spool, 0, 100).text.includes('ready'));
  command.end('cancel');
  expect(await command.exited).toMatchObject({ exitCode: 3, signal: null, endedBy: 'cancel' });
  // The shell may tell that its sleep was terminated too.
  expect(readOutput(spec.spool, 0, 100).text).toMatch(/^ready\n(Terminated\n)?bye\n$/);
});

test('one that ignores TERM gets KILL after its time of grace', async () => {
  const { spec, witness } = makeWitnessed(stubborn, { graceMs: 200 });
  const command = await launchGuarded(spec);
  await eventually('a first sign', () => contentOf(witness).length > 0);
  const asked = performance.now();
  command.end('timeout');
  expect(await command.exited).toMatchObject({ exitCode: null, signal: 'SIGKILL', endedBy: 'timeout' });
  expect(performance.now() - asked).toBeGreaterThanOrEqual(200);
  expect(membersOf((await childOf(spec)).pgid)).toEqual([]);
});

test('a run that is given back ends as if its node had died', async () => {
  const { spec, witness } = makeWitnessed(family);
  const command = await launchGuarded(spec);
  await eventually('a first sign', () => contentOf(witness).length > 0);
  command.end('node-gone');
  expect(await command.exited).toMatchObject({ endedBy: 'node-gone', signal: 'SIGTERM' });
  expect(membersOf((await childOf(spec)).pgid)).toEqual([]);
});

test('children and grandchildren end with it, also when the command itself obeys at once', async () => {
  const { spec, witness } = makeWitnessed(`sh -c "${stubborn.replaceAll('$', '\\$')}" & exec sleep 60`);
  const command = await launchGuarded(spec);
  await eventually('a first sign', () => contentOf(witness).length > 0);
  command.end('cancel');
  expect(await command.exited).toMatchObject({ signal: 'SIGTERM', endedBy: 'cancel' });
  expect(membersOf((await childOf(spec)).pgid)).toEqual([]);
});

test('a stopped command can be ended too', async () => {
  const spec = makeSpec('kill -STOP $$; sleep 60', { graceMs: 20_000 });
  const command = await launchGuarded(spec);
  const { pid } = await childOf(spec);
  await eventually('stopped', () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') T '));
  command.end('cancel');
  expect(await command.exited).toMatchObject({ signal: 'SIGTERM', endedBy: 'cancel' });
});

test('when the node is killed −9 the whole group ends and the record says node-gone', async () => {
  const { spec, witness } = makeWitnessed(family);
  const node = launchInNode(spec);
  await eventually('a first sign', () => contentOf(witness).length > 0);
  node.kill('SIGKILL');
  const record = await eventually('an exit record', () => readExitRecord(spec.spool));
  expect(record).toMatchObject({ endedBy: 'node-gone', signal: 'SIGTERM' });
  expect(membersOf((await childOf(spec)).pgid)).toEqual([]);
});

test('the guard of one run does not keep another run of the same node alive', async () => {
  const first = makeWitnessed(family, { runId: 'a' });
  const second = makeSpec('sleep 60', { runId: 'b' });
  const node = spawn(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(path.join(import.meta.dirname, 'launch.ts'))}).then(async ({ launchGuarded }) => { for (const spec of JSON.parse(process.argv[1])) await launchGuarded(spec); })`,
      JSON.stringify([first.spec, second]),
    ],
    { stdio: 'inherit' },
  );
  onTestFinished(() => void node.kill('SIGKILL'));
  await eventually('a first sign', () => contentOf(first.witness).length > 0);
  await childOf(second);
  node.kill('SIGKILL');
  expect(await eventually('an exit record', () => readExitRecord(first.spec.spool))).toMatchObject({
    endedBy: 'node-gone',
  });
});

test('a command that ends while its node dies keeps its true outcome', async () => {
  const spec = makeSpec('while [ ! -e "$GO" ]; do sleep 0.02; done; echo result; kill -9 $NODE; exit 4');
  const go = path.join(spec.spool, 'go');
  const file = path.join(spec.spool, 'node');
  const node = launchInNode({
    ...spec,
    env: { ...spec.env, GO: go },
    argv: ['/bin/sh', '-c', spec.argv[2]?.replace('$NODE', `$(cat ${file})`) ?? ''],
  });
  fs.writeFileSync(file, String(node.pid));
  await childOf(spec);
  fs.writeFileSync(go, '');
  const record = await eventually('an exit record', () => readExitRecord(spec.spool));
  // Either the exit was seen first, or the end of the pipe was: never a success that nobody had.
  expect(record).toMatchObject(record.endedBy === 'itself' ? { exitCode: 4 } : { endedBy: 'node-gone' });
  expect(readOutput(spec.spool, 0, 100).text).toBe('result\n');
});

test('an exit record survives the node that died before reading it', async () => {
  const spec = makeSpec('echo result; exit 4');
  const node = launchInNode(spec);
  await eventually('an exit record', () => readExitRecord(spec.spool));
  node.kill('SIGKILL');
  expect(readExitRecord(spec.spool)).toMatchObject({ exitCode: 4, endedBy: 'itself' });
});

test('when the guard is killed −9 its command ends and the run is settled with the reason', async () => {
  const { spec, witness } = makeWitnessed(stubborn);
  const command = await launchGuarded(spec);
  await eventually('a first sign', () => contentOf(witness).length > 0);
  const child = await childOf(spec);
  process.kill(child.guardPid, 'SIGKILL');
  const record = await command.exited;
  expect(record).toMatchObject({ exitCode: null, error: 'the guard of this run was killed', endedBy: 'itself' });
  expect(readExitRecord(spec.spool)).toEqual(record);
  expect(membersOf(child.pgid)).toEqual([]);
});

test('a signal to the guard alone changes nothing', async () => {
  const spec = makeSpec('while [ ! -e "$GO" ]; do sleep 0.02; done; exit 5');
  const go = path.join(spec.spool, 'go');
  const command = await launchGuarded({ ...spec, env: { ...spec.env, GO: go } });
  const { guardPid } = await childOf(spec);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(guardPid, signal);
  fs.writeFileSync(go, '');
  expect(await command.exited).toMatchObject({ exitCode: 5, endedBy: 'itself' });
});

test('a spool that cannot be written is an outcome, not a hanging run', async () => {
  const spec = makeSpec('true');
  fs.rmSync(spec.spool, { recursive: true });
  const record = await (await launchGuarded(spec)).exited;
  expect(record.error).toMatch(/^The command could not be started: ENOENT.*output/);
  expect(fs.existsSync(path.join(spec.spool, spoolFile.exit))).toBe(false);
});
