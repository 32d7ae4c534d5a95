// How a run ended and what it printed, read from its spool folder: by the node that began it or by its successor.
import * as fs from 'node:fs';
import path from 'node:path';
import { readJson, spoolFile, writeWhole } from './spool.ts';

/** Written once by the guard, durably, when the command is over. Instants are epoch milliseconds on the node's clock. */
export interface ExitRecord {
  readonly runId: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  /** Null when a signal ended the command or it never began. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly endedBy: 'itself' | 'cancel' | 'timeout' | 'node-gone';
  /** Why the command could not begin, or was lost: one sentence for a person. */
  readonly error?: string;
  readonly outputBytes: number;
  /** Bytes of the middle that were not kept. */
  readonly droppedBytes: number;
}

/** How the run ended, or undefined while it is not over (or its guard was killed). */
export function readExitRecord(spool: string): ExitRecord | undefined {
  const record = readJson(path.join(spool, spoolFile.exit)) as Partial<ExitRecord> | undefined;
  return typeof record?.runId === 'string' && typeof record.finishedAt === 'number'
    ? (record as ExitRecord)
    : undefined;
}

/** Puts the record where `readExitRecord` finds it; it survives a power cut when this returns. */
export function writeExitRecord(spool: string, record: ExitRecord): void {
  writeWhole(path.join(spool, spoolFile.exit), `${JSON.stringify(record)}\n`, true);
}

/**
 * Reads output from a byte offset on, as it is now.
 * @param from offset in bytes: 0, or the `next` of the last reading
 * @param most bytes, at least 4
 * @returns `next` to go on from, and how many of the bytes between `from` and `next` are not in `text`: those that were
 * not kept. A character that is still being written is left for the next reading. A NUL is shown as ␀.
 */
export function readOutput(spool: string, from: number, most: number): { text: string; next: number; dropped: number } {
  const over = fs.existsSync(path.join(spool, spoolFile.exit));
  const piece = pieceFrom(spool, Math.max(0, from), Math.max(4, most));
  const skipped = piece.afterGap ? strayBytesAtStart(piece.bytes) : 0;
  const whole = piece.bytes.subarray(skipped);
  const unfinished = over && piece.atEnd ? 0 : unfinishedBytesAtEnd(whole);
  const kept = whole.subarray(0, whole.length - unfinished);
  // Before a gap the rest of a cut character never comes: it is dropped with the gap.
  const cut = piece.beforeGap ? unfinished : 0;
  const next = piece.at + skipped + kept.length + cut;
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(kept).replaceAll('\0', '␀');
  return { text, next, dropped: next - Math.max(0, from) - kept.length };
}

/** How much output there was as far as the spool shows, and how much of it was not kept; in bytes. */
export function outputSize(spool: string): { outputBytes: number; droppedBytes: number } {
  const tail = openTail(spool);
  if (tail !== undefined) fs.closeSync(tail.fd);
  const headSize = fs.statSync(path.join(spool, spoolFile.output), { throwIfNoEntry: false })?.size ?? 0;
  if (tail === undefined) return { outputBytes: headSize, droppedBytes: 0 };
  return { outputBytes: tail.start + tail.bytes, droppedBytes: tail.start - headSize };
}

interface Piece {
  readonly bytes: Uint8Array;
  /** Offset of the first byte. */
  readonly at: number;
  readonly afterGap: boolean;
  readonly beforeGap: boolean;
  readonly atEnd: boolean;
}

function pieceFrom(spool: string, from: number, most: number): Piece {
  const tail = openTail(spool);
  const head = openForReading(path.join(spool, spoolFile.output));
  try {
    const headSize = head === undefined ? 0 : fs.fstatSync(head).size;
    const tailStart = tail?.start ?? headSize;
    const end = tail === undefined ? headSize : tailStart + tail.bytes;
    if (from >= end) return { bytes: new Uint8Array(0), at: from, afterGap: false, beforeGap: false, atEnd: true };
    const gap = tailStart > headSize;
    if (from < headSize) {
      const first = readAt(head, from, Math.min(most, headSize - from));
      const reachedHeadEnd = from + first.length === headSize;
      if (gap || !reachedHeadEnd || tail === undefined) {
        return {
          bytes: first,
          at: from,
          afterGap: false,
          beforeGap: gap && reachedHeadEnd,
          atEnd: from + first.length >= end,
        };
      }
      const second = readAt(tail.fd, tail.header, Math.min(most - first.length, tail.bytes));
      return {
        bytes: joined(first, second),
        at: from,
        afterGap: false,
        beforeGap: false,
        atEnd: from + first.length + second.length >= end,
      };
    }
    const at = Math.max(from, tailStart);
    const bytes = readAt(tail?.fd, (tail?.header ?? 0) + at - tailStart, Math.min(most, end - at));
    return { bytes, at, afterGap: gap && at === tailStart, beforeGap: false, atEnd: at + bytes.length >= end };
  } finally {
    if (tail !== undefined) fs.closeSync(tail.fd);
    if (head !== undefined) fs.closeSync(head);
  }
}

/** The tail as it was last written; `start` is the offset of its first byte, `header` where that byte lies in the file. */
function openTail(spool: string): { fd: number; start: number; header: number; bytes: number } | undefined {
  const fd = openForReading(path.join(spool, spoolFile.tail));
  if (fd === undefined) return undefined;
  const line = new TextDecoder().decode(readAt(fd, 0, 32));
  const header = line.indexOf('\n') + 1;
  return { fd, start: Number.parseInt(line, 10), header, bytes: fs.fstatSync(fd).size - header };
}

function openForReading(file: string): number | undefined {
  try {
    return fs.openSync(file, 'r');
  } catch {
    return undefined;
  }
}

function readAt(fd: number | undefined, position: number, length: number): Uint8Array {
  if (fd === undefined || length <= 0) return new Uint8Array(0);
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, position));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** Bytes at the start that continue a character whose beginning was not kept. */
function strayBytesAtStart(bytes: Uint8Array): number {
  let stray = 0;
  while (stray < 3 && ((bytes[stray] ?? 0) & 0b1100_0000) === 0b1000_0000) stray++;
  return stray;
}

/** Bytes at the end that begin a character without finishing it. */
function unfinishedBytesAtEnd(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const length = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
