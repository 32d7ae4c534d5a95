import type { lookup } from 'node:dns';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { RunContext, RunResult } from '#engine';
import { openAddressGuard } from './address-guard.ts';
import { type HttpDefinition, httpShape } from '../definition.ts';
import { runHttp } from './run-http.ts';

const run: RunContext = {
  runId: 'r',
  triggerId: 't',
  title: 'call',
  nominalAt: 0,
  dueAt: 0,
  startedAt: 0,
  deadlineAt: 60_000,
  attempt: 1,
  cause: 'schedule',
  zone: 'UTC',
  spool: '/nowhere',
  definition: {},
};

async function makeServer(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Told extends RunResult {
  readonly output: string;
}

async function call(
  wire: Partial<HttpDefinition> & { url: string },
  changes: { allow?: string[]; signal?: AbortSignal; resolve?: typeof lookup } = {},
): Promise<Told> {
  let output = '';
  const means = {
    guard: openAddressGuard(changes.allow ?? ['127.0.0.0/8']),
    ...(changes.resolve === undefined ? {} : { resolve: changes.resolve }),
  };
  const result = await runHttp(
    httpShape.parse(wire),
    run,
    { write: (text) => void (output += text) },
    changes.signal ?? new AbortController().signal,
    means,
  );
  return { ...result, output };
}

test('a 2xx answer is a success, and its beginning is the output', async () => {
  const url = await makeServer((_, response) => response.writeHead(201, 'Made', { 'x-kind': 'test' }).end('hello\n'));
  const told = await call({ url: `${url}/a?b=c` });
  expect(told).toMatchObject({ result: 'success', httpStatus: 201 });
  expect(told.error).toBeUndefined();
  expect(told.output).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/a\?b=c\n201 Made\nx-kind: test\n/);
  expect(told.output.endsWith('\n\nhello\n')).toBe(true);
});

test('method, headers and body arrive as they were written', async () => {
  const url = await makeServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => response.end(JSON.stringify({ method: request.method, headers: request.headers, body })));
  });
  const told = await call({
    url,
    method: 'POST',
    headers: { 'X-Token': 'secret', Accept: 'text/x' },
    body: '{"ü": 1}',
  });
  const seen = JSON.parse(told.output.split('\n\n')[1] ?? '') as {
    method: string;
    headers: Record<string, string>;
    body: string;
  };
  expect(seen).toMatchObject({ method: 'POST', body: '{"ü": 1}' });
  expect(seen.headers).toMatchObject({
    'x-token': 'secret',
    accept: 'text/x',
    'content-type': 'application/json',
    'content-length': '9',
    'user-agent': 'Almanac',
  });
  expect(told.output.split('\n\n')[0]).not.toContain('secret');
});

test.each([
  [500, undefined, 'failed', 'It answered 500 Internal Server Error; expected 2xx.'],
  [404, ['404'], 'success', undefined],
  [418, ['4xx'], 'success', undefined],
  [200, ['204', '3xx'], 'failed', 'It answered 200 OK; expected 204, 3xx.'],
  [302, ['302'], 'success', undefined],
])('an answer of %i where %s is expected is a %s', async (status, expected, result, error) => {
  const url = await makeServer((_, response) => response.writeHead(status, { location: '/elsewhere' }).end());
  const told = await call({ url, ...(expected === undefined ? {} : { expect: expected }) });
  expect(told).toMatchObject({ result, httpStatus: status });
  expect(told.error).toBe(error);
});

test('a redirection on the same host is followed, a POST as a GET', async () => {
  const url = await makeServer((request, response) => {
    if (request.url === '/start') response.writeHead(303, { location: '/end' }).end();
    else
      response.end(
        `${request.method} ${request.url} ${request.headers['content-type'] ?? 'none'} ${String(request.headers['x-kept'])}`,
      );
  });
  const told = await call({ url: `${url}/start`, method: 'POST', body: 'x', headers: { 'X-Kept': 'yes' } });
  expect(told).toMatchObject({ result: 'success', httpStatus: 200 });
  expect(told.output).toContain('GET /end none yes');
});

