import { fromKysely, PgBoss } from 'pg-boss';
import type { z } from 'zod';
import { z as zod } from 'zod';
import { sql, type Tx } from '../db/database.ts';
import type { Kernel } from '../kernel.ts';

/** A unit of background work of a module: shallow (load, call the service) and idempotent, since it may come twice. */
export interface TaskDefinition<Payload = never> {
  /** `module.verb` */
  readonly name: string;
  readonly schema: z.ZodType;
  readonly handle: (payload: Payload, kernel: Kernel) => Promise<void>;
}

declare global {
  interface AlmanacKernel {
    tasks: Tasks;
  }
}

export interface Tasks {
  /** Enqueues in the caller's transaction: without its commit the work never was. */
  enqueue(tx: Tx, name: string, payloads: readonly object[]): Promise<void>;
  /** Creates the queue of each task and begins to work on it. */
  work(definitions: readonly TaskDefinition[]): Promise<void>;
  stop(): Promise<void>;
}

/** The kernel's own task: hands one published event to one after-commit listener. */
export const LISTENER_TASK = 'kernel.deliver';

const delivery = zod.object({ listener: zod.string(), event: zod.uuid() });

export const listenerTask: TaskDefinition = {
  name: LISTENER_TASK,
  schema: delivery,
  async handle(payload, kernel) {
    const { listener: name, event: id } = payload as z.infer<typeof delivery>;
    const [row] = await kernel.db.rows(sql<{
      name: string;
      team_id: string | null;
      payload: unknown;
      emitted_at: number;
    }>`
      select name, team_id, payload, emitted_at from kernel.outbox where id = ${id}`);
    if (row === undefined) return;
    const listener = kernel.events.listeners(row.name).find((known) => known.name === name);
    if (listener?.kind !== 'afterCommit') return;
    const definition = kernel.events.definition(row.name);
    if (definition === undefined) return;
    const found = definition.schema.safeParse(row.payload);
    // Old rows meet new code after an upgrade. The failed task keeps these words.
    if (!found.success) throw new Error(`Event ${id} (${row.name}) no longer fits its shape: ${found.error.message}`);
    const event = { id, name: row.name, teamId: row.team_id, emittedAt: row.emitted_at, payload: found.data as never };
    await listener.handle(event, kernel);
  },
};

/** Background tasks over pg-boss, in the schema `queue` of the same database. Runs never go through it (spec 4.1). */
export async function openTasks(kernel: () => Kernel): Promise<Tasks> {
  const { db, log } = kernel();
  const boss = new PgBoss({
    ...db.connection,
    schema: 'queue',
    useListenNotify: true,
    schedule: false,
    max: 4,
    // Its fetch joins by nested loop on stale statistics, thirty times slower than by hash.
    options: '-c enable_nestloop=off',
    application_name: 'almanac tasks',
  } as ConstructorParameters<typeof PgBoss>[0]);
  let stopping = false;
  boss.on('error', (error) => {
    if (!stopping) log.warn({ err: error }, 'background tasks');
  });
  await boss.start();

  return {
    async enqueue(tx, name, payloads) {
      if (payloads.length === 0) return;
      await boss.insert(
        name,
        payloads.map((data) => ({ data })),
        { db: fromKysely(tx.kysely) },
      );
    },
    async work(definitions) {
      for (const { name, schema, handle } of definitions) {
        await boss.createQueue(name, { notify: true, retryLimit: 5, retryDelay: 5, retryBackoff: true });
        await boss.work(
          name,
          // One NOTIFY wakes one fetch: without the burst a long queue stands still between polls.
          {
            batchSize: 50,
            perJobResults: true,
            burstWhenBatchFull: true,
            pollingIntervalSeconds: 1,
            notifyPollingIntervalSeconds: 1,
          },
          async (jobs) =>
            Promise.all(
              jobs.map(async ({ id, data }) => {
                try {
                  await handle(schema.parse(data) as never, kernel());
                  return { id, status: 'completed' as const };
                } catch (error) {
                  log.warn({ err: error, task: name }, 'a background task failed');
                  return { id, status: 'failed' as const, output: { message: String(error) } };
                }
              }),
            ),
        );
      }
    },
    stop() {
      stopping = true;
      return boss.stop({ graceful: true, timeout: 5000 });
    },
  };
}
