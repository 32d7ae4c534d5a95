import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { type Database, sql } from './database.ts';
import { migrate } from './migrate.ts';

// ADR 0002: one schema and one history for each module.

let harness: Harness;
let db: Database;
const folders: string[] = [];

beforeAll(async () => {
  harness = await openHarness({ manifests: [kernelManifest] });
  db = harness.kernel.db;
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function history(files: Readonly<Record<string, string>>): URL {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'almanac-migrations-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return pathToFileURL(`${folder}/`);
}

async function tablesOf(schema: string): Promise<string[]> {
  const rows = await db.rows(sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = ${schema} order by table_name`);
  return rows.map(({ name }) => name);
}

test('files are applied in the order of their names, each once', async () => {
  const files = {
    '0002_b.sql': 'create table ordered.b (a int references ordered.a);',
    '0001_a.sql': 'create table ordered.a (id int primary key);',
  };
  expect(await migrate(db, 'ordered', history(files))).toEqual(['0001_a', '0002_b']);
  expect(await migrate(db, 'ordered', history(files))).toEqual([]);
  const later = { ...files, '0003_c.sql': 'create table ordered.c (id int);' };
  expect(await migrate(db, 'ordered', history(later))).toEqual(['0003_c']);
  expect(await tablesOf('ordered')).toEqual(['a', 'b', 'c', 'migration', 'migration_lock']);
});

test('each module has a history of its own: the same file name in two of them is two files', async () => {
  expect(await migrate(db, 'first', history({ '0001_start.sql': 'create table first.one (id int);' }))).toHaveLength(1);
  expect(await migrate(db, 'second', history({ '0001_start.sql': 'create table second.one (id int);' }))).toHaveLength(
    1,
  );
});

test('five nodes that start at once apply each file once, however long the first one takes', async () => {
  const folder = history({
    '0001_slow.sql': 'create table slow.a (id int); select pg_sleep(2.5);',
    '0002_more.sql': 'create table slow.b (id int);',
  });
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(db, 'slow', folder)));
  expect(applied.flat().sort()).toEqual(['0001_slow', '0002_more']);
});

test('a migration may take as long as it takes: the limits of requests are not its own', async () => {
  const limits = "select current_setting('statement_timeout') || ' ' || current_setting('lock_timeout') as said";
  await migrate(db, 'limits', history({ '0001_a.sql': `create table limits.seen as ${limits};` }));
  const [seen] = await db.rows(sql<{ said: string }>`select said from limits.seen`);
  expect(seen?.said).toMatch(/^0 (0|1h)$/);
});

test('a failing file leaves nothing of the pending ones, and names itself', async () => {
  const broken = {
    '0001_good.sql': 'create table broken.good (id int);',
    '0002_bad.sql': 'create table broken.bad (id int); select 1/0;',
  };
  await expect(migrate(db, 'broken', history(broken))).rejects.toThrow(/0002_bad of broken failed: division by zero/);
  expect(await tablesOf('broken')).not.toContain('good');
  const mended = { ...broken, '0002_bad.sql': 'create table broken.bad (id int);' };
  expect(await migrate(db, 'broken', history(mended))).toEqual(['0001_good', '0002_bad']);
});

test('an older build refuses a database that a newer one has migrated', async () => {
  const files = { '0001_a.sql': 'create table newer.a (id int);', '0002_b.sql': 'create table newer.b (id int);' };
  await migrate(db, 'newer', history(files));
  await expect(migrate(db, 'newer', history({ '0001_a.sql': files['0001_a.sql'] }))).rejects.toThrow(/0002_b/);
});

test('a file that uses a name without its schema fails', async () => {
  await expect(migrate(db, 'bare', history({ '0001_a.sql': 'create table a (id int);' }))).rejects.toThrow(/no schema/);
});
