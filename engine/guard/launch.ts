// Starts the guard of a run and hears from it how the run ended.
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { CommandSpec, GuardMessage, GuardOrder } from './command-spec.ts';
import { type ExitRecord, outputSize, readExitRecord, writeExitRecord } from './exit-record.ts';
import { endSurvivor } from './survivors.ts';

export type { CommandSpec } from './command-spec.ts';

/** A command under its guard. */
export interface GuardedCommand {
  /** Always resolves, also when the command could not begin or its guard was killed: then `error` says so. */
  readonly exited: Promise<ExitRecord>;
  /**
   * TERM to the command's process group, after `graceMs` KILL. `node-gone`: as if this process had died, for a run that
   * is given back.
   */
  end(why: 'cancel' | 'timeout' | 'node-gone'): void;
}

/** Resolves when the command runs or has already failed to. Never rejects. */
export async function launchGuarded(spec: CommandSpec): Promise<GuardedCommand> {
  const launchedAt = performance.now();
  const guard = spawn(process.execPath, [path.join(import.meta.dirname, 'guard.ts')], {
    cwd: '/',
    detached: true, // its own session: a Ctrl-C at the node's terminal is for the node alone
    env: guardEnvironment(spec),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const started = Promise.withResolvers<void>();
  const exited = exitOf(guard, started.resolve, spec, launchedAt);
  guard.stdin?.on('error', () => {}); // it died: its exit tells
  guard.stdin?.write(`${JSON.stringify(spec)}\n`);
  await Promise.race([started.promise, exited]);
  return {
    exited,
    end(why) {
      if (why === 'node-gone') guard.stdin?.end();
      else guard.stdin?.write(`${JSON.stringify({ end: why } satisfies GuardOrder)}\n`);
    },
  };
}

/** Stripping types at every start would cost 40 ms and 17 MB a run: Node keeps the result beside the spools. */
function guardEnvironment(spec: CommandSpec): Record<string, string> {
  const home = path.dirname(path.dirname(spec.spool));
  return { PATH: '/usr/local/bin:/usr/bin:/bin', NODE_COMPILE_CACHE: path.join(home, 'cache', 'guard') };
}

async function exitOf(
  guard: ChildProcess,
  onStarted: () => void,
  spec: CommandSpec,
  launchedAt: number,
): Promise<ExitRecord> {
  let complaint = '';
  guard.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
  let reported: ExitRecord | undefined;
  if (guard.stdout !== null) {
    createInterface(guard.stdout).on('line', (line) => {
      const message = JSON.parse(line) as GuardMessage;
      if (message.is === 'exited') reported = message.record;
      else onStarted();
    });
  }
  // Only when the guard itself is gone: nothing of the run is left then that could still write into its home.
  await new Promise<void>((resolve) => {
    guard.once('close', () => resolve());
    guard.once('error', (error) => {
      complaint = error.message;
      resolve();
    });
  });
  return reported ?? readExitRecord(spec.spool) ?? (await settleWithoutGuard(spec, launchedAt, complaint));
}

async function settleWithoutGuard(spec: CommandSpec, launchedAt: number, complaint: string): Promise<ExitRecord> {
  await endSurvivor(spec.spool);
  const startedAt = spec.startedAt ?? Math.round(performance.timeOrigin + launchedAt);
  const record: ExitRecord = {
    runId: spec.runId,
    startedAt,
    finishedAt: Math.round(startedAt + performance.now() - launchedAt),
    exitCode: null,
    signal: null,
    endedBy: 'itself',
    error:
      complaint === '' ? 'the guard of this run was killed' : `the guard of this run failed: ${lastLineOf(complaint)}`,
    ...outputSize(spec.spool),
  };
  try {
    writeExitRecord(spec.spool, record);
  } catch {
    // A full disk: the record is still this run's outcome.
  }
  return record;
}

function lastLineOf(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
