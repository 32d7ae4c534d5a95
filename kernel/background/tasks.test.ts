import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { notesModule } from '../testing/notes.ts';
import type { TaskDefinition } from './tasks.ts';

function open(handle: (payload: { n: number }) => Promise<void>): Promise<Harness> {
  const task: TaskDefinition = { name: 'notes.count', schema: z.strictObject({ n: z.int() }), handle };
  return openHarness({ manifests: [kernelManifest, notesModule({ tasks: [task] })] });
}

const numbers = Array.from({ length: 500 }, (_, n) => ({ n }));

test('five hundred tasks of one transaction are all worked off, without waiting between the batches', async () => {
  const seen = new Set<number>();
  const done = Promise.withResolvers<void>();
  await using harness = await open(({ n }) => {
    seen.add(n);
    if (seen.size === numbers.length) done.resolve();
    return Promise.resolve();
  });
  const { kernel } = harness;
  const begun = performance.now();
  await kernel.db.transaction((tx) => kernel.tasks.enqueue(tx, 'notes.count', numbers));
  await done.promise;
  // Ten batches; one a second would take ten.
  expect(performance.now() - begun).toBeLessThan(5000);
});

test('a task of a transaction that is rolled back never was', async () => {
  const handle = vi.fn<() => Promise<void>>(() => Promise.resolve());
  await using harness = await open(handle);
  const { kernel } = harness;
  const rolledBack = kernel.db.transaction(async (tx) => {
    await kernel.tasks.enqueue(tx, 'notes.count', numbers);
    throw new Error('no');
  });
  await expect(rolledBack).rejects.toThrow('no');
  expect(await kernel.db.rows(sql`select 1 from queue.job where name = 'notes.count'`)).toEqual([]);
  expect(handle).not.toHaveBeenCalled();
});

test('one task that fails does not fail the others of its batch', async () => {
  const done = Promise.withResolvers<void>();
  await using harness = await open(({ n }) => {
    if (n === 3) done.resolve();
    return n === 1 ? Promise.reject(new Error('number one')) : Promise.resolve();
  });
  const { kernel } = harness;
  await kernel.db.transaction((tx) => kernel.tasks.enqueue(tx, 'notes.count', [{ n: 1 }, { n: 2 }, { n: 3 }]));
  await done.promise;
  await vi.waitFor(async () => {
    const states = await kernel.db.rows(sql<{ n: number; state: string }>`
      select (data->>'n')::int as n, state::text from queue.job where name = 'notes.count' order by 1`);
    expect(states).toEqual([
      { n: 1, state: 'retry' },
      { n: 2, state: 'completed' },
      { n: 3, state: 'completed' },
    ]);
  }, 5000);
});
