import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import { Context } from 'hono';
import type { Clock } from '../clock.ts';

/** A comment goes out this often so that proxies keep the connection, in milliseconds. */
const KEEP_ALIVE = 15_000;
/** What a browser waits before it connects again, in milliseconds. */
const RETRY = 2000;

export interface EventSink {
  send(event: { id?: string; event: string; data: unknown }): void;
  /** Resolves when the client has gone or the source has ended. */
  readonly gone: AbortSignal;
  end(): void;
  /** Asked before each keep-alive; when it throws, the stream ends. */
  beforeKeepAlive(check: () => Promise<void>): void;
}

/**
 * A Server-Sent Events answer. `open` subscribes and answers how to unsubscribe; messages are written in the order sent.
 */
export function eventStream(request: Request, clock: Clock, open: (sink: EventSink) => Promise<() => void>): Response {
  const context = new Context(request);
  context.header('cache-control', 'no-store');
  context.header('x-accel-buffering', 'no');
  return streamSSE(context, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    let writing = stream.write(`retry: ${RETRY}\n\n`).then(() => {});
    const write = (act: (api: SSEStreamingApi) => Promise<unknown>): void => {
      writing = writing
        .then(() => act(stream))
        .then(
          () => {},
          () => gone.abort(),
        );
    };
    let check = (): Promise<void> => Promise.resolve();
    const close = await open({
      beforeKeepAlive: (asked) => {
        check = asked;
      },
      gone: gone.signal,
      end: () => gone.abort(),
      send: ({ id, event, data }) =>
        write((api) => api.writeSSE({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) })),
    });
    try {
      while (!gone.signal.aborted) {
        await clock.wait(KEEP_ALIVE, gone.signal);
        await check().catch(() => gone.abort());
        if (!gone.signal.aborted) write((api) => api.write(': still here\n\n'));
      }
    } finally {
      close();
      await writing;
    }
  });
}
