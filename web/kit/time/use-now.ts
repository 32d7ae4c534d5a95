import { useSyncExternalStore } from 'react';

let skewMs = 0;
const tickers = new Map<
  number,
  { readonly listeners: Set<() => void>; timer: ReturnType<typeof setInterval> | undefined }
>();

/** The server's clock as far as the page knows it, in epoch milliseconds. */
export function serverNow(): number {
  return Date.now() + skewMs;
}

/** Tells the page what the server's clock showed in an answer that has just arrived. Less than 2 s apart counts as equal. */
export function noteServerNow(instant: number): void {
  const skew = instant - Date.now();
  if (Math.abs(skew - skewMs) > 2000) skewMs = Math.abs(skew) > 2000 ? skew : 0;
}

/** The server's clock, rounded down to `stepMs`, read again every step. One timer for each step, shared by all. */
export function useNow(stepMs: number): number {
  return useSyncExternalStore(
    (listener) => subscribe(stepMs, listener),
    () => Math.floor(serverNow() / stepMs) * stepMs,
  );
}

function subscribe(stepMs: number, listener: () => void): () => void {
  const ticker = tickers.get(stepMs) ?? { listeners: new Set<() => void>(), timer: undefined };
  tickers.set(stepMs, ticker);
  ticker.listeners.add(listener);
  ticker.timer ??= setInterval(() => ticker.listeners.forEach((tell) => tell()), Math.min(stepMs, 1000));
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size > 0) return;
    clearInterval(ticker.timer);
    ticker.timer = undefined;
  };
}
