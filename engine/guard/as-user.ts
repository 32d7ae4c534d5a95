// Becomes another user and then the command itself. Started by the guard as root, with an empty environment: what the
// job's owner wrote (NODE_OPTIONS, LD_PRELOAD, PATH) must not act before the rights are gone.
import * as fs from 'node:fs';
import { flushCompileCache } from 'node:module';
import { findObstacle } from './find-program.ts';
import { execShell } from './gate.ts';

/** One JSON text on file descriptor 3; its end is the word to go. An obstacle is answered on descriptor 4. */
export interface UserSwitch {
  readonly uid: number;
  readonly gid: number;
  readonly user?: string;
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Missing in Node's published types. */
const systemCalls = process as unknown as { initgroups(user: string, group: number): void };

become(JSON.parse(fs.readFileSync(3, 'utf8')) as UserSwitch);

function become({ uid, gid, user, cwd, argv, env }: UserSwitch): void {
  try {
    if (user === undefined) process.setgroups?.([gid]);
    else systemCalls.initgroups(user, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    return giveUp(`The server may not become user ${user ?? uid}: ${(error as Error).message}.`);
  }
  const obstacle = findObstacle(argv[0] ?? '', cwd, env['PATH']);
  if (obstacle !== undefined) return giveUp(obstacle);
  process.chdir(cwd);
  flushCompileCache(); // execve leaves no exit at which Node would do it
  fs.closeSync(3);
  fs.closeSync(4);
  // Node ignores these two, and ignoring is inherited; a handler is not: the command gets the defaults.
  process.on('SIGPIPE', () => {});
  process.on('SIGXFSZ', () => {});
  process.execve?.('/bin/sh', ['sh', '-c', execShell(env), ...argv], { ...env });
}

function giveUp(obstacle: string): void {
  fs.writeSync(4, obstacle);
  process.exitCode = 126;
}
