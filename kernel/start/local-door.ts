import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../problem.ts';

/** What the command line of the same machine needs to find the process that serves. */
export interface Serving {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  /** ISO 8601. */
  readonly started_at: string;
}

const SERVER = 'server.json';
const KEY = 'local.key';

/**
 * Makes sure that there is a home folder in which we can write.
 * @throws Problem `home_not_usable`
 */
export function openHome(home: string): void {
  try {
    mkdirSync(home, { recursive: true });
    accessSync(home, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Problem(503, 'home_not_usable', `The home folder ${home} cannot be used: ${why}.`, {
      field: 'home',
      hint: 'Name another folder with ALMANAC_HOME.',
      cause,
    });
  }
}

/** Writes `local.key`, which only this user can read. */
export function writeLocalKey(home: string, key: string): void {
  replace(path.join(home, KEY), `${key}\n`, 0o600);
}

export function writeServing(home: string, serving: Serving): void {
  replace(path.join(home, SERVER), `${JSON.stringify(serving)}\n`, 0o644);
}

/** Takes back what this process wrote; what another one has written since stays. */
export function removeServing(home: string, pid: number, key: string): void {
  if (readServing(home)?.pid === pid) rmSync(path.join(home, SERVER), { force: true });
  if (readLocalKey(home) === key) rmSync(path.join(home, KEY), { force: true });
}

export function readServing(home: string): Serving | undefined {
  const text = readIfThere(path.join(home, SERVER));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Serving;
  } catch {
    return undefined;
  }
}

/** @returns undefined when nothing serves here, or when another user's process does */
export function readLocalKey(home: string): string | undefined {
  return readIfThere(path.join(home, KEY))?.trim();
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whole or not at all, also for who reads at this moment. */
function replace(file: string, text: string, mode: number): void {
  const beside = `${file}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode });
  renameSync(beside, file);
}
