import type { Clock } from '../clock.ts';

/** A comment goes out this often so that proxies keep the connection, in milliseconds. */
const KEEP_ALIVE = 15_000;
/** What a browser waits before it connects again, in milliseconds. */
const RETRY = 2000;
/** So much may wait for a client that does not read, in bytes; then its stream breaks, and it comes back for the rest. */
const MOST_WAITING = 1024 * 1024;

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
 * A client for which more than 1 MB waits loses the connection, and what waits with it.
 */
export function eventStream(request: Request, clock: Clock, open: (sink: EventSink) => Promise<() => void>): Response {
  const gone = new AbortController();
  const queue = openQueue(gone);
  let check = (): Promise<void> => Promise.resolve();

  async function follow(): Promise<void> {
    queue.add(`retry: ${RETRY}\n\n`);
    let close = (): void => {};
    try {
      close = await open({
        beforeKeepAlive: (asked) => {
          check = asked;
        },
        gone: gone.signal,
        end: () => gone.abort(),
        send: ({ id, event, data }) =>
          queue.add(`event: ${event}\ndata: ${JSON.stringify(data)}\n${id === undefined ? '' : `id: ${id}\n`}\n`),
      });
      while (!gone.signal.aborted) {
        await clock.wait(KEEP_ALIVE, gone.signal);
        await check().catch(() => gone.abort());
        queue.add(': still here\n\n');
      }
    } finally {
      gone.abort();
      close();
    }
  }

  const ended = follow().catch(() => {});
  endings.set(
    request,
    ended.then(() => (queue.isUnread() ? 'unread' : 'ended')),
  );
  return new Response(queue.body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}

/**
 * How the event stream that answers a request ends, from whichever side: `unread` when the connection is to be closed, since
 * nobody reads the end. Undefined for other answers.
 */
export function endOfStream(request: Request): Promise<'ended' | 'unread'> | undefined {
  return endings.get(request);
}

const endings = new WeakMap<Request, Promise<'ended' | 'unread'>>();

interface Queue {
  readonly body: ReadableStream<Uint8Array>;
  /** Does nothing once the stream has ended. */
  add(words: string): void;
  isUnread(): boolean;
}

/** What waits until the client reads; it ends with `gone`, once the rest is read. */
function openQueue(gone: AbortController): Queue {
  const text = new TextEncoder();
  const queue: Uint8Array[] = [];
  let waiting = 0;
  let unread = false;
  let wake = (): void => {};
  gone.signal.addEventListener('abort', () => wake());
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const next = queue.shift();
          if (next !== undefined) {
            waiting -= next.length;
            controller.enqueue(next);
            return;
          }
          if (gone.signal.aborted) {
            controller.close();
            return;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      cancel: () => gone.abort(),
    },
    { highWaterMark: 0 },
  );
  return {
    body,
    add(words) {
      if (gone.signal.aborted) return;
      const bytes = text.encode(words);
      queue.push(bytes);
      waiting += bytes.length;
      if (waiting > MOST_WAITING) {
        queue.length = 0;
        unread = true;
        gone.abort();
      }
      wake();
    },
    isUnread: () => unread,
  };
}
