// ADR 0008
import { afterAll, beforeAll, expect, test } from 'vitest';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { at, atOrNull, type Database, sql, sqlState, type Tx } from './database.ts';

let harness: Harness;
let db: Database;

beforeAll(async () => {
  harness = await openHarness({ manifests: [kernelManifest] });
  db = harness.kernel.db;
  await db.run(sql`create table public.account (name text primary key, amount bigint not null)`);
  await db.run(sql`insert into public.account values ('a', 0), ('b', 0)`);
});
afterAll(() => harness[Symbol.asyncDispose]());

function add(tx: Pick<Tx, 'run'>, name: string, amount: number): Promise<number> {
  return tx.run(sql`update public.account set amount = amount + ${amount} where name = ${name}`);
}

async function amounts(): Promise<number[]> {
  const rows = await db.rows(sql<{ amount: number }>`select amount from public.account order by name`);
  return rows.map(({ amount }) => amount);
}

test('a deadlock is tried again whole, and both units of work happen once', async () => {
  const met = Promise.withResolvers<void>();
  let inside = 0;
  let tries = 0;
  const crossing = (first: string, second: string): Promise<void> =>
    db.transaction(async (tx) => {
      tries++;
      await add(tx, first, 1);
      inside++;
      if (inside === 2) met.resolve();
      await met.promise;
      await add(tx, second, 1);
    });
  await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
  expect(tries).toBe(3);
  expect(await amounts()).toEqual([2, 2]);
});

test('what is to happen after the commit happens once, then, and never after a rollback', async () => {
  const acts: string[] = [];
  await db.transaction(async (tx) => {
    tx.afterCommit(() => acts.push('committed'));
    await add(tx, 'a', 0);
    expect(acts).toEqual([]);
  });
  expect(acts).toEqual(['committed']);
  const refused = db.transaction(async (tx) => {
    tx.afterCommit(() => acts.push('rolled back'));
    await add(tx, 'a', 100);
    throw new Error('no');
  });
  await expect(refused).rejects.toThrow('no');
  expect(acts).toEqual(['committed']);
  expect(await amounts()).not.toContain(102);
});

test('instants, dates, counts and sums come back as numbers and texts', async () => {
  const instant = Temporal.Instant.from('2026-03-08T02:30:00.125Z').epochMilliseconds;
  const [row] = await db.rows(sql<Record<string, unknown>>`
    select ${at(instant)}::timestamptz as instant, ${atOrNull(null)}::timestamptz as none, date '2026-03-08' as day,
      count(*) as rows, sum(amount) as sum, 9007199254740991::bigint as large from public.account`);
  expect(row).toMatchObject({ instant, none: null, day: '2026-03-08', rows: 2, large: Number.MAX_SAFE_INTEGER });
  expect(row?.['sum']).toBeTypeOf('number');
});

test('an unqualified name fails: nothing is found by accident', async () => {
  const error = await db.rows(sql`select * from account`).catch((caught: unknown) => caught);
  expect(sqlState(error)).toBe('42P01');
});

test('the clock of the database is read in milliseconds', async () => {
  const away = Math.abs((await db.readClock()) - performance.timeOrigin - performance.now());
  expect(away).toBeLessThan(1000);
});
