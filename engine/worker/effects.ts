import { type Kernel, startLoop, type Stop } from '#kernel';
import { ensureMonths } from '../ledger/partitions.ts';
import { forgetOldOutput } from './output.ts';
import { workerOf } from './readiness.ts';
import { openWorker } from './worker.ts';

const HOUR = 60 * 60 * 1000;

/** Brings this node's part of the engine to life. */
export async function startEngine(kernel: Kernel): Promise<Stop> {
  const worker = await openWorker(kernel);
  workerOf.set(kernel, worker);
  worker.run();
  const housekeeping = startLoop({
    name: 'housekeeping',
    clock: kernel.clock,
    most: HOUR,
    pass: async () => {
      await ensureMonths(kernel);
      await forgetOldOutput(kernel);
      return HOUR;
    },
    onError: (error) => kernel.log.warn({ error }, 'housekeeping failed; it tries again'),
  });
  return async () => {
    await housekeeping.stop();
    await worker.stop();
  };
}
