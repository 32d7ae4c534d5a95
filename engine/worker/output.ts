import { existsSync } from 'node:fs';
import { at, type Kernel, sql } from '#kernel';
import { readOutput } from '../guard/exit-record.ts';

/** Read from a spool at once, in bytes. */
const PIECE = 256 * 1024;
/** While a run goes on, its first so many bytes are kept as they come; the end of the rest follows when it is over. */
const LIVE_BYTES = 1_000_000;

/** Where the output of a run stands: how much of it is in the database already. */
export interface OutputKeeper {
  readonly runId: string;
  readonly spool: string;
  /** Bytes that are kept. */
  kept: number;
  /** Text of a runner without a spool file that waits to be kept. */
  waiting: string;
  /** The last keeping that was begun: one at a time, because each goes on from where the one before has stopped. */
  keeping: Promise<unknown>;
  write(text: string): void;
}

export function openOutput(runId: string, spool: string): OutputKeeper {
  let room = 2 * LIVE_BYTES;
  return {
    runId,
    spool,
    kept: 0,
    waiting: '',
    keeping: Promise.resolve(),
    write(text) {
      const fits = text.slice(0, room);
      room -= fits.length;
      this.waiting += fits;
    },
  };
}

/**
 * Moves new output into the database, where every node and a later incarnation can read it. Repeating it is harmless: a
 * piece is known by where it ends.
 * @param atEnd also what comes after the limit for running runs
 */
export function keepOutput(kernel: Kernel, output: OutputKeeper, atEnd: boolean): Promise<void> {
  const turn = output.keeping.then(() => keepNow(kernel, output, atEnd));
  output.keeping = turn.catch(() => {});
  return turn;
}

async function keepNow(kernel: Kernel, output: OutputKeeper, atEnd: boolean): Promise<void> {
  if (output.waiting !== '') {
    const text = output.waiting;
    const next = output.kept + Buffer.byteLength(text);
    await writePiece(kernel, output, { text: text.replaceAll('\0', '␀'), next, dropped: 0 });
    output.waiting = output.waiting.slice(text.length);
    return;
  }
  if (!existsSync(output.spool)) return;
  const limit = atEnd ? Number.POSITIVE_INFINITY : LIVE_BYTES;
  while (output.kept < limit) {
    const piece = readOutput(output.spool, output.kept, PIECE);
    if (piece.next === output.kept) return;
    await writePiece(kernel, output, piece);
  }
}

interface Piece {
  readonly text: string;
  readonly next: number;
  readonly dropped: number;
}

async function writePiece(kernel: Kernel, output: OutputKeeper, { text, next, dropped }: Piece): Promise<void> {
  await kernel.db.run(sql`
    insert into engine.run_output (run_id, from_byte, to_byte, at, text, dropped)
    values (${output.runId}, ${output.kept}, ${next}, ${at(kernel.clock.now())}, ${text}, ${dropped}) on conflict do nothing`);
  output.kept = next;
  kernel.signals.raise('output');
}

/** Takes up where a dead incarnation stopped keeping. */
export async function resumeOutput(kernel: Kernel, runId: string, spool: string): Promise<OutputKeeper> {
  const [row] = await kernel.db.rows(
    sql<{ kept: number | null }>`select max(to_byte) as kept from engine.run_output where run_id = ${runId}`,
  );
  return Object.assign(openOutput(runId, spool), { kept: row?.kept ?? 0 });
}

export interface KeptOutput {
  readonly text: string;
  /** Give it as `from` to read on. */
  readonly next: number;
  /** Bytes in between that were not kept. */
  readonly dropped: number;
  /** Nothing more is kept at this moment. */
  readonly atEnd: boolean;
}

const PIECES_AT_ONCE = 16;

/** Output from a position on, in whole pieces. */
export async function readKept(kernel: Kernel, runId: string, from: number): Promise<KeptOutput> {
  const rows = await kernel.db.rows(sql<{ to_byte: number; text: string; dropped: number }>`
    select to_byte, text, dropped from engine.run_output where run_id = ${runId} and to_byte > ${from} order by to_byte limit ${PIECES_AT_ONCE}`);
  return {
    text: rows
      .map(({ text, dropped }) => (dropped > 0 ? `\n… ${dropped} bytes were not kept …\n${text}` : text))
      .join(''),
    next: rows.at(-1)?.to_byte ?? from,
    dropped: rows.reduce((sum, { dropped }) => sum + dropped, 0),
    atEnd: rows.length < PIECES_AT_ONCE,
  };
}

/** Output is kept this long, in milliseconds (spec 4.3). */
const KEPT_FOR = 30 * 24 * 60 * 60 * 1000;

export async function forgetOldOutput(kernel: Kernel): Promise<void> {
  await kernel.db.run(sql`delete from engine.run_output where at < ${at(kernel.clock.now() - KEPT_FOR)}`);
}
