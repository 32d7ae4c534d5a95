import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Hono, MiddlewareHandler } from 'hono';
import { Problem } from '../problem.ts';
import type { Env } from './env.ts';

/** Serves the built pages: assets for a year (their names carry a hash), every other path answers the one page. */
export function servePages(app: Hono<Env>, folder: string): void {
  const page = path.join(folder, 'index.html');
  let found: MiddlewareHandler | undefined;
  // Looked for with each request until they are there: the library complains about a missing folder.
  const files: MiddlewareHandler = (c, next) => {
    if (!existsSync(page)) return next();
    found ??= staticFiles(folder);
    return found(c, next);
  };
  app.get('/assets/*', files, () => {
    throw new Problem(404, 'not_found', 'There is no such file.');
  });
  app.get('*', files);
  app.get('*', (c) => {
    if (!existsSync(page))
      throw new Problem(503, 'pages_not_built', 'The pages are not built.', {
        hint: 'Run npm start, which builds them.',
      });
    c.header('cache-control', 'no-cache');
    return c.html(readFileSync(page, 'utf8'));
  });
}

function staticFiles(folder: string): MiddlewareHandler {
  return serveStatic({
    root: path.relative(process.cwd(), folder) || '.',
    onFound: (file, c) => {
      c.header('cache-control', /[\\/]assets[\\/]/.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
