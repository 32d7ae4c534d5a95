import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newSecret } from '../id.ts';
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
 * Writes `local.key`, which only this user can read. A new one each start: an old copy opens nothing.
 * @throws Problem `home_not_usable`
 */
export function writeLocalKey(home: string): string {
  const key = newSecret('local');
  try {
    mkdirSync(home, { recursive: true });
    replace(path.join(home, KEY), `${key}\n`, 0o600);
  } catch (cause) {
    throw new Problem(
      503,
      'home_not_usable',
      `The home folder ${home} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`,
      {
        hint: 'Name another folder with ALMANAC_HOME.',
        cause,
      },
    );
  }
  return key;
}

export function writeServing(home: string, serving: Serving): void {
  replace(path.join(home, SERVER), `${JSON.stringify(serving)}\n`, 0o644);
}

/** Takes back what this process wrote; what another one has written since stays. */
export function removeServing(home: string, pid: number): void {
  if (readServing(home)?.pid !== pid) return;
  for (const name of [SERVER, KEY]) rmSync(path.join(home, name), { force: true });
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
