import { expect, test } from 'vitest';
import { z } from 'zod';
import kernelManifest from '../manifest.ts';
import { type Client, openWithOwner } from '../testing/http.ts';
import { openApiDocument } from './openapi.ts';
import { defineRoute } from './route.ts';

test('the process answers, and says who is asking', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { owner } = story;
  expect((await owner.get('//healthz')).body).toEqual({ status: 'ok' });
  expect((await owner.get('//readyz')).body).toEqual({ status: 'ready' });
  expect((await owner.get('//metrics')).body).toContain('process_cpu_seconds_total');
  const me = await owner.get('/me');
  expect(me.status).toBe(200);
  expect(me.body.role).toBe('owner');
});

test.for(['/me', '/tokens', '//healthz', '//metrics', '/events/stream', '/openapi.json'])(
  'a query that %s does not take is refused, naming the field; a probe of its headers is not',
  async (path) => {
    await using story = await openWithOwner([kernelManifest]);
    const { owner } = story;
    const refused = await owner.get(`${path}?foo=1`);
    expect(refused).toMatchObject({ status: 422, body: { code: 'unknown_field', field: 'foo' } });
    expect((await owner.send('head', `${path}?foo=1`)).status).toBe(200);
  },
);

test('a body that a route does not take is refused, naming the field, and does nothing', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { owner } = story;
  const { id } = (await owner.post('/tokens', { name: 'kept' })).body;
  const end = (body: string, type = 'application/json'): ReturnType<Client['get']> =>
    owner.send('delete', `/tokens/${id}`, { headers: { 'content-type': type }, body });
  expect(await end('{"force":true}')).toMatchObject({ status: 422, body: { code: 'unknown_field', field: 'force' } });
  expect((await end('force=true', 'application/x-www-form-urlencoded')).status).toBe(415);
  expect((await end('[1]')).status).toBe(422);
  expect((await owner.get('/tokens')).body.items).toHaveLength(1);
  expect((await end('{}')).status).toBe(204);
});

test('another method than a path answers is refused, naming those it does', async () => {
  await using story = await openWithOwner([kernelManifest]);
  const { owner } = story;
  const asked: [string, string, string][] = [
    ['delete', '/me', 'GET, HEAD, PATCH'],
    ['put', '/tokens', 'GET, HEAD, POST'],
    ['get', `/tokens/${crypto.randomUUID()}`, 'DELETE'],
    ['post', '//healthz', 'GET, HEAD'],
  ];
  for (const [method, path, allow] of asked) {
    const answer = await owner.send(method, path);
    expect(answer).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe(allow);
  }
  expect((await owner.send('put', '/nothing')).status).toBe(404);
});

test('the document says how each route refuses, what streams are, and no parameter is null', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument([kernelManifest], '1'))) as {
    paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>;
  };
  const statuses = (path: string, method: string): string[] =>
    Object.keys(document.paths[path]?.[method]?.responses ?? {});
  expect(statuses('/api/v1/tokens', 'post')).toEqual(
    expect.arrayContaining(['201', '400', '401', '403', '409', '413', '415', '422', '429', '503']),
  );
  expect(statuses('/api/v1/me', 'get')).toEqual(['200', '401', '403', '422', '429', '503']);
  const stream = document.paths['/api/v1/events/stream']?.['get']?.responses['200'];
  expect(Object.keys(stream?.content ?? {})).toEqual(['text/event-stream']);
});

test('a number in a query is a number in the document', () => {
  const query = z.object({ from: z.coerce.number().int().min(0).default(0) });
  const route = defineRoute('signed-in', { method: 'get', path: '/x', summary: 'x', query }, () => undefined);
  const document = openApiDocument([{ ...kernelManifest, routes: [route] }], '1');
  expect(document).toMatchObject({
    paths: { '/api/v1/x': { get: { parameters: [{ name: 'from', schema: { type: 'integer', default: 0 } }] } } },
  });
});
