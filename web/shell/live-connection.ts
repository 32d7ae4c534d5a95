import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Change, Live, LiveState } from '../kit/app/live.ts';

const DOWN_AFTER_MS = 5000;
const POLL_MS = 15_000;
/** A hidden tab gets no animation frames. */
const HIDDEN_STEP_MS = 1000;

/** Holds the one event stream, tells what changed, and reads live queries again. */
export function useLiveConnection(): Live {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  const [lastAt, setLastAt] = useState<number>();
  const [listeners] = useState(() => new Set<(changes: readonly Change[]) => void>());
  useEffect(() => connect(queries, listeners, setState, setLastAt), [queries, listeners]);
  const subscribe = useCallback<Live['subscribe']>((listener) => subscribeTo(listeners, listener), [listeners]);
  return useMemo(() => ({ state, lastAt, subscribe }), [state, lastAt, subscribe]);
}

function subscribeTo<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function connect(
  queries: QueryClient,
  listeners: ReadonlySet<(changes: readonly Change[]) => void>,
  setState: (state: LiveState) => void,
  setLastAt: (at: number) => void,
): () => void {
  let pending: Change[] = [];
  let everything = false;
  let scheduled = false;
  let reading = false;
  let wasDown = false;
  let downTimer: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;
  const stream = new EventSource('/api/v1/events/stream');

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    if (document.hidden) setTimeout(flush, HIDDEN_STEP_MS);
    else requestAnimationFrame(flush);
  }

  function flush(): void {
    scheduled = false;
    // One reading at a time: a flood cannot cancel every answer, and what changed meanwhile is read once more after it.
    if (reading) return;
    reading = true;
    const changes = pending;
    [pending, everything] = [[], false];
    setLastAt(Date.now());
    for (const listener of listeners) listener(changes);
    void readAgain(queries).finally(() => {
      reading = false;
      if (pending.length > 0 || everything) schedule();
    });
  }

  stream.addEventListener('open', () => {
    clearTimeout(downTimer);
    clearInterval(poll);
    [downTimer, poll] = [undefined, undefined];
    setState('live');
    setLastAt(Date.now());
    // What happened while nobody listened.
    if (wasDown) {
      everything = true;
      schedule();
    }
    wasDown = false;
  });
  stream.addEventListener('error', () => {
    wasDown = true;
    downTimer ??= setTimeout(() => {
      setState('down');
      poll ??= setInterval(() => void readAgain(queries), POLL_MS);
    }, DOWN_AFTER_MS);
  });
  stream.addEventListener('changed', (event: MessageEvent<string>) => {
    pending.push(JSON.parse(event.data) as Change);
    schedule();
  });
  stream.addEventListener('resync', () => {
    everything = true;
    schedule();
  });
  return () => {
    stream.close();
    clearTimeout(downTimer);
    clearInterval(poll);
  };
}

/** Queries say by `meta.live` that they follow what happens. */
function readAgain(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ predicate: ({ meta }) => meta?.['live'] === true });
}
