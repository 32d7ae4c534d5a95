// Ends a process group for good: TERM, a time of grace, KILL.
// Real processes die in real time, so this waits by itself and not through the Clock: a test's clock must not hold a kill back.
import { setTimeout as wait } from 'node:timers/promises';
import { membersOf, signalGroup } from './processes.ts';

/** A process that hangs in the kernel cannot be killed; waiting for it for ever would hold the run open. */
const unkillableMs = 5000;

/**
 * Resolves when no process of the group can do anything any more, or 5 s after KILL at the latest.
 * @param graceMs between TERM and KILL, in milliseconds; 0 kills at once
 */
export async function endGroup(pgid: number, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    signalGroup(pgid, 'SIGTERM');
    signalGroup(pgid, 'SIGCONT'); // a stopped process would never see the TERM
    if (await emptyWithin(pgid, graceMs)) return;
  }
  // Again and again: a process that forks while it is killed can leave a child behind.
  for (const until = performance.now() + unkillableMs; performance.now() < until;) {
    signalGroup(pgid, 'SIGKILL');
    if (await emptyWithin(pgid, 100)) return;
  }
}

async function emptyWithin(pgid: number, ms: number): Promise<boolean> {
  const until = performance.now() + ms;
  for (let pause = 2; membersOf(pgid).length > 0; pause = Math.min(pause * 2, 50)) {
    const left = until - performance.now();
    if (left <= 0) return false;
    await wait(Math.min(pause, left));
  }
  return true;
}
