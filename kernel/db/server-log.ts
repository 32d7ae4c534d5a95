import { closeSync, openSync, readSync } from 'node:fs';

const MOST_BYTES = 16_384;

/** What the server complained about since its log had `from` bytes: its own words, without the time stamps. */
export function complaintsIn(log: string, from: number): string {
  const lines = readFrom(log, from).split('\n').filter(Boolean);
  const complaints = lines.filter((line) => /\b(FATAL|PANIC|DETAIL|HINT):/.test(line));
  const chosen = complaints.length > 0 ? complaints : lines.slice(-1);
  return chosen.map((line) => line.replace(/^.*?\b(FATAL|PANIC|DETAIL|HINT):\s*/, '')).join(' ');
}

function readFrom(file: string, from: number): string {
  const open = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(MOST_BYTES);
    return buffer.toString('utf8', 0, readSync(open, buffer, 0, MOST_BYTES, from));
  } finally {
    closeSync(open);
  }
}
