import type { Clock } from './clock.ts';

export interface LoopOptions {
  readonly name: string;
  readonly clock: Clock;
  /** One pass. Answers how many milliseconds it may sleep; less than `most` when it knows of earlier work. */
  readonly pass: () => Promise<number>;
  /** It never sleeps longer than this: every signal may be lost. Milliseconds. */
  readonly most: number;
  readonly onError: (error: unknown) => void;
}

/** A long-lived service: passes one after another, sleeps in between, wakes on a signal. */
export interface Loop {
  /** Ends the sleep, or makes one more pass follow the present one. */
  wake(): void;
  /** Resolves when the present pass has ended; no other follows. */
  stop(): Promise<void>;
  /** Age of the last completed pass in milliseconds, for health. */
  age(): number;
}

/** After a failed pass it waits this long, so that a lost database is not hammered. */
const AFTER_ERROR = 500;

export function startLoop({ clock, pass, most, onError }: LoopOptions): Loop {
  const stopping = new AbortController();
  let woken = false;
  let sleep = new AbortController();
  let completed = clock.now();

  async function turn(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      let idle = AFTER_ERROR;
      try {
        idle = Math.min(Math.max(await pass(), 0), most);
        completed = clock.now();
      } catch (error) {
        if (!stopping.signal.aborted) onError(error);
      }
      if (stopping.signal.aborted || woken) continue;
      sleep = new AbortController();
      await clock.wait(idle, sleep.signal);
    }
  }

  const ended = turn();
  return {
    wake() {
      woken = true;
      sleep.abort();
    },
    stop() {
      stopping.abort();
      sleep.abort();
      return ended;
    },
    age: () => clock.now() - completed,
  };
}
