// The files of one run's spool folder. The guard writes them, the node reads them, also after a crash of either.
import * as fs from 'node:fs';
import path from 'node:path';

/** Names in `<home>/spool/<runId>/`. */
export const spoolFile = {
  /** Who carries the run out: written before the command may do anything. */
  child: 'child.json',
  /** The first bytes of the output, appended as they come. */
  output: 'output',
  /** The last bytes beyond `output`; its first line is the offset at which they begin. */
  tail: 'tail',
  /** How the run ended: there only when it is over. */
  exit: 'exit.json',
} as const;

/** The most bytes kept in `output`, and again in `tail`. */
export const spoolLimit = 1_000_000;

/** Identifies the processes of a run so that a reused pid is never taken for one of them. */
export interface ChildRecord {
  readonly runId: string;
  readonly pid: number;
  /** Process group and session of the command; equal to `pid`. */
  readonly pgid: number;
  /** When the kernel started `pid`: clock ticks since boot on Linux, `ps`' date elsewhere. */
  readonly startTime: string;
  readonly bootId: string;
  readonly guardPid: number;
  readonly guardStartTime: string;
  /** Between TERM and KILL, in milliseconds. */
  readonly graceMs: number;
}

/** The identity of the run's processes, or undefined when the command never began. */
export function readChildRecord(spool: string): ChildRecord | undefined {
  const child = readJson(path.join(spool, spoolFile.child)) as Partial<ChildRecord> | undefined;
  const complete =
    Number.isInteger(child?.pid) && Number.isInteger(child?.pgid) && typeof child?.startTime === 'string';
  return complete ? (child as ChildRecord) : undefined;
}

/** The JSON in a file, or undefined when it is missing or torn. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Replaces a file whole; `durable` also survives a power cut when this returns. */
export function writeWhole(file: string, content: string | readonly Uint8Array[], durable: boolean): void {
  const unfinished = `${file}.tmp`;
  const fd = fs.openSync(unfinished, 'w', 0o600);
  try {
    if (typeof content === 'string') fs.writeFileSync(fd, content);
    else for (const part of content) fs.writeFileSync(fd, part);
    if (durable) fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(unfinished, file);
  if (durable) syncFolder(path.dirname(file));
}

function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
