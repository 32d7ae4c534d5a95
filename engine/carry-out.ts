import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { compile } from '#time/recurrence.ts';
import { type Kernel, sql } from '#kernel';
import { keepOutput, openOutput, type OutputKeeper } from './worker/output.ts';
import type { FinishedRun } from './finish.ts';
import type { Cause, LiveRunRow, Outcome, RunDetail } from './schema.ts';

/** What a runner is told about its run. Instants are epoch milliseconds. */
export interface RunContext {
  readonly runId: string;
  readonly triggerId: string;
  readonly title: string;
  readonly nominalAt: number;
  readonly dueAt: number;
  readonly startedAt: number;
  readonly deadlineAt: number;
  readonly attempt: number;
  readonly cause: Cause;
  readonly zone: string;
  readonly lastSuccessAt?: number;
  readonly nextAt?: number;
  /** Folder of this run alone; it exists. */
  readonly spool: string;
  /** The owner module's definition as it was when the occurrence was decided. */
  readonly definition: unknown;
}

export interface RunResult {
  readonly result: Outcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly httpStatus?: number;
  /** One sentence for a person. */
  readonly error?: string;
}

/** Takes the output of runners that have no spool file. */
export interface RunOutput {
  write(text: string): void;
}

/** Why a run is asked to end. */
export type EndReason = 'cancel' | 'timeout' | 'fenced' | 'stop';

export type CarryOut = (run: RunContext, output: RunOutput, signal: AbortSignal) => Promise<RunResult>;

declare global {
  interface AlmanacPoints {
    /** How the runs of an owner module are carried out. Called only after their start was committed. */
    'engine.carry_out': { readonly module: string; readonly carryOut: CarryOut };
  }
}

/** The runs that this process has begun. */
export interface Carrier {
  begin(run: LiveRunRow): void;
  /** Ids of all runs begun and not yet written as finished. */
  begun(): string[];
  end(ids: readonly string[], reason: EndReason): void;
  repeatable(): string[];
  /** Forgets a run after its outcome is written, or after it was given back. */
  forget(id: string): void;
  /** Stores what running runs have printed since the last call. */
  collect(): Promise<void>;
  /** Resolves when nothing is running any more. */
  idle(): Promise<void>;
}

interface Begun {
  readonly run: LiveRunRow;
  readonly ending: AbortController;
  readonly output: OutputKeeper;
  readonly over: Promise<void>;
}

/** @param ended called once per run that ended, except those that were fenced or stopped */
export function openCarrier(kernel: Kernel, spoolRoot: string, ended: (finished: FinishedRun) => void): Carrier {
  const all = new Map<string, Begun>();

  async function carry(run: LiveRunRow, output: OutputKeeper, ending: AbortController): Promise<void> {
    const deadline = run.deadline_at ?? Number.POSITIVE_INFINITY;
    const over = new AbortController();
    void kernel.clock.wait(Math.max(deadline - kernel.clock.now(), 0), over.signal).then(() => {
      if (!over.signal.aborted) ending.abort('timeout' satisfies EndReason);
    });
    const { result, ...rest } = await attempt(run, output, ending.signal);
    over.abort();
    await keepOutput(kernel, output, true).catch((error: unknown) =>
      kernel.log.warn({ error, run: run.id }, 'the end of the output could not be kept'),
    );
    if (ending.signal.reason === 'fenced' || ending.signal.reason === 'stop') return;
    ended({ run, result, finishedAt: kernel.clock.now(), detail: detailOf(rest) });
  }

  async function attempt(run: LiveRunRow, output: OutputKeeper, signal: AbortSignal): Promise<RunResult> {
    try {
      const runner = kernel.modules.fills('engine.carry_out').find(({ module }) => module === run.owner_module);
      if (runner === undefined)
        return { result: 'failed', error: `No module carries out runs of ${run.owner_module}.` };
      return await runner.carryOut(await contextOf(kernel, run, output.spool), output, signal);
    } catch (error) {
      kernel.log.error({ error, run: run.id }, 'a runner failed');
      return { result: 'failed', error: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    begin(run) {
      const ending = new AbortController();
      const spool = path.join(spoolRoot, run.id);
      mkdirSync(spool, { recursive: true, mode: 0o700 });
      const output = openOutput(run.id, spool);
      all.set(run.id, { run, ending, output, over: carry(run, output, ending) });
    },
    begun: () => [...all.keys()],
    repeatable: () => [...all.values()].filter(({ run }) => run.repeatable).map(({ run }) => run.id),
    end(ids, reason) {
      for (const id of ids) all.get(id)?.ending.abort(reason);
    },
    forget: (id) => void all.delete(id),
    async collect() {
      for (const { output } of all.values()) await keepOutput(kernel, output, false);
    },
    async idle() {
      await Promise.all([...all.values()].map(({ over }) => over));
    },
  };
}

async function contextOf(kernel: Kernel, run: LiveRunRow, spool: string): Promise<RunContext> {
  const [trigger] = await kernel.db.rows(sql<{
    recurrence: Parameters<typeof compile>[0];
    spread_ms: number;
    last: number | null;
  }>`
    select t.recurrence, t.spread_ms,
      (select max(r.finished_at) from engine.run r where r.trigger_id = t.id and r.result = 'success') as last
    from engine.trigger t where t.id = ${run.trigger_id}`);
  const startedAt = run.started_at ?? kernel.clock.now();
  const next =
    trigger === undefined ? Number.NaN : compile(trigger.recurrence).next(Math.max(run.nominal_at, startedAt));
  return {
    runId: run.id,
    triggerId: run.trigger_id,
    title: run.context.title,
    nominalAt: run.nominal_at,
    dueAt: run.nominal_at + (run.origin === 'schedule' ? (trigger?.spread_ms ?? 0) : 0),
    startedAt,
    deadlineAt: run.deadline_at ?? startedAt + run.context.timeout_ms,
    attempt: run.attempt,
    cause: run.cause,
    zone: run.context.zone,
    spool,
    definition: run.context.definition,
    ...(trigger?.last == null ? {} : { lastSuccessAt: trigger.last }),
    ...(Number.isNaN(next) ? {} : { nextAt: next }),
  };
}

/** The parts of a result that go into the history beside it. */
export function detailOf({ exitCode, signal, httpStatus, error }: Omit<RunResult, 'result'>): RunDetail {
  return {
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(httpStatus === undefined ? {} : { http_status: httpStatus }),
    ...(error === undefined ? {} : { error }),
  };
}
