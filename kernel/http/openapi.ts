import { OpenAPIHono, z } from '@hono/zod-openapi';
import { toJSONSchema, type ZodType } from 'zod';
import type { Manifest } from '../modules/module.ts';
import { fullPath } from './app.ts';
import type { Route } from './route.ts';

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
  return app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Almanac', version } });
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
      [route.status]: route.answer
        ? { description: 'Success', content: { 'application/json': { schema: jsonSchemaOf(route.answer, 'output') } } }
        : { description: 'Success' },
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

function refusalsOf(route: Route): [number, string][] {
  return [
    ...(route.body ? ([[400, 'The body is not readable']] as [number, string][]) : []),
    ...(route.access === 'public'
      ? []
      : ([
          [401, 'Nobody is signed in'],
          [403, 'The role does not have the permission'],
        ] as [number, string][])),
    ...(route.params ? ([[404, 'There is no such thing in this team']] as [number, string][]) : []),
    ...(route.body || route.query ? ([[422, 'A field is wrong; the answer names it']] as [number, string][]) : []),
  ];
}
