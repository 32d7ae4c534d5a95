import { expect, test, vi } from 'vitest';
import { LISTENER_TASK } from '../background/tasks.ts';
import { at, sql } from '../db/database.ts';
import { newId } from '../id.ts';
import kernelManifest from '../manifest.ts';
import { type Harness, openHarness } from '../testing/harness.ts';
import { notesModule } from '../testing/notes.ts';
import { afterCommit, type EventRecord, inTransaction, type Listener } from './events.ts';

// ADR 0003: three ways in which modules meet; this is the third.

type Written = EventRecord<AlmanacEvents['notes.note.written']>;

function open(listeners: readonly Listener[] = []): Promise<Harness> {
  return openHarness({ manifests: [kernelManifest, notesModule({ listeners })] });
}

function write({ kernel }: Harness, id: string, text = 'hello'): Promise<void> {
  return kernel.db.transaction((tx) => kernel.events.emit(tx, 'notes.note.written', { id, text }, null));
}

function outbox({ kernel }: Harness): Promise<{ id: string }[]> {
  return kernel.db.rows(sql<{ id: string }>`select payload->>'id' as id from kernel.outbox order by seq`);
}

test('a listener in the transaction writes what is committed with the event', async () => {
  const seen: Written[] = [];
  const listener = inTransaction('notes.note.written', 'notes.count', async (tx, event) => {
    seen.push(event);
    await tx.run(sql`insert into public.heard values (${event.id})`);
  });
  await using harness = await open([listener]);
  await harness.kernel.db.run(sql`create table public.heard (event uuid)`);
  await write(harness, 'n1');
  expect(await harness.kernel.db.rows(sql`select event from public.heard`)).toEqual([{ event: seen[0]?.id }]);
  expect(seen).toMatchObject([{ name: 'notes.note.written', teamId: null, payload: { id: 'n1', text: 'hello' } }]);
  expect(seen[0]?.emittedAt).toBe(harness.clock.now());
});

test('a listener in the transaction that fails rolls the emitter back', async () => {
  const listener = inTransaction('notes.note.written', 'notes.refuse', () => Promise.reject(new Error('not now')));
  await using harness = await open([listener]);
  const { kernel } = harness;
  const emitting = kernel.db.transaction(async (tx) => {
    await tx.run(
      sql`insert into kernel.team (id, name, zone, created_at, updated_at) values (${newId(1)}, 'T', 'UTC', now(), now())`,
    );
    await kernel.events.emit(tx, 'notes.note.written', { id: 'n1', text: 'x' }, null);
  });
  await expect(emitting).rejects.toThrow('not now');
  expect(await outbox(harness)).toEqual([]);
  expect(await kernel.db.rows(sql`select 1 from kernel.team`)).toEqual([]);
});

test('a payload that does not fit its shape is refused where it is emitted', async () => {
  await using harness = await open();
  await expect(write(harness, 'n1', 'much longer than twenty characters')).rejects.toThrow('text');
  const { kernel } = harness;
  const unknown = kernel.db.transaction((tx) => kernel.events.emit(tx, 'notes.note.lost' as never, {} as never, null));
  await expect(unknown).rejects.toThrow(/declares the event notes.note.lost/);
  expect(await outbox(harness)).toEqual([]);
});

test('a listener after the commit is called for what was committed, and only for that', async () => {
  const heard: string[] = [];
  const last = Promise.withResolvers<void>();
  const listener = afterCommit('notes.note.written', 'notes.hear', (event) => {
    heard.push(event.payload.id);
    if (event.payload.id === 'last') last.resolve();
    return Promise.resolve();
  });
  await using harness = await open([listener]);
  const { kernel } = harness;
  const rolledBack = kernel.db.transaction(async (tx) => {
    await kernel.events.emit(tx, 'notes.note.written', { id: 'never', text: '' }, null);
    throw new Error('no');
  });
  await expect(rolledBack).rejects.toThrow('no');
  await write(harness, 'n1');
  await write(harness, 'last');
  await last.promise;
  await vi.waitFor(() => expect(heard.toSorted()).toEqual(['last', 'n1']));
});

test('a listener after the commit that fails is called again: at least once', async () => {
  let calls = 0;
  const listener = afterCommit('notes.note.written', 'notes.fail', () => {
    calls++;
    return Promise.reject(new Error('the other side is away'));
  });
  await using harness = await open([listener]);
  await write(harness, 'n1');
  await vi.waitFor(async () => expect(await deliveries(harness)).toEqual([{ state: 'retry', retries: 5 }]), 10_000);
  expect(calls).toBe(1);
});

test('an old event that no longer fits is not handed to a listener, and its task keeps why', async () => {
  const heard = vi.fn<() => Promise<void>>(() => Promise.resolve());
  await using harness = await open([afterCommit('notes.note.written', 'notes.hear', heard)]);
  const { kernel } = harness;
  await kernel.db.run(sql`
    insert into kernel.outbox (id, name, payload, emitted_at) values (${newId(1)}, 'notes.note.written', '{"note": 7}', ${at(kernel.clock.now())})`);
  kernel.signals.raise('stream');
  await vi.waitFor(async () => expect(await words(harness)).toMatch(/no longer fits its shape/), 10_000);
  expect(heard).not.toHaveBeenCalled();
});

function deliveries({ kernel }: Harness): Promise<object[]> {
  return kernel.db.rows(sql<object>`
    select state, retry_limit as retries from queue.job where name = ${LISTENER_TASK}`);
}

async function words({ kernel }: Harness): Promise<string> {
  const rows = await kernel.db.rows(
    sql<{ output: unknown }>`select output from queue.job where name = ${LISTENER_TASK}`,
  );
  return JSON.stringify(rows);
}
