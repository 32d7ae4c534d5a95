import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Database } from './database.ts';

/**
 * Brings one room's schema up to its newest migration. Each room has its own schema and its own history in it (ADR 0002);
 * all pending files run in one transaction under a lock, so five nodes starting at once apply them once.
 * @param schema name of the PostgreSQL schema, which is also the room's name
 * @param folder its `migrations/`, `*.sql` in the order of their names
 * @throws the database's error; nothing of the pending files is left then
 */
export async function migrate(database: Database, schema: string, folder: URL): Promise<string[]> {
  const migrator = new Migrator({
    db: database.kysely,
    provider: { getMigrations: () => Promise.resolve(readMigrations(folder)) },
    migrationTableSchema: schema,
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'the history';
    throw new Error(`Migration ${failed} of ${schema} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  return (results ?? []).filter((result) => result.status === 'Success').map((result) => result.migrationName);
}

function readMigrations(folder: URL): Record<string, Migration> {
  const files = readdirSync(fileURLToPath(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Object.fromEntries(
    files.map((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      return [name.slice(0, -'.sql'.length), { up: async (db) => void (await sql.raw(text).execute(db)) } satisfies Migration];
    }),
  );
}
