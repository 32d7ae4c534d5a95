import type { Cause, Outcome, RunDetail } from './schema.ts';

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
  /** Folder of this run alone; it is there as soon as somebody asks for it. */
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

/** Longest sentence that is kept of a failure, in characters. */
const LONGEST_ERROR = 2000;

/** The parts of a result that go into the history beside it. */
export function detailOf({ exitCode, signal, httpStatus, error }: Omit<RunResult, 'result'>): RunDetail {
  return {
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(httpStatus === undefined ? {} : { http_status: httpStatus }),
    ...(error === undefined ? {} : { error: storable(error) }),
  };
}

/** JSON in the database knows neither NUL nor half a character. */
function storable(text: string): string {
  return text.slice(0, LONGEST_ERROR).replaceAll('\0', '␀').toWellFormed();
}
