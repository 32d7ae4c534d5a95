import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Kernel, sql } from '#kernel';
import { detailOf, type RunResult } from '../carry-out.ts';
import type { FinishedRun } from '../finish.ts';
import { type ExitRecord, readExitRecord } from '../guard/exit-record.ts';
import { keepOutput, resumeOutput } from './output.ts';
import type { LiveRunRow } from '../schema.ts';

/** The result that an exit record stands for; undefined when the command ended because its node was gone. */
export function resultOfExit(record: ExitRecord): RunResult | undefined {
  const { exitCode, signal, endedBy } = record;
  if (endedBy === 'node-gone') return undefined;
  const facts = { ...(exitCode === null ? {} : { exitCode }), ...(signal === null ? {} : { signal }) };
  if (endedBy === 'cancel') return { result: 'cancelled', ...facts, error: 'Cancelled.' };
  const error = errorOf(record);
  return error === undefined ? { result: 'success', ...facts } : { result: 'failed', ...facts, error };
}

function errorOf({ exitCode, signal, endedBy, error }: ExitRecord): string | undefined {
  if (endedBy === 'timeout') return 'It ran longer than its timeout and was ended.';
  if (error !== undefined) return error;
  if (signal !== null) return `It was ended by ${signal}.`;
  return exitCode === 0 ? undefined : `It ended with exit code ${exitCode ?? 'unknown'}.`;
}

/**
 * Reads the exit records that earlier incarnations of this home left of these runs, and keeps their output.
 * @returns the true results by run; none for a run that has no record here
 */
export async function readExitResults(
  kernel: Kernel,
  spoolRoot: string,
  runs: readonly LiveRunRow[],
): Promise<Map<string, FinishedRun>> {
  const results = new Map<string, FinishedRun>();
  for (const run of runs) {
    const end = await readExitResult(kernel, spoolRoot, run.id);
    if (end === undefined) continue;
    results.set(run.id, { ...end, run, finishedAt: Math.max(end.finishedAt, run.started_at ?? 0) });
  }
  return results;
}

async function readExitResult(
  kernel: Kernel,
  spoolRoot: string,
  runId: string,
): Promise<Omit<FinishedRun, 'run'> | undefined> {
  const spool = path.join(spoolRoot, runId);
  if (!existsSync(spool)) return undefined;
  await keepOutput(kernel, await resumeOutput(kernel, runId, spool), true);
  const record = readExitRecord(spool);
  const result = record && resultOfExit(record);
  if (record === undefined || result === undefined) return undefined;
  const { result: outcome, ...rest } = result;
  return { result: outcome, finishedAt: record.finishedAt, detail: detailOf(rest) };
}

/**
 * Removes the spool folders that no run needs any more. What another node has written off meanwhile, but whose true end is
 * recorded here, is kept as a late result: it changes no outcome, and a person is shown it.
 * @param begun runs of this process
 */
export async function clearSpools(kernel: Kernel, spoolRoot: string, begun: readonly string[]): Promise<void> {
  const names = readdirSync(spoolRoot).filter((name) => UUID.test(name) && !begun.includes(name));
  const live = await kernel.db.rows(sql<{ id: string }>`
    select id from engine.live_run where state = 'running' and id = any(${names}::uuid[])`);
  const needed = new Set(live.map(({ id }) => id));
  for (const name of names.filter((id) => !needed.has(id))) {
    const end = await readExitResult(kernel, spoolRoot, name);
    if (end !== undefined) {
      await kernel.db.run(sql`
        update engine.run set detail = detail || jsonb_build_object('late_result', ${end.result}::text)
        where id = ${name} and result = 'interrupted' and not detail ? 'late_result'`);
    }
    rmSync(path.join(spoolRoot, name), { recursive: true, force: true });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
