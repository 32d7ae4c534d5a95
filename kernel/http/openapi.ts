import { OpenAPIHono, z } from '@hono/zod-openapi';
import { toJSONSchema, type ZodType } from 'zod';
import type { Manifest } from '../modules/module.ts';
import { fullPath } from './app.ts';
import { isStream, type Route } from './route.ts';

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    field: z.string().optional(),
    hint: z.string().optional(),
    request_id: z.string(),
  })
  .openapi('Problem');

/** The OpenAPI 3.1 document of all routes of the given modules; docs/openapi.json is this, checked for drift. */
export function openApiDocument(manifests: readonly Manifest[], version: string): object {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: 'almanac.session_token',
  });
  for (const manifest of manifests) {
    for (const route of manifest.routes ?? []) app.openAPIRegistry.registerPath(describe(manifest.name, route));
  }
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Almanac', version } });
  for (const operations of Object.values(document.paths ?? {}))
    for (const one of Object.values(operations)) present(one);
  return document;
}

/** A parameter is text or absent, never null: the library takes every shape that reads text for one that knows null. */
function present(operation: { parameters?: { schema?: { type?: unknown } }[] }): void {
  for (const { schema } of operation.parameters ?? []) {
    if (!Array.isArray(schema?.type)) continue;
    const kinds = schema.type.filter((kind) => kind !== 'null');
    schema.type = kinds.length === 1 ? kinds[0] : kinds;
  }
}

type PathConfig = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0];

function describe(module: string, route: Route): PathConfig {
  const refusals = Object.fromEntries(
    refusalsOf(route).map(([status, description]) => [
      status,
      { description, content: { 'application/problem+json': { schema: problem } } },
    ]),
  );
  return {
    method: route.method,
    path: fullPath(route.path),
    summary: route.summary,
    tags: [module],
    security: route.access === 'public' ? [] : [{ bearer: [] }, { cookie: [] }],
    request: {
      ...(route.params ? { params: route.params as never } : {}),
      ...(route.query ? { query: route.query as never } : {}),
      ...(route.body
        ? { body: { required: true, content: { 'application/json': { schema: jsonSchemaOf(route.body, 'input') } } } }
        : {}),
    },
    responses: {
      [route.status]: { description: 'Success', ...contentOf(route) },
      ...refusals,
    },
    ...({ 'x-permission': route.access } as object),
  };
}

/** OpenAPI 3.1 takes JSON Schema as it is; zod's own conversion knows every kind of shape. */
function jsonSchemaOf(schema: ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
    // A format says what its pattern would.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return rest;
}

function contentOf(route: Route): { content?: Record<string, { schema: object }> } {
  if (isStream(route)) return { content: { 'text/event-stream': { schema: { type: 'string' } } } };
  return route.answer ? { content: { 'application/json': { schema: jsonSchemaOf(route.answer, 'output') } } } : {};
}

function refusalsOf(route: Route): [number, string][] {
  const guarded = route.access !== 'public';
  const writes = route.method !== 'get';
  const known: [boolean, number, string][] = [
    [route.body !== undefined, 400, 'The body is not readable'],
    [guarded, 401, 'Nobody is signed in'],
    [guarded, 403, 'The role or the token does not have the permission'],
    [route.params !== undefined, 404, 'There is no such thing in this team'],
    [writes, 409, 'It does not go with the state of things; the code says why'],
    [writes, 413, 'The body is larger than 1 MB'],
    [writes, 415, 'The body is not JSON'],
    [true, 422, 'A field is wrong or unknown; the answer names it'],
    [guarded || writes, 429, 'Too many wrong attempts or open streams; Retry-After says when to come back'],
    [route.path !== '//healthz', 503, 'The database does not answer, or is too busy'],
  ];
  return known.filter(([can]) => can).map(([, status, description]) => [status, description]);
}
