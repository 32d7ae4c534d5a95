import { readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../problem.ts';
import { holds, untilUnheld } from './holders.ts';
import { codeOf, type HomeLayout } from './home.ts';

/** What PostgreSQL writes about itself into `postmaster.pid`; while it starts, the later lines are missing. */
export interface PidFile {
  readonly pid: number;
  readonly socket: string;
  /** `starting`, `stopping`, `ready`, `standby`. */
  readonly status: string;
}

export function readPidFile(data: string): PidFile | undefined {
  const lines = readIfThere(path.join(data, 'postmaster.pid'))?.split('\n');
  return lines && { pid: Number(lines[0]), socket: lines[4] ?? '', status: (lines[7] ?? '').trim() };
}

const PATIENCE_MS = 10_000;

/**
 * Removes the lock files of a server that was killed. PostgreSQL does not dare to while their process id exists, and it
 * exists when the dead server is still a zombie or when a stranger got the number.
 * @throws Problem `home_in_use` when processes of a server still work in the data folder.
 */
export async function clearStaleLocks(layout: HomeLayout, signal: AbortSignal): Promise<void> {
  const left = await untilUnheld(layout, PATIENCE_MS, signal);
  if (left.length > 0) {
    throw new Problem(
      503,
      'home_in_use',
      `Processes of another server still work in ${layout.data}: ${left.join(', ')}.`,
    );
  }
  removeStale(path.join(layout.data, 'postmaster.pid'), layout);
  removeStale(path.join(layout.socket, '.s.PGSQL.5432.lock'), layout);
}

/** Takes the file aside before judging it: a start at the same moment may have put its own in place. */
function removeStale(file: string, layout: HomeLayout): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const pid = Number(readIfThere(aside)?.split('\n')[0]);
  if (holds(pid, layout)) renameSync(aside, file);
  else rmSync(aside);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
