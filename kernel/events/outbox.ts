import { at, sql } from '../db/database.ts';
import type { Kernel } from '../kernel.ts';
import { type Loop, startLoop } from '../loop.ts';
import { LISTENER_TASK } from '../background/tasks.ts';

interface Unpublished {
  id: string;
  name: string;
}

const BATCH = 500;
/** Published events are kept this long for clients that come back, in milliseconds. */
const KEPT = 3 * 24 * 60 * 60 * 1000;
/** How often old ones are forgotten, in milliseconds. */
const FORGET_EVERY = 60 * 60 * 1000;

/**
 * Gives out dense positions, one writer at a time (the stream's row is the lock), and hands each event to its
 * after-commit listeners as background tasks in the same transaction.
 * @returns how many events were published
 */
export async function publish(kernel: Kernel): Promise<number> {
  const { db, events, tasks } = kernel;
  const published = await db.transaction(async (tx) => {
    const [stream] = await tx.rows(sql<{ head: number }>`select head from kernel.stream for update`);
    if (stream === undefined) return 0;
    const rows = await tx.rows(sql<Unpublished>`
      select id, name from kernel.outbox where seq is null order by emitted_at, id limit ${BATCH}`);
    if (rows.length === 0) return 0;
    await tx.run(sql`
      update kernel.outbox o set seq = ${stream.head}::bigint + u.place
      from unnest(${rows.map((row) => row.id)}::uuid[]) with ordinality u(id, place) where o.id = u.id`);
    await tx.run(sql`update kernel.stream set head = ${stream.head + rows.length}`);
    const deliveries = rows.flatMap((row) =>
      events
        .listeners(row.name)
        .filter((listener) => listener.kind === 'afterCommit')
        .map((listener) => ({ listener: listener.name, event: row.id })),
    );
    await tasks.enqueue(tx, LISTENER_TASK, deliveries);
    return rows.length;
  });
  if (published > 0) kernel.signals.raise('stream');
  return published;
}

/** Forgets published events that no client can still want. */
export async function forget(kernel: Kernel): Promise<void> {
  await kernel.db.run(
    sql`delete from kernel.outbox where seq is not null and emitted_at < ${at(kernel.clock.now() - KEPT)}`,
  );
}

/** The publisher's loop; it wakes with each emitted event. */
export function startPublisher(kernel: Kernel): Loop {
  let forgotten = Number.NEGATIVE_INFINITY;
  const loop = startLoop({
    name: 'publisher',
    clock: kernel.clock,
    most: 1000,
    async pass() {
      const now = kernel.clock.now();
      if (now - forgotten >= FORGET_EVERY) {
        await forget(kernel);
        forgotten = now;
      }
      return (await publish(kernel)) === BATCH ? 0 : 1000;
    },
    onError: (error) => kernel.log.warn({ err: error }, 'publishing events failed'),
  });
  const silence = kernel.signals.on('stream', () => loop.wake());
  return {
    ...loop,
    stop: () => {
      silence();
      return loop.stop();
    },
  };
}
