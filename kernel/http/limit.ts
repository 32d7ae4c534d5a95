import { Problem } from '../problem.ts';

interface Window {
  opened: number;
  count: number;
}

/** Counts attempts by key in fixed windows; for sign-in and tokens, where guessing must be slow. */
export interface AttemptLimit {
  /** @returns takes the attempt back, where only failures count @throws Problem 429 with the seconds to wait */
  count(key: string, now: number): () => void;
}

/** @param most attempts within `span` milliseconds */
export function limitAttempts(most: number, span: number): AttemptLimit {
  const windows = new Map<string, Window>();
  return {
    count(key, now) {
      if (windows.size > 10_000) for (const [old, { opened }] of windows) if (now - opened >= span) windows.delete(old);
      const window = windows.get(key);
      if (window === undefined || now - window.opened >= span) {
        const fresh = { opened: now, count: 1 };
        windows.set(key, fresh);
        return () => void fresh.count--;
      }
      window.count += 1;
      if (window.count <= most) return () => void window.count--;
      const seconds = Math.ceil((window.opened + span - now) / 1000);
      throw new Problem(429, 'too_many_attempts', `Too many attempts. Try again in ${seconds} s.`, {
        extra: { retry_after: seconds },
      });
    },
  };
}
