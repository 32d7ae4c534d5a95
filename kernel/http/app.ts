import { type Context, Hono } from 'hono';
import { compress } from 'hono/compress';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { Auth } from '../auth/auth.ts';
import type { Caller } from '../auth/caller.ts';
import { newId } from '../id.ts';
import type { Kernel } from '../kernel.ts';
import { Problem } from '../problem.ts';
import type { Env } from './env.ts';
import { limitStreams } from './open-streams.ts';
import { readBody, readParams, readQuery } from './read.ts';
import { asProblem, problemResponse } from './refuse.ts';
import { remoteOf } from './remote.ts';
import { isStream, Reply, type Route } from './route.ts';
import { servePages } from './pages.ts';
import { endOfStream } from './stream.ts';

/** Body limit of the API in bytes (spec 10). */
const BODY_LIMIT = 1024 * 1024;

export interface AppParts {
  readonly kernel: Kernel;
  readonly auth: Auth;
  /** Folder of the built pages; absent in tests that need none. */
  readonly pages?: string;
}

/** The whole HTTP surface: sign-in, the API of every module, the pages. */
export function buildApp({ kernel, auth, pages }: AppParts): Hono<Env> {
  const app = new Hono<Env>();
  const streams = limitStreams();

  app.onError((error, c) => {
    const problem = asProblem(error);
    const about = { request: idOf(c), method: c.req.method, path: c.req.path };
    if (problem.status === 500) kernel.log.error({ ...about, err: problem.cause ?? error }, problem.message);
    else if (problem.status > 500) kernel.log.warn({ ...about, cause: wordsOf(problem.cause) }, problem.message);
    return problemResponse(problem, idOf(c));
  });
  app.notFound((c) => problemResponse(new Problem(404, 'not_found', `There is nothing at ${c.req.path}.`), idOf(c)));
  app.use(async (c, next) => {
    const id = newId(kernel.clock.now());
    c.set('requestId', id);
    await next();
    // Afterwards, because an answer that a handler made itself replaces the headers set before.
    c.header('x-request-id', id);
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
      },
      referrerPolicy: 'same-origin',
      // Set by whoever terminates TLS; over plain loopback it would lock people out.
      strictTransportSecurity: false,
    }),
  );
  app.use(compress({ threshold: 1024 }));
  app.use(
    '/api/*',
    bodyLimit({
      maxSize: BODY_LIMIT,
      onError: () => {
        throw new Problem(413, 'too_large', 'The body is larger than 1 MB.');
      },
    }),
  );

  app.all('/api/auth/*', (c) => auth.signIn(c.req.raw, remoteOf(c)));
  for (const manifest of kernel.modules.all) {
    for (const route of manifest.routes ?? []) {
      app.on(route.method.toUpperCase(), honoPath(route.path), (c) => answer(c, manifest.name, route));
    }
  }
  for (const [path, allow] of methodsByPath(kernel)) {
    app.all(path, (c) => {
      throw new Problem(405, 'method_not_allowed', `${c.req.path} does not answer ${c.req.method}.`, {
        hint: `Use ${allow.join(' or ')}.`,
        extra: { allow },
      });
    });
  }
  app.all('/api/*', (c) => {
    throw new Problem(404, 'not_found', `There is nothing at ${c.req.path}.`);
  });
  if (pages !== undefined) servePages(app, pages);
  return app;

  function idOf(c: Context<Env>): string {
    return c.get('requestId') ?? '';
  }

  async function answer(c: Context<Env>, module: string, route: Route): Promise<Response> {
    if (kernel.modules.state(module) !== 'installed') {
      throw new Problem(404, 'module_not_installed', `The module ${module} is not installed.`);
    }
    const request = c.req.raw;
    const remote = remoteOf(c);
    const caller = route.access === 'public' ? undefined : await admit(route, request, remote);
    const input = {
      params: readParams(route, c.req.param()),
      query: readQuery(route, c.req.query(), c.req.method),
      body: await readBody(route, c.req),
      kernel,
      request,
      remote,
      caller,
    };
    const handle = async (): Promise<Response> => respond(c, route, await route.handle(input as never));
    // Only the headers are wanted: nobody would ever end the stream.
    if (isStream(route) && c.req.method === 'HEAD') return c.body(null, 200);
    return isStream(route) ? counted(caller?.principalId ?? remote, request, handle) : handle();
  }

  /** A stream takes its place until it ends, and an answer that became none gives it back at once. */
  async function counted(whose: string, request: Request, handle: () => Promise<Response>): Promise<Response> {
    const leave = streams.enter(whose);
    try {
      return await handle();
    } finally {
      void (endOfStream(request) ?? Promise.resolve()).then(leave);
    }
  }

  async function admit(route: Route, request: Request, remote: string): Promise<Caller> {
    const caller = await auth.identify(request, remote);
    if (route.access !== 'signed-in' && !caller.permissions.has(route.access)) {
      const lacking = kernel.modules.permissionsOf(caller.role).has(route.access)
        ? 'this token'
        : `your role ${caller.role}`;
      throw new Problem(
        403,
        'not_allowed',
        `This needs the permission ${route.access}, which ${lacking} does not have.`,
        lacking === 'this token' ? { hint: 'Use a token that was made with it.' } : {},
      );
    }
    return caller;
  }
}

function wordsOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

/** `//healthz` stands at the root, everything else below `/api/v1`. */
export function fullPath(path: string): string {
  return path.startsWith('//') ? path.slice(1) : `/api/v1${path}`;
}

/** What each known path answers, for who asks with another method. */
function methodsByPath(kernel: Kernel): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { method, path } of kernel.modules.all.flatMap(({ routes }) => routes ?? [])) {
    const known = found.get(honoPath(path)) ?? [];
    found.set(honoPath(path), [...known, method.toUpperCase(), ...(method === 'get' ? ['HEAD'] : [])]);
  }
  return found;
}

function honoPath(path: string): string {
  return fullPath(path).replaceAll(/\{(\w+)\}/g, ':$1');
}

function respond(c: Context, route: Route, said: unknown): Response | Promise<Response> {
  if (said instanceof Response) return said;
  const { status, body, headers } = said instanceof Reply ? said : new Reply(route.status, said);
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (headers['etag'] !== undefined && c.req.header('if-none-match') === headers['etag']) return c.body(null, 304);
  if (body === undefined || status === 204) return c.body(null, status === 200 ? 204 : (status as 204));
  if (typeof body === 'string') return c.body(body, status as 200);
  c.header('cache-control', headers['cache-control'] ?? 'no-store');
  return c.json((route.answer === undefined ? body : route.answer.parse(body)) as object, status as 200);
}
