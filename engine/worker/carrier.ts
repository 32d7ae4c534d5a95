import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Kernel } from '#kernel';
import { detailOf, type EndReason, type RunResult } from '../carry-out.ts';
import type { FinishedRun } from '../finish.ts';
import type { LiveRunRow } from '../schema.ts';
import { contextOf, type TriggerFacts } from './facts.ts';
import { keepOutput, openOutput, type OutputKeeper } from './output.ts';

/** The runs that this process has begun. */
export interface Carrier {
  begin(run: LiveRunRow, facts: TriggerFacts | undefined): void;
  /** Ids of all runs begun and not yet forgotten. */
  begun(): string[];
  end(ids: readonly string[], reason: EndReason): void;
  repeatable(): string[];
  /** Ids of runs that were fenced or stopped and are over: they have no result of their own. */
  cut(): string[];
  /** Forgets runs after their outcome is written, or after they were given back. */
  forget(ids: readonly string[]): Promise<void>;
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
  outputIsKept: boolean;
  wasCut: boolean;
}

/** @param ended called once per run that ended, except those that were fenced or stopped */
export function openCarrier(
  kernel: Kernel,
  spoolRoot: string,
  ended: (run: LiveRunRow, end: FinishedRun) => void,
): Carrier {
  const all = new Map<string, Begun>();
  const { clock, log } = kernel;

  async function carry(begun: Omit<Begun, 'over'>, facts: TriggerFacts | undefined): Promise<void> {
    const { run, output, ending } = begun;
    const deadline = run.deadline_at ?? Number.POSITIVE_INFINITY;
    const over = new AbortController();
    void clock.wait(Math.max(deadline - clock.now(), 0), over.signal).then(() => {
      if (!over.signal.aborted) ending.abort('timeout' satisfies EndReason);
    });
    const { result, ...rest } = await attempt(begun, facts);
    // Asked now: what ended by itself before it was cut has a result.
    const { reason } = ending.signal;
    over.abort();
    begun.outputIsKept = await keepRest(output);
    if (reason === 'fenced' || reason === 'stop') begun.wasCut = true;
    else ended(run, { run, result, finishedAt: clock.now(), detail: detailOf(rest) });
  }

  async function attempt(
    { run, output, ending }: Omit<Begun, 'over'>,
    facts: TriggerFacts | undefined,
  ): Promise<RunResult> {
    try {
      const runner = kernel.modules.fills('engine.carry_out').find(({ module }) => module === run.owner_module);
      if (runner === undefined)
        return { result: 'failed', error: `No module carries out runs of ${run.owner_module}.` };
      return await runner.carryOut(
        contextOf(run, facts, () => makeFolder(output.spool)),
        output,
        ending.signal,
      );
    } catch (error) {
      log.error({ error, run: run.id }, 'a runner failed');
      return { result: 'failed', error: error instanceof Error ? error.message : String(error) };
    }
  }

  async function keepRest(output: OutputKeeper): Promise<boolean> {
    try {
      await keepOutput(kernel, output, true);
      return true;
    } catch (error) {
      log.warn({ error, run: output.runId }, 'the end of the output could not be kept');
      return false;
    }
  }

  return {
    begin(run, facts) {
      const spool = path.join(spoolRoot, run.id);
      const begun = {
        run,
        ending: new AbortController(),
        output: openOutput(run.id, spool),
        outputIsKept: false,
        wasCut: false,
      };
      all.set(run.id, Object.assign(begun, { over: carry(begun, facts) }));
    },
    begun: () => [...all.keys()],
    repeatable: () => [...all.values()].filter(({ run }) => run.repeatable).map(({ run }) => run.id),
    cut: () => [...all.values()].filter(({ wasCut }) => wasCut).map(({ run }) => run.id),
    end(ids, reason) {
      for (const id of ids) all.get(id)?.ending.abort(reason);
    },
    async forget(ids) {
      for (const id of ids) {
        const begun = all.get(id);
        if (begun === undefined) continue;
        // The database has answered just now, so what failed before may go through.
        if (!begun.outputIsKept) await keepRest(begun.output);
        all.delete(id);
        if (existsSync(begun.output.spool)) rmSync(begun.output.spool, { recursive: true, force: true });
      }
    },
    async collect() {
      for (const { output } of all.values()) {
        await keepOutput(kernel, output, false).catch((error: unknown) =>
          log.warn({ error, run: output.runId }, 'output could not be kept; it tries again'),
        );
      }
    },
    async idle() {
      await Promise.all([...all.values()].map(({ over }) => over));
    },
  };
}

function makeFolder(spool: string): string {
  mkdirSync(spool, { recursive: true, mode: 0o700 });
  return spool;
}
