import { at, type Kernel, sql } from '#kernel';
import { hasMonth } from '../ledger/partitions.ts';
import type { Worker } from './worker.ts';

/** The worker of a kernel, once its effects have begun. */
export const workerOf = new WeakMap<Kernel, Worker>();

/** A dispatcher that has not completed a pass for this long stands still, in milliseconds. */
const STALLED = 60_000;

/** The engine's self-checks for `/readyz`: each answers a sentence when something is wrong. */
export function readiness(kernel: Kernel): readonly (() => Promise<string | undefined>)[] {
  return [
    () =>
      Promise.resolve(
        (workerOf.get(kernel)?.dispatcherAge() ?? 0) > STALLED
          ? 'The dispatcher has not looked for due work for a minute.'
          : undefined,
      ),
    async () =>
      (await hasMonth(kernel, kernel.clock.now())) ? undefined : 'The ledger has no partition for this month.',
    async () => {
      const [ahead] = await kernel.db.rows(sql`
        select 1 from engine.trigger where next_due_at is not null and cursor_at > ${at(kernel.clock.now() + STALLED)} limit 1`);
      return ahead === undefined
        ? undefined
        : 'A trigger is decided beyond the present: a clock has jumped ahead and back.';
    },
  ];
}
