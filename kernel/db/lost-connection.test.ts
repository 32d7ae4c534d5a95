import { expect, test } from 'vitest';
import kernelManifest from '../manifest.ts';
import { openHarness } from '../testing/harness.ts';
import { sql } from './database.ts';

test('a connection that dies in the middle of a unit of work fails that unit and nothing else', async () => {
  await using harness = await openHarness({ manifests: [kernelManifest] });
  const { db } = harness.kernel;
  const lost = db.transaction(async (tx) => {
    const [mine] = await tx.rows(sql<{ pid: number }>`select pg_backend_pid() as pid`);
    await db.rows(sql`select pg_terminate_backend(${mine?.pid}, 5000)`);
    // Idle in its transaction, the connection now hears of its end with nobody waiting for an answer.
    await new Promise((resolve) => setImmediate(resolve));
    await tx.rows(sql`select 1`);
  });
  await expect(lost).rejects.toThrow(/terminat|not queryable/);
  expect(await db.rows(sql`select 1 as one`)).toEqual([{ one: 1 }]);
});