test('a redirection to another host is not followed, nor is one that goes round in circles', async () => {
  let asked = 0;
  const other = await makeServer((_, response) => ((asked += 1), response.end()));
  const url = await makeServer((request, response) =>
    response.writeHead(302, { location: request.url === '/circle' ? '/circle' : `${other}/x` }).end(),
  );
  expect(await call({ url })).toMatchObject({
    result: 'failed',
    httpStatus: 302,
    error: `It was redirected to ${new URL(other).host}, another host; call ${other}/x itself if that is meant.`,
  });
  expect(asked).toBe(0);
  expect(await call({ url: `${url}/circle` })).toMatchObject({
    result: 'failed',
    error: 'It was redirected more than 5 times.',
  });
});

test('a private address is refused before anything is sent, written as a number, a name or an address', async () => {
  let asked = 0;
  const url = await makeServer((_, response) => ((asked += 1), response.end()));
  const port = new URL(url).port;
  const resolve = ((_: string, __: unknown, answer: (error: null, found: object[]) => void) =>
    answer(null, [{ address: '127.0.0.1', family: 4 }])) as unknown as typeof lookup;
  for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'innocent.example', 'localhost']) {
    const told = await call({ url: `http://${host}:${port}/` }, { allow: [], resolve });
    expect(told).toMatchObject({ result: 'failed' });
    expect(told.error).toMatch(
      /is a loopback address; HTTP jobs reach it only when the setting http_allow names it\.$/,
    );
    expect(told.output).toContain(told.error);
  }
  expect(asked).toBe(0);
  expect(
    await call({ url: `http://innocent.example:${port}/` }, { allow: ['innocent.example'], resolve }),
  ).toMatchObject({ result: 'success' });
  expect(asked).toBe(1);
});

test('a timeout and a cancel end the call', async () => {
  const url = await makeServer((_, response) => response.writeHead(200).write('part'));
  for (const [reason, result] of [
    ['timeout', { result: 'failed', error: 'There was no complete answer within 60 s.' }],
    ['cancel', { result: 'cancelled', error: 'Cancelled.' }],
  ] as const) {
    const ending = new AbortController();
    const server = await makeServer((_, response) => (response.writeHead(200).write('part'), ending.abort(reason)));
    expect(await call({ url: server }, { signal: ending.signal })).toMatchObject(result);
    expect(await call({ url }, { signal: ending.signal })).toMatchObject(result);
  }
});

test('what goes wrong on the way is told in a sentence', async () => {
  const url = await makeServer((request) => void request.socket.destroy());
  expect((await call({ url })).error).toBe(`${new URL(url).host} broke the connection off.`);
  expect((await call({ url: 'http://127.0.0.1:1/' })).error).toBe('127.0.0.1:1 refused the connection.');
  const resolve = ((_: string, __: unknown, answer: (error: Error, found: object[]) => void) =>
    answer(Object.assign(new Error('x'), { code: 'ENOTFOUND' }), [])) as unknown as typeof lookup;
  expect((await call({ url: 'http://no.example/' }, { resolve })).error).toBe(
    'The name no.example could not be resolved (ENOTFOUND).',
  );
});

test('a long body is cut, a binary one is not shown, secrets of the answer and of the address are hidden', async () => {
  const url = await makeServer((request, response) => {
    if (request.url === '/long') response.end('é'.repeat(200_000));
    else response.writeHead(200, { 'set-cookie': 'session=abc' }).end(Buffer.from([0, 1, 2]));
  });
  const long = await call({ url: `${url}/long` });
  expect(long.output.length).toBeLessThan(70_000);
  expect(long.output).not.toContain('\uFFFD');
  expect(long.output.endsWith('é\n… (the rest was not read)\n')).toBe(true);
  const binary = await call({ url: url.replace('//', '//me:hunter2@') });
  expect(binary.output).toContain('(3 bytes that are no text)');
  expect(binary.output).not.toMatch(/session=abc|hunter2/);
});
