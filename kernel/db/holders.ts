import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, type HomeLayout } from './home.ts';

/**
 * The living processes of a server that works in the data folder: the postmaster and its children.
 * A process id alone proves nothing, because it may have gone to a stranger and a zombie keeps it; but PostgreSQL's
 * processes have the data folder as their working directory, and zombies have none.
 */
export function holdersOf(layout: HomeLayout): number[] {
  if (process.platform !== 'linux') return postmastersByCommand(layout.data);
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => holds(pid, layout));
}

/** Whether this process is one of them. */
export function holds(pid: number, layout: HomeLayout): boolean {
  if (process.platform !== 'linux') return postmastersByCommand(layout.data).includes(pid);
  try {
    return workingFolderOf(pid, layout) === layout.data && nameOf(pid) === 'postgres';
  } catch {
    return false;
  }
}

const POLL_MS = 20;

/**
 * Waits until nothing of a server works in the data folder: the children of a killed postmaster notice its death a moment
 * later. Answers who is left after `patience` milliseconds.
 */
export async function untilUnheld(layout: HomeLayout, patience: number, signal?: AbortSignal): Promise<number[]> {
  const until = performance.now() + patience;
  for (;;) {
    const left = holdersOf(layout);
    if (left.length === 0 || performance.now() > until) return left;
    await pause(POLL_MS, undefined, signal ? { signal } : {});
  }
}

function workingFolderOf(pid: number, layout: HomeLayout): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    const { user } = layout;
    // Root without CAP_SYS_PTRACE, the rule in containers, may not look at another user's process; that user may.
    if (codeOf(error) !== 'EACCES' || !user || statSync(`/proc/${pid}`).uid !== user.uid) return undefined;
    const looked = spawnSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8', cwd: '/', ...user });
    // Who cannot be looked at is taken for a holder: two servers in one data folder destroy it.
    return looked.error ? layout.data : looked.stdout.trimEnd();
  }
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
}

/** Where there is no /proc: postmasters name their data folder on the command line, their children do not. */
function postmastersByCommand(data: string): number[] {
  const { stdout } = spawnSync('ps', ['-axo', 'pid=,stat=,command='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((found) => found !== null && !found[2]?.startsWith('Z') && `${found[3]} `.includes(` -D ${data} `))
    .map((found) => Number(found?.[1]));
}
