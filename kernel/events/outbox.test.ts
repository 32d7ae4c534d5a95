import { expect, test } from 'vitest';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { notesModule } from '../testing/notes.ts';
import { localSignals } from './signals.ts';
import { forget, publish } from './outbox.ts';

const manifests = [kernelManifest, notesModule()];

function write({ kernel }: Harness, id: string): Promise<void> {
  return kernel.db.transaction((tx) => kernel.events.emit(tx, 'notes.note.written', { id, text: '' }, null));
}

async function positions({ kernel }: Harness): Promise<Record<string, number>> {
  const rows = await kernel.db.rows(sql<{ id: string; seq: number }>`
    select payload->>'id' as id, seq from kernel.outbox where seq is not null order by seq`);
  return Object.fromEntries(rows.map(({ id, seq }) => [id, seq]));
}

test('positions are dense while several write and two nodes publish at once', async () => {
  await using one = await openHarness({ manifests });
  await using two = await openHarness({ manifests, database: one.database });
  const writers = [one, two, one, two].map(async (harness, writer) => {
    for (let i = 0; i < 25; i++) {
      await write(harness, `${writer}-${i}`);
      if (i % 5 === 0) await publish(harness.kernel);
    }
  });
  await Promise.all(writers);
  while ((await publish(one.kernel)) + (await publish(two.kernel)) > 0);
  const given = Object.values(await positions(one));
  expect(given).toEqual(Array.from({ length: 100 }, (_, place) => place + 1));
});

test('an event with a smaller id that commits later is not lost', async () => {
  // Signals that nobody hears: the test publishes by hand.
  const deaf = { ...localSignals(), on: () => () => {} };
  await using harness = await openHarness({ manifests, signals: deaf });
  const { kernel } = harness;
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const slow = kernel.db.transaction(async (tx) => {
    await kernel.events.emit(tx, 'notes.note.written', { id: 'older', text: '' }, null);
    begun.resolve();
    await gate.promise;
  });
  await begun.promise;
  harness.clock.advance(10);
  await write(harness, 'newer');
  await publish(kernel);
  expect(await positions(harness)).toEqual({ newer: 1 });
  gate.resolve();
  await slow;
  await publish(kernel);
  expect(await positions(harness)).toEqual({ newer: 1, older: 2 });
});

test('events are forgotten after three days, unpublished ones never', async () => {
  const deaf = { ...localSignals(), on: () => () => {} };
  await using harness = await openHarness({ manifests, signals: deaf });
  await write(harness, 'old');
  await publish(harness.kernel);
  harness.clock.advance(3 * 24 * 60 * 60 * 1000);
  await write(harness, 'new');
  await forget(harness.kernel);
  expect(Object.keys(await positions(harness))).toEqual(['old']);
  harness.clock.advance(1);
  await forget(harness.kernel);
  expect(await positions(harness)).toEqual({});
  await publish(harness.kernel);
  expect(await positions(harness)).toEqual({ new: 2 });
});
