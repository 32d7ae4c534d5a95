import { expect, test, vi } from 'vitest';
import { SystemClock } from '../clock.ts';
import { sql } from '../db/database.ts';
import kernelManifest from '../manifest.ts';
import { openHarness } from '../testing/harness.ts';
import { sharedSignals } from './signals.ts';

const LISTENERS = sql<{ pid: number }>`
  select pid from pg_stat_activity where datname = current_database() and query = 'listen almanac' and state = 'idle'`;

test('a signal reaches this process at once and the other nodes soon, and never comes back', async () => {
  await using harness = await openHarness({ manifests: [kernelManifest] });
  const { db } = harness.kernel;
  const one = sharedSignals(db, new SystemClock(), 'one');
  const two = sharedSignals(db, new SystemClock(), 'two');
  await vi.waitFor(async () => expect(await db.rows(LISTENERS)).toHaveLength(3), 5000);
  const heard: string[] = [];
  one.on('due', () => heard.push('one'));
  two.on('due', () => heard.push('two'));
  const silence = two.on('lane', () => heard.push('not this'));
  silence();
  one.raise('due');
  expect(heard).toEqual(['one']);
  one.raise('due');
  one.raise('lane');
  await vi.waitFor(() => expect(heard).toContain('two'), 5000);
  // Both raises were gathered into one message.
  expect(heard).toEqual(['one', 'one', 'two']);
  await Promise.all([one.stop(), two.stop()]);
});

test('when its connection is killed a node listens again by itself', async () => {
  await using harness = await openHarness({ manifests: [kernelManifest] });
  const { db } = harness.kernel;
  const speaker = sharedSignals(db, new SystemClock(), 'speaker');
  const node = sharedSignals(db, new SystemClock(), 'node');
  await vi.waitFor(async () => expect(await db.rows(LISTENERS)).toHaveLength(3), 5000);
  const before = await db.rows(LISTENERS);
  await db.rows(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen almanac' and datname = current_database()`,
  );
  await vi.waitFor(async () => {
    const now = await db.rows(LISTENERS);
    // The harness's own clock stands still, so its node does not try again.
    expect(now.filter(({ pid }) => before.every((old) => old.pid !== pid))).toHaveLength(2);
  }, 5000);
  const heard = Promise.withResolvers<void>();
  node.on('cancel', heard.resolve);
  speaker.raise('cancel');
  await heard.promise;
  await Promise.all([speaker.stop(), node.stop()]);
});
