import { type IncomingMessage, request as ask } from 'node:http';
import { expect, test, vi } from 'vitest';
import kernelManifest from '../manifest.ts';
import { listen } from '../start/listen.ts';
import { FakeClock } from '../testing/clock.ts';
import { type Harness, openHarness, STORY_START } from '../testing/harness.ts';
import { ownerOf } from '../testing/http.ts';
import { buildApp } from './app.ts';
import { limitStreams } from './open-streams.ts';
import { defineRoute } from './route.ts';
import { endOfStream, type EventSink, eventStream } from './stream.ts';

const clock = new FakeClock(STORY_START);
const MB = 1024 * 1024;

function follow(): { sink: EventSink; response: Response; request: Request; closed: () => number } {
  const request = new Request('http://localhost/');
  const known: { sink?: EventSink; closed: number } = { closed: 0 };
  const response = eventStream(request, clock, (sink) => {
    known.sink = sink;
    return Promise.resolve(() => void known.closed++);
  });
  if (known.sink === undefined) throw new Error('it did not subscribe');
  return { sink: known.sink, response, request, closed: () => known.closed };
}

test('a client that does not read loses the connection when more than 1 MB waits, and what waits with it', async () => {
  const { sink, response, request, closed } = follow();
  let sent = 0;
  for (; sent < 10 * MB && !sink.gone.aborted; sent += 64 * 1024)
    sink.send({ event: 'x', data: 'x'.repeat(64 * 1024) });
  expect(sent).toBeGreaterThan(0.9 * MB);
  expect(sent).toBeLessThan(1.2 * MB);
  expect(await endOfStream(request)).toBe('unread');
  expect(closed()).toBe(1);
  expect(await response.text()).toBe('');
});

test('a client that reads gets everything, however much it is', async () => {
  const { sink, response } = follow();
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let read = 0;
  for (let i = 0; i < 64; i++) {
    sink.send({ event: 'x', data: 'x'.repeat(64 * 1024) });
    while (read < (i + 1) * 64 * 1024) read += (await reader.read()).value?.length ?? 0;
  }
  expect(sink.gone.aborted).toBe(false);
  await reader.cancel();
  expect(sink.gone.aborted).toBe(true);
});

test('what was sent before the end is still read', async () => {
  const { sink, response } = follow();
  sink.send({ id: '7', event: 'last', data: { a: 1 } });
  sink.end();
  expect(await response.text()).toBe('retry: 2000\n\nevent: last\ndata: {"a":1}\nid: 7\n\n');
});

test('of one principal 64 streams are open, of a node 1,000; each that ends makes room', () => {
  const streams = limitStreams();
  const leave = Array.from({ length: 64 }, () => streams.enter('a'));
  const full = expect.objectContaining({ status: 429, extra: { retry_after: 30 } }) as Error;
  expect(() => streams.enter('a')).toThrow(full);
  for (let i = 64; i < 1000; i++) streams.enter(`other ${i}`);
  expect(() => streams.enter('b')).toThrow(full);
  leave[0]?.();
  leave[0]?.();
  streams.enter('b');
  expect(() => streams.enter('c')).toThrow(full);
});

/** A kernel with a route that answers a stream into which the test writes. */
async function open(sinks: EventSink[]): Promise<Harness> {
  const route = defineRoute('signed-in', { method: 'get', path: '/test/stream', summary: 'x' }, ({ request }) =>
    eventStream(request, clock, (sink) => {
      sinks.push(sink);
      return Promise.resolve(() => {});
    }),
  );
  const harness = await openHarness({
    manifests: [{ ...kernelManifest, routes: [...(kernelManifest.routes ?? []), route] }],
  });
  await ownerOf(harness);
  return harness;
}

test('over HTTP the 65th stream waits, until one of the others has ended', async () => {
  await using harness = await open([]);
  const app = buildApp({ kernel: harness.kernel, auth: harness.kernel.auth });
  const headers = { authorization: `Bearer ${harness.localKey}` };
  const follow = async (): Promise<Response> => app.request('http://localhost/api/v1/test/stream', { headers });
  const streams = await Promise.all(Array.from({ length: 64 }, follow));
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
  const refused = await follow();
  expect({ status: refused.status, after: refused.headers.get('retry-after') }).toEqual({ status: 429, after: '30' });
  await streams.pop()?.body?.cancel();
  await vi.waitFor(async () => {
    const again = await follow();
    streams.push(again);
    expect(again.status).toBe(200);
  });
  for (const { body } of streams) await body?.cancel();
});

test('a socket that is not read is closed', async () => {
  const sinks: EventSink[] = [];
  await using harness = await open(sinks);
  const app = buildApp({ kernel: harness.kernel, auth: harness.kernel.auth });
  const server = await listen(app, { listen: '127.0.0.1', port: 0 }, clock);
  const headers = { authorization: `Bearer ${harness.localKey}` };
  const answered = Promise.withResolvers<IncomingMessage>();
  ask(`${server.url}/api/v1/test/stream`, { headers }, answered.resolve).end();
  const answer = await answered.promise;
  answer.pause();
  await vi.waitFor(() => expect(sinks).toHaveLength(1), 5000);
  const [sink] = sinks;
  // What the operating system buffers comes first.
  await vi.waitFor(() => {
    for (let i = 0; i < 8; i++) sink?.send({ event: 'x', data: 'x'.repeat(64 * 1024) });
    expect(sink?.gone.aborted).toBe(true);
  }, 10_000);
  // Now it reads, and finds that the connection has ended.
  await expect(answer.resume().toArray()).rejects.toThrow('aborted');
  await server.close();
});
