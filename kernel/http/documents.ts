import { defineRoute, Reply, type Route } from './route.ts';
import { openApiDocument } from './openapi.ts';

const openapi = defineRoute(
  'signed-in',
  { method: 'get', path: '/openapi.json', summary: 'This API as an OpenAPI 3.1 document' },
  ({ kernel }) => new Reply(200, openApiDocument(kernel.modules.live(), kernel.modules.all[0]?.version ?? '0')),
);

export const documentRoutes: readonly Route[] = [openapi];
