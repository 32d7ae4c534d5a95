import type { Clock } from '../clock.ts';

interface Waiter {
  readonly due: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  #steady = true;
  readonly #waiters = new Set<Waiter>();

  /** @param start ISO 8601 with offset */
  constructor(start: string) {
    this.#now = Temporal.Instant.from(start).epochMilliseconds;
  }

  now(): number {
    return this.#now;
  }

  steady(): boolean {
    return this.#steady;
  }

  setSteady(steady: boolean): void {
    this.#steady = steady;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiter: Waiter = { due: this.#now + ms, wake: resolve };
      this.#waiters.add(waiter);
      signal?.addEventListener(
        'abort',
        () => {
          this.#waiters.delete(waiter);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Moves on by `ms`, which may be negative, and wakes whoever is due. */
  advance(ms: number): void {
    this.#now += ms;
    for (const waiter of [...this.#waiters].sort((a, b) => a.due - b.due)) {
      if (waiter.due > this.#now) continue;
      this.#waiters.delete(waiter);
      waiter.wake();
    }
  }

  /** Moves to an instant: epoch milliseconds or ISO 8601 with offset. */
  moveTo(instant: number | string): void {
    this.advance(
      (typeof instant === 'number' ? instant : Temporal.Instant.from(instant).epochMilliseconds) - this.#now,
    );
  }
}
