import { setTimeout as pause } from 'node:timers/promises';

declare global {
  interface AlmanacKernel {
    clock: Clock;
  }
}

/** The one source of time. Instants are epoch milliseconds; the whole cluster follows the database's clock. */
export interface Clock {
  /** The cluster's present instant. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** False while the distance to the database's clock has just moved by more than 500 ms: nothing is started then. */
  steady(): boolean;
}

/** Beyond this the clocks of node and database count as having jumped, in milliseconds. */
const JUMP = 500;

/** Monotonic time plus the measured distance to the database's clock. */
export class SystemClock implements Clock {
  #offset = performance.timeOrigin;
  #steady = true;

  now(): number {
    return Math.round(performance.now() + this.#offset);
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await pause(ms, undefined, signal ? { signal } : {});
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }

  steady(): boolean {
    return this.#steady;
  }

  /**
   * Takes three readings of the database's clock and follows their median. A move of more than 500 ms makes the clock
   * unsteady until the next call measures the same distance again.
   * @param read answers the database's instant in epoch milliseconds
   */
  async follow(read: () => Promise<number>): Promise<void> {
    const readings: number[] = [];
    for (let i = 0; i < 3; i++) {
      const before = performance.now();
      const theirs = await read();
      readings.push(theirs - (before + performance.now()) / 2);
    }
    readings.sort((a, b) => a - b);
    const measured = readings[1] ?? this.#offset;
    this.#steady = Math.abs(measured - this.#offset) <= JUMP;
    this.#offset = measured;
  }

  /** Milliseconds by which the cluster's clock is ahead of this machine's. */
  skew(): number {
    return Math.round(this.#offset + performance.now() - Date.now());
  }
}
