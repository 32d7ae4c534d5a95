import { setTimeout as pause } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import os from 'node:os';
import { Client, type ClientConfig } from 'pg';
import { Problem } from '../problem.ts';

/** The right to use a home. It lives as long as its database session: a kill −9 of the owner frees it at once. */
export interface HomeLock {
  /** Settles when the session has ended, whoever ended it. */
  readonly lost: Promise<void>;
  isHeld(): boolean;
  release(): Promise<void>;
}

/** The letters "alm". Advisory locks are per database, and no other lock of ours has this class. */
const LOCK_CLASS = 0x61_6c_6d;

/** The session of a process that was killed a moment ago may still be about to end. */
const ATTEMPTS = 5;
const BETWEEN_MS = 100;

/**
 * Makes us the one owner of a home of this machine.
 * @param server the database that all who could want this home meet in
 * @param owner who we are, for the sentence that others get; PostgreSQL keeps its first 63 bytes
 * @throws Problem `home_taken` naming the owner.
 */
export async function claimHome(server: ClientConfig, home: string, owner: string): Promise<HomeLock> {
  const client = new Client({ ...server, application_name: owner });
  const key = keyOf(home);
  // What broke is told by the end of the session.
  client.on('error', () => {});
  let held = true;
  const lost = new Promise<void>((resolve) => {
    client.once('end', () => {
      held = false;
      resolve();
    });
  });
  await client.connect();
  try {
    for (let attempt = 1; !(await lock(client, key)); attempt++) {
      if (attempt === ATTEMPTS) throw taken(home, await nameOwner(client, key));
      await pause(BETWEEN_MS);
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  return { lost, isHeld: () => held, release: () => client.end() };
}

/** Several machines may share the server, each with its own homes. */
function keyOf(home: string): number {
  return createHash('sha256').update(`${os.hostname()}:${home}`).digest().readInt32BE();
}

async function lock(client: Client, key: number): Promise<boolean> {
  const question = 'select pg_try_advisory_lock($1, $2) as granted';
  const { rows } = await client.query<{ granted: boolean }>(question, [LOCK_CLASS, key]);
  return rows[0]?.granted === true;
}

async function nameOwner(client: Client, key: number): Promise<string | undefined> {
  const { rows } = await client.query<{ owner: string }>(
    `select a.application_name as owner
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.classid = $1 and l.objid::int8 = $2::int8 & 4294967295 and l.granted and a.datname = current_database()`,
    [LOCK_CLASS, key],
  );
  return rows[0]?.owner;
}

function taken(home: string, owner: string | undefined): Problem {
  const who = owner === undefined ? 'another Almanac' : `another Almanac (${owner})`;
  const hint = 'Stop that one first, or name another folder with ALMANAC_HOME.';
  return new Problem(409, 'home_taken', `The home ${home} is in use by ${who}.`, { hint });
}
