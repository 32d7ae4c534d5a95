// Keeps the beginning and the end of a command's output, however much there is of it.
import * as fs from 'node:fs';
import { clearTimeout, setTimeout } from 'node:timers';
import path from 'node:path';
import { spoolFile, spoolLimit, writeWhole } from './spool.ts';

/** The tail on disk is at most this old while output flows, in milliseconds. */
const tailEveryMs = 1000;

export interface OutputSpool {
  /** Keeps what is worth keeping; the bytes may be reused afterwards. */
  readonly write: (chunk: Uint8Array) => void;
  /** Writes what is still only in memory; nothing may be written afterwards. */
  readonly close: () => { outputBytes: number; droppedBytes: number };
}

/** Opens `output` and, once that is full, keeps a ring that becomes `tail`. A full disk loses output, never the run. */
export function openOutputSpool(spool: string): OutputSpool {
  const head = fs.openSync(path.join(spool, spoolFile.output), 'w', 0o600);
  let written = 0;
  let headBytes = 0;
  let ring: Uint8Array | undefined;
  let timer: NodeJS.Timeout | undefined;

  function write(chunk: Uint8Array): void {
    const wholeSoFar = written === headBytes;
    const taken = wholeSoFar ? append(head, chunk.subarray(0, spoolLimit - headBytes)) : 0;
    headBytes += taken;
    const beyond = chunk.subarray(taken);
    if (beyond.length > 0) {
      ring ??= new Uint8Array(spoolLimit);
      keep(ring, beyond, written + taken - headBytes);
      timer ??= setTimeout(flush, tailEveryMs);
    }
    written += chunk.length;
  }

  function flush(): void {
    timer = undefined;
    if (ring === undefined) return;
    const beyond = written - headBytes;
    const start = headBytes + Math.max(0, beyond - ring.length);
    const at = beyond % ring.length;
    const parts = beyond <= ring.length ? [ring.subarray(0, beyond)] : [ring.subarray(at), ring.subarray(0, at)];
    try {
      writeWhole(path.join(spool, spoolFile.tail), [new TextEncoder().encode(`${start}\n`), ...parts], false);
    } catch {
      // no room: the next flush tries again
    }
  }

  function close(): { outputBytes: number; droppedBytes: number } {
    clearTimeout(timer);
    flush();
    fs.closeSync(head);
    const kept = headBytes + Math.min(written - headBytes, ring?.length ?? 0);
    return { outputBytes: written, droppedBytes: written - kept };
  }

  return { write, close };
}

/** Appends and says how much the disk took. */
function append(fd: number, bytes: Uint8Array): number {
  let done = 0;
  try {
    while (done < bytes.length) done += fs.writeSync(fd, bytes, done);
  } catch {
    // no room: the rest goes to the ring
  }
  return done;
}

/** Lays `bytes` into the ring; `before` is how many bytes went in earlier. */
function keep(ring: Uint8Array, bytes: Uint8Array, before: number): void {
  const last = bytes.subarray(Math.max(0, bytes.length - ring.length));
  const at = (before + bytes.length - last.length) % ring.length;
  const first = last.subarray(0, ring.length - at);
  ring.set(first, at);
  ring.set(last.subarray(first.length), 0);
}
