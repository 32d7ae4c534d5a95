// What the node tells a guard, and what the guard answers.
import type { ExitRecord } from './exit-record.ts';

/** A command to carry out. */
export interface CommandSpec {
  readonly runId: string;
  /** Program and arguments; the program is looked for in the PATH of `env`. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** All the command gets: nothing of the server's environment is added. Names as a shell takes them. */
  readonly env: Readonly<Record<string, string>>;
  /** Text for standard input; without it the command reads an empty one. */
  readonly stdin?: string;
  /** Run as another user: only a server that runs as root may. */
  readonly uid?: number;
  readonly gid?: number;
  /** Name of that user: the command also gets the user's further groups. */
  readonly user?: string;
  /** Between TERM and KILL, in milliseconds. */
  readonly graceMs: number;
  /** The run's own folder; it exists. Absolute. */
  readonly spool: string;
  /** The instant of the launch on the node's clock, in epoch milliseconds: the guard only measures how long it takes. */
  readonly startedAt?: number;
}

/** Lines the guard writes to the node. */
export type GuardMessage =
  | { readonly is: 'started'; readonly pid: number }
  | { readonly is: 'exited'; readonly record: ExitRecord };

/** Lines the node writes to the guard after the spec. */
export interface GuardOrder {
  readonly end: 'cancel' | 'timeout';
}
