// The guard of one run: begins the command, keeps its output, writes down how it ended, and ends it when the node is gone.
// One process per run, in its own session, so that a kill −9 of the node leaves nobody working unobserved.
// Imports stay few: this starts with every run.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait, setImmediate as nextTurn } from 'node:timers/promises';
import { begin, CannotBegin, type Waiting } from './begin.ts';
import type { CommandSpec, GuardMessage, GuardOrder } from './command-spec.ts';
import { endGroup } from './end-group.ts';
import { type ExitRecord, writeExitRecord } from './exit-record.ts';
import { type OutputSpool, openOutputSpool } from './output-spool.ts';
import { bootId, startTimeOf } from './processes.ts';
import { type ChildRecord, spoolFile, writeWhole } from './spool.ts';

/** How long output may still come after the command itself has exited, in milliseconds. */
const lingerMs = 2000;
/** What a pipe still holds when nobody writes any more is read within this, in milliseconds. */
const drainMs = 500;

type Ending = 'cancel' | 'timeout' | 'node-gone';
type Exit = Pick<ExitRecord, 'exitCode' | 'signal' | 'endedBy' | 'error'> & {
  /** On the monotonic clock. */ readonly at: number;
};
type Outcome = Exit & Pick<ExitRecord, 'outputBytes' | 'droppedBytes'>;

const ending = Promise.withResolvers<Ending>();
let nodeIsGone = false;
listen();

/** The first line of standard input is the spec, later lines are orders, and its end means that the node is gone. */
function listen(): void {
  // Only the pipe commands a guard: a signal to everything (a service manager stopping the node) is for the command.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  let text = '';
  let begun = false;
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (begun) ending.resolve((JSON.parse(line) as GuardOrder).end);
      else void carryOut(JSON.parse(line) as CommandSpec);
      begun = true;
    }
  });
  for (const event of ['end', 'error', 'close']) process.stdin.on(event, nodeGone);
}

function nodeGone(): void {
  nodeIsGone = true;
  ending.resolve('node-gone');
}

async function carryOut(spec: CommandSpec): Promise<void> {
  const startedAt = spec.startedAt ?? Math.round(performance.timeOrigin);
  const { at, ...outcome } = await outcomeOf(spec);
  const record: ExitRecord = { runId: spec.runId, startedAt, finishedAt: Math.round(startedAt + at), ...outcome };
  try {
    writeExitRecord(spec.spool, record);
  } catch {
    // A full disk: the node still hears it through the pipe.
  }
  tell({ is: 'exited', record });
  process.exit(0);
}

async function outcomeOf(spec: CommandSpec): Promise<Outcome> {
  let spool: OutputSpool | undefined;
  try {
    spool = openOutputSpool(spec.spool);
    return { ...(await watch(await begin(spec, spool.write), spec)), ...spool.close() };
  } catch (error) {
    const reason =
      error instanceof CannotBegin ? error.message : `The command could not be started: ${(error as Error).message}.`;
    const bytes = spool?.close() ?? { outputBytes: 0, droppedBytes: 0 };
    return { at: performance.now(), exitCode: null, signal: null, endedBy: 'itself', error: reason, ...bytes };
  }
}

async function watch(waiting: Waiting, spec: CommandSpec): Promise<Exit> {
  const exited = exitOf(waiting);
  const closed = outputOf(waiting);
  await openGate(waiting, spec);
  const ended = await Promise.race([exited.then(() => undefined), ending.promise]);
  if (ended !== undefined) await endGroup(waiting.pid, spec.graceMs);
  const exit = ended === undefined ? await exited : await Promise.race([exited, wait(drainMs).then(unkillable)]);
  await lingerFor(waiting, closed, spec);
  const error = await waiting.obstacle;
  return { ...exit, ...(error === undefined ? {} : { exitCode: null, error }), endedBy: ended ?? 'itself' };
}

/** The identity goes to disk first: whatever happens from here on, a successor can find the command and end it. */
async function openGate(waiting: Waiting, spec: CommandSpec): Promise<void> {
  const child: ChildRecord = {
    runId: spec.runId,
    pid: waiting.pid,
    pgid: waiting.pid,
    startTime: startTimeOf(waiting.pid) ?? '',
    bootId: bootId(),
    guardPid: process.pid,
    guardStartTime: startTimeOf(process.pid) ?? '',
    graceMs: spec.graceMs,
  };
  try {
    writeWhole(path.join(spec.spool, spoolFile.child), `${JSON.stringify(child)}\n`, false);
  } catch (error) {
    await endGroup(waiting.pid, 0);
    throw error;
  }
  await nextTurn();
  if (nodeIsGone) return; // nobody is left to want it: watch() ends it at the gate
  waiting.go();
  tell({ is: 'started', pid: waiting.pid });
}

async function exitOf({ child }: Waiting): Promise<Omit<Exit, 'endedBy'>> {
  return await new Promise((resolve) =>
    child.once('exit', (exitCode, signal) => resolve({ at: performance.now(), exitCode, signal })),
  );
}

function unkillable(): Omit<Exit, 'endedBy'> {
  return {
    at: performance.now(),
    exitCode: null,
    signal: 'SIGKILL',
    error: 'The command hangs in the kernel and cannot be killed.',
  };
}

async function outputOf({ output }: Waiting): Promise<void> {
  await new Promise<void>((resolve) => output.once('close', () => resolve()));
}

/**
 * What the command left running in the background goes on, as under cron: the run is over when its output is closed, or
 * 2 s after the exit. A reader stays behind, because a process that still prints would die of the broken pipe.
 */
async function lingerFor(waiting: Waiting, closed: Promise<void>, spec: CommandSpec): Promise<void> {
  let open = true;
  const done = closed.then(() => void (open = false));
  const ended = await Promise.race([done, wait(lingerMs), ending.promise]);
  if (ended === 'cancel') await endGroup(waiting.pid, spec.graceMs);
  if (open) await Promise.race([done, wait(drainMs)]);
  if (!open) return;
  waiting.output.pause();
  spawn('cat', { cwd: '/', detached: true, stdio: [waiting.outputFd, 'ignore', 'ignore'] }).unref();
}

function tell(message: GuardMessage): void {
  try {
    fs.writeSync(1, `${JSON.stringify(message)}\n`);
  } catch {
    // The node is gone; the exit record is on disk.
  }
}
