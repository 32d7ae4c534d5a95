// Carries out a run of a command job: under a guard that outlives this process, ended when the engine says so.
import { statSync } from 'node:fs';
import { type EndReason, type ExitRecord, launchGuarded, resultOfExit, type RunContext, type RunResult } from '#engine';
import { AccountError, accountOf } from './account.ts';
import { commandOf } from './command.ts';
import type { CommandDefinition } from './definition.ts';

/** Resolves when the command and all of its process group are over; output and outcome are in the run's spool. */
export async function runCommand(
  definition: CommandDefinition,
  run: RunContext,
  signal: AbortSignal,
): Promise<RunResult> {
  const account = accountFor(definition);
  if (account instanceof AccountError) return { result: 'failed', error: account.message };
  if (signal.aborted) return { result: 'cancelled', error: 'Cancelled before it began.' };
  const spec = commandOf(definition, run, account);
  const command = await launchGuarded(
    definition.cwd === undefined && !isFolder(spec.cwd) ? { ...spec, cwd: '/' } : spec,
  );
  const end = (): void => command.end(endingFor(signal.reason as EndReason));
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  try {
    return resultOf(await command.exited);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function accountFor({ user }: CommandDefinition): ReturnType<typeof accountOf> | AccountError {
  try {
    return accountOf(user);
  } catch (error) {
    if (error instanceof AccountError) return error;
    throw error;
  }
}

/** A home that does not exist, as that of `nobody`, is no obstacle, as under cron; a folder that the job names is. */
function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A run that is given back or was taken away leaves the same record as one whose node died: nobody counts it as ended. */
function endingFor(reason: EndReason): 'cancel' | 'timeout' | 'node-gone' {
  return reason === 'cancel' || reason === 'timeout' ? reason : 'node-gone';
}

function resultOf(record: ExitRecord): RunResult {
  return resultOfExit(record) ?? { result: 'failed', error: 'It was interrupted because its node stopped.' };
}
