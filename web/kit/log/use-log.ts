import { useEffect, useState } from 'react';
import { api, type ApiProblem, read } from '../../api/client.ts';

export interface Log {
  readonly text: string;
  /** Bytes of the middle that the server no longer has. */
  readonly dropped: number;
  readonly state: 'loading' | 'following' | 'finished' | 'failed';
  readonly problem: string | undefined;
}

const NOTHING: Log = { text: '', dropped: 0, state: 'loading', problem: undefined };

/** The output of a run: what is there now, then what it writes, as it comes. Give the caller the run as its key. */
export function useLog(runId: string): Log {
  const [log, setLog] = useState<Log>(NOTHING);
  useEffect(() => {
    const follower = followLog(runId, setLog);
    return () => follower.stop();
  }, [runId]);
  return log;
}

function followLog(runId: string, show: (log: Log) => void): { stop: () => void } {
  let log = NOTHING;
  const stop = new AbortController();
  let frame = 0;
  let stream: EventSource | undefined;

  function change(patch: Partial<Log>): void {
    log = { ...log, ...patch };
    // Many small writes become one paint.
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!stop.signal.aborted) show(log);
    });
  }

  async function load(): Promise<void> {
    let from = 0;
    while (!stop.signal.aborted) {
      const page = await read(api.GET('/api/v1/runs/{id}/log', { params: { path: { id: runId }, query: { from } } }));
      change({ text: log.text + page.text, dropped: page.dropped, state: page.finished ? 'finished' : 'following' });
      const stuck = page.next === from;
      from = page.next;
      if (page.finished) return;
      if (stuck) return listen(from);
    }
  }

  function listen(from: number): void {
    stream = new EventSource(`/api/v1/runs/${encodeURIComponent(runId)}/log/stream?from=${from}`);
    stream.addEventListener('text', (event: MessageEvent<string>) => {
      const page = JSON.parse(event.data) as { text: string };
      change({ text: log.text + page.text });
    });
    stream.addEventListener('end', () => {
      stream?.close();
      change({ state: 'finished' });
    });
  }

  load().catch((problem: ApiProblem) => change({ state: 'failed', problem: problem.message }));
  return {
    stop() {
      stop.abort();
      cancelAnimationFrame(frame);
      stream?.close();
    },
  };
}
