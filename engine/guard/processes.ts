// What the operating system says about processes. Linux is read from /proc; elsewhere `ps` is asked.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';

/** A process of a group that can still do something: zombies are not listed. */
export interface Member {
  readonly pid: number;
  readonly startTime: string;
}

/** A name of this boot of this machine; pids of another boot mean nothing. */
export function bootId(): string {
  if (hasProc) return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return run('sysctl', ['-n', 'kern.boottime']).trim();
}

/** When this process began (opaque text to compare), or undefined when there is none or only its zombie. */
export function startTimeOf(pid: number): string | undefined {
  if (!hasProc)
    return run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)])
      .trim()
      .match(/^[^Z\s]\S*\s+(.*)$/)?.[1];
  const stat = statOf(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat.startTime;
}

/** The living processes of a process group. */
export function membersOf(pgid: number): Member[] {
  assertGroup(pgid);
  if (!groupExists(pgid)) return [];
  return hasProc ? membersByProc(pgid) : membersByPs(pgid);
}

/** Whether a process carries `name=value` in the environment it was started with; false when that may not be read. */
export function startedWith(pid: number, variable: string): boolean {
  if (!hasProc) return run('ps', ['-E', '-o', 'command=', '-p', String(pid)]).includes(variable);
  try {
    return fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
  } catch {
    return false;
  }
}

/** Sends a signal to a whole group; a group that is gone is no error. */
export function signalGroup(pgid: number, signal: NodeJS.Signals): void {
  assertGroup(pgid);
  try {
    process.kill(-pgid, signal);
  } catch {
    // gone already
  }
}

/** The same answer as `membersOf`, from `ps`: for systems without /proc. */
export function membersByPs(pgid: number): Member[] {
  return run('ps', ['-A', '-o', 'pgid=,pid=,stat=,lstart='])
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S)\S*\s+(.*)$/.exec(line))
    .filter((found) => found !== null && Number(found[1]) === pgid && found[3] !== 'Z')
    .map((found) => ({ pid: Number(found?.[2]), startTime: found?.[4]?.trim() ?? '' }));
}

/** kill(0) is our own group and kill(-1) everything: a damaged record must never get that far. */
function assertGroup(pgid: number): void {
  if (!Number.isInteger(pgid) || pgid <= 1) throw new Error(`${pgid} is not the process group of a run`);
}

const hasProc = fs.existsSync('/proc/self/stat');

function membersByProc(pgid: number): Member[] {
  const members: Member[] = [];
  for (const name of fs.readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = statOf(pid);
    if (stat?.pgid === pgid && stat.state !== 'Z' && stat.state !== 'X')
      members.push({ pid, startTime: stat.startTime });
  }
  return members;
}

function statOf(pid: number): { state: string; pgid: number; startTime: string } | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may itself hold spaces and parentheses: the fields begin after the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', pgid: Number(fields[2]), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function groupExists(pgid: number): boolean {
  try {
    process.kill(-pgid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function run(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
