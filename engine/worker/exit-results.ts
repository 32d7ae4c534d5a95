import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Kernel } from '#kernel';
import { detailOf, type RunResult } from '../carry-out.ts';
import type { FinishedRun } from '../finish.ts';
import { type ExitRecord, readExitRecord } from '../guard/exit-record.ts';
import { keepOutput, resumeOutput } from './output.ts';
import { orphanedRuns } from '../recover.ts';
import type { LiveRunRow } from '../schema.ts';

/** The result that an exit record stands for; undefined when the command ended because its node was gone. */
export function resultOfExit({ exitCode, signal, endedBy, error }: ExitRecord): RunResult | undefined {
  const facts = { ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) };
  switch (endedBy) {
    case 'node-gone':
      return undefined;
    case 'cancel':
      return { result: 'cancelled', ...facts, error: 'Cancelled.' };
    case 'timeout':
      return { result: 'failed', ...facts, error: 'It ran longer than its timeout and was ended.' };
    case 'itself':
      if (error !== undefined) return { result: 'failed', ...facts, error };
      if (exitCode === 0) return { result: 'success', ...facts };
      return {
        result: 'failed',
        ...facts,
        error: signal === null ? `It ended with exit code ${exitCode ?? 'unknown'}.` : `It was ended by ${signal}.`,
      };
  }
}

/**
 * Reads the exit records that dead incarnations of this home left, and keeps their output. The answer tells the true result
 * of an orphaned run, where there is one.
 */
export async function exitRecordResults(
  kernel: Kernel,
  spoolRoot: string,
): Promise<(run: LiveRunRow) => FinishedRun | undefined> {
  const results = new Map<string, FinishedRun>();
  for (const run of await orphanedRuns(kernel.db)) {
    const spool = path.join(spoolRoot, run.id);
    if (!existsSync(spool)) continue;
    await keepOutput(kernel, await resumeOutput(kernel, run.id, spool), true);
    const record = readExitRecord(spool);
    const result = record && resultOfExit(record);
    if (record === undefined || result === undefined) continue;
    const { result: outcome, ...rest } = result;
    results.set(run.id, {
      run,
      result: outcome,
      finishedAt: Math.max(record.finishedAt, run.started_at ?? 0),
      detail: detailOf(rest),
    });
  }
  return (run) => results.get(run.id);
}

/** Removes the spool folders of runs that are over and written. */
export function forgetSpools(spoolRoot: string, begun: ReadonlySet<string>): void {
  for (const name of readdirSync(spoolRoot)) {
    if (!begun.has(name)) rmSync(path.join(spoolRoot, name), { recursive: true, force: true });
  }
}
