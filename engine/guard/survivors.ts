// Ends what a dead incarnation of this node, or a dead guard, left running on this host.
import * as fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endGroup } from './end-group.ts';
import { readExitRecord } from './exit-record.ts';
import { bootId, membersOf, startedWith, startTimeOf } from './processes.ts';
import { type ChildRecord, readChildRecord } from './spool.ts';

/** A guard needs a moment beyond the time of grace to write down how its run ended, in milliseconds. */
const guardMarginMs = 3000;

/**
 * Ends the process groups of runs that began under an earlier incarnation and are not over: to be awaited before
 * recovery starts anything anew. A guard that still lives is ending its command by itself and is waited for (so its exit
 * record is there afterwards); without one the group gets TERM, its time of grace and KILL here.
 * A process that merely has the pid of one long gone is not touched: pid, start time and boot must all agree.
 * @param spoolRoot `<home>/spool`
 * @returns how many groups were still alive
 */
export async function endSurvivors(spoolRoot: string): Promise<number> {
  const folders = fs.existsSync(spoolRoot) ? fs.readdirSync(spoolRoot) : [];
  const ended = await Promise.all(folders.map((name) => endSurvivor(path.join(spoolRoot, name))));
  return ended.filter(Boolean).length;
}

/** Does the same for one run; false when nothing of it was alive. */
export async function endSurvivor(spool: string): Promise<boolean> {
  const child = readChildRecord(spool);
  if (child === undefined || child.bootId !== bootId() || readExitRecord(spool) !== undefined) return false;
  const guarded = guardLives(child);
  if (guarded) await guardSettles(spool, child);
  if (readExitRecord(spool) !== undefined) return guarded;
  if (!isAlive(child)) return guarded;
  await endGroup(child.pgid, child.graceMs);
  return true;
}

async function guardSettles(spool: string, child: ChildRecord): Promise<void> {
  const until = performance.now() + child.graceMs + guardMarginMs;
  while (performance.now() < until && guardLives(child) && readExitRecord(spool) === undefined) await wait(20);
}

function guardLives(child: ChildRecord): boolean {
  return startTimeOf(child.guardPid) === child.guardStartTime;
}

function isAlive(child: ChildRecord): boolean {
  const leader = startTimeOf(child.pid);
  if (leader !== undefined) return leader === child.startTime;
  // Without its leader the group is known by the run id that its members were started with.
  return membersOf(child.pgid).some((member) => startedWith(member.pid, `ALMANAC_RUN_ID=${child.runId}`));
}
