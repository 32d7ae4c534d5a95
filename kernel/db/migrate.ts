import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { Client, Pool } from 'pg';
import type { Database } from './database.ts';

/**
 * Brings one room's schema up to its newest migration. Each room has its own schema and its own history in it (ADR 0002);
 * all pending files run in one transaction under a lock, so five nodes starting at once apply them once.
 * @param schema name of the PostgreSQL schema, which is also the room's name
 * @param folder its `migrations/`, `*.sql` in the order of their names
 * @returns the names of the files that were applied now
 * @throws Error naming the file, with the database's words; nothing of the pending files is left then
 */
export async function migrate(database: Database, schema: string, folder: URL): Promise<string[]> {
  // A connection of its own, without the time limits of requests: the others wait for as long as the first one works.
  const pool = new Pool({ ...database.connection, max: 2, application_name: 'almanac migrations', options: OPTIONS });
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const migrator = new Migrator({
      db: kysely,
      provider: { getMigrations: () => Promise.resolve(readMigrations(folder)) },
      migrationTableSchema: schema,
      migrationTableName: 'migration',
      migrationLockTableName: 'migration_lock',
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    if (error !== undefined) {
      const failed = results.find(({ status }) => status === 'Error')?.migrationName ?? 'the history';
      throw new Error(`Migration ${failed} of ${schema} failed: ${wordsOf(error)}`, { cause: error });
    }
    return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
  } finally {
    await kysely.destroy();
  }
}

const OPTIONS = '-c search_path= -c timezone=UTC';
const INSTALL_LOCK = createHash('sha256').update('almanac install').digest().readInt32BE();

/** Runs `work` on one node of the database at a time: for schemas of libraries that do not lock by themselves. */
export async function withInstallLock<T>(database: Database, work: () => Promise<T>): Promise<T> {
  const client = new Client({ ...database.connection, application_name: 'almanac install' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [INSTALL_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

function readMigrations(folder: URL): Record<string, Migration> {
  const names = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.sql'));
  return Object.fromEntries(
    names.sort().map((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      return [
        name.slice(0, -'.sql'.length),
        { up: async (db) => void (await sql.raw(text).execute(db)) } satisfies Migration,
      ];
    }),
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
