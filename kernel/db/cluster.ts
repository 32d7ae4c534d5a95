import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, DatabaseError } from 'pg';
import { Problem } from '../problem.ts';
import { type Binaries, environmentOf } from './binaries.ts';
import { type HomeLayout, stateOfData } from './home.ts';

const BESIDE = 'data.new-';

/**
 * Makes the data folder when there is none. It is made beside its final place and then renamed, so that neither a crash
 * nor a second first start at the same moment can leave half of one.
 * @throws Problem `home_not_usable` when the folder holds something else, `database_not_made` with initdb's words.
 */
export async function makeCluster(layout: HomeLayout, binaries: Binaries): Promise<void> {
  if (isMade(layout)) return;
  const beside = mkdtempSync(path.join(layout.home, BESIDE));
  try {
    if (layout.user) chownSync(beside, layout.user.uid, layout.user.gid);
    await runInitdb(layout, binaries, beside);
    renameSync(beside, layout.data);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    // Another first start was faster; its folder is as good as ours.
    if (!isMade(layout)) throw error;
  }
}

/** Removes what crashed first starts left behind. Only for the owner of the home. */
export function removeUnfinished(layout: HomeLayout): void {
  const unfinished = readdirSync(layout.home).filter((name) => name.startsWith(BESIDE));
  for (const name of unfinished) rmSync(path.join(layout.home, name), { recursive: true, force: true });
}

const DUPLICATE_DATABASE = new Set(['42P04', '23505']);

/** Creates a database on the embedded server unless it is there. `name` is written as given, quoted. */
export async function createDatabase(host: string, name: string): Promise<void> {
  const client = new Client({ host, user: 'almanac', database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || !DUPLICATE_DATABASE.has(error.code ?? '')) throw error;
  } finally {
    await client.end();
  }
}

function isMade(layout: HomeLayout): boolean {
  const state = stateOfData(layout.data);
  if (state !== 'something else') return state === 'database';
  const hint = 'Name another folder with ALMANAC_HOME.';
  throw new Problem(503, 'home_not_usable', `${layout.data} holds something that is not a database.`, { hint });
}

async function runInitdb(layout: HomeLayout, binaries: Binaries, folder: string): Promise<void> {
  const who = ['-U', 'almanac', '--auth=trust', '--encoding=UTF8', '--no-instructions'];
  // The built-in provider sorts and compares alike on every system and needs no locale installed.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const settings = { cwd: layout.home, env: environmentOf(layout), ...layout.user };
  try {
    await promisify(execFile)(binaries.initdb, ['-D', folder, ...who, ...locale], settings);
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Problem(
      503,
      'database_not_made',
      `The database could not be made in ${layout.home}: ${said || String(cause)}`,
      { cause },
    );
  }
}
