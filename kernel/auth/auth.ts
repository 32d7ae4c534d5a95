import { betterAuth, type BetterAuthOptions } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { limitAttempts } from '../http/limit.ts';
import type { Kernel } from '../kernel.ts';
import { Problem } from '../problem.ts';
import type { Caller } from './caller.ts';
import { type Credentials, identifyRequest } from './identify.ts';

export interface Auth {
  /** The sign-in library's own routes: sign in, sign out, change the password. */
  signIn(request: Request, remote: string): Promise<Response>;
  /** @throws Problem 401, 403 `no_team` or `foreign_origin` */
  identify(request: Request, remote: string): Promise<Caller>;
  /** Makes an account that can sign in. @returns the id in the sign-in library */
  createAccount(account: { email: string; name: string; password: string }): Promise<string>;
  /** The address pages are served under, known once the server listens. */
  setOrigin(origin: string): void;
  close(): Promise<void>;
}

/** Sign-in routes that are reachable; everything else of the library stays shut. */
const OPEN_PATHS = new Set(['/sign-in/email', '/sign-out', '/change-password', '/get-session', '/revoke-other-sessions']);
const GUESSES = 10;
const GUESS_WINDOW = 60_000;

/**
 * better-auth behind our seam: it keeps passwords and cookies in its own schema `auth`; who a person is in a team, and what
 * that allows, are rows of ours.
 * @param secret signs the cookies; 32 bytes or more
 * @param localKey opens the door for the command line of this machine
 */
export async function openAuth(kernel: Kernel, secret: string, localKey: string): Promise<Auth> {
  const { config, db, log, clock } = kernel;
  // Its own small pool: the library wants `Date`, our pools read epoch milliseconds.
  const pool = new pg.Pool({ ...db.connection, max: 4, application_name: 'almanac sign-in', options: '-c search_path= -c timezone=UTC' });
  pool.on('error', (error) => log.warn({ error }, 'sign-in pool'));
  const kysely = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  let origin = config.public_url === undefined ? undefined : new URL(config.public_url).origin;
  const secure = config.secure_cookies || (config.public_url?.startsWith('https:') ?? false);

  const options = {
    database: { db: kysely as never, type: 'postgres', schemaName: 'auth', transaction: true },
    secret,
    basePath: '/api/auth',
    telemetry: { enabled: false },
    logger: { level: 'error', log: (level, message) => log[level](message) },
    ...(config.public_url === undefined
      ? { baseURL: { allowedHosts: ['localhost:*', '127.0.0.1:*', '[::1]:*', `${config.listen}:*`], protocol: 'http', fallback: 'http://localhost' } }
      : { baseURL: config.public_url }),
    trustedOrigins: () => Promise.resolve(origin === undefined ? [] : [origin, origin.replace('127.0.0.1', 'localhost')]),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12 },
    rateLimit: { enabled: false },
    session: { expiresIn: 30 * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
    advanced: { database: { generateId: 'uuid' }, cookiePrefix: 'almanac', useSecureCookies: secure },
  } satisfies BetterAuthOptions;

  await kysely.schema.createSchema('auth').ifNotExists().execute();
  const { runMigrations } = await getMigrations(options);
  await runMigrations();
  const library = betterAuth(options);
  const guesses = limitAttempts(GUESSES, GUESS_WINDOW);

  const credentials: Credentials = {
    localKey,
    origin: () => origin,
    async sessionUser(request) {
      const found = await library.api.getSession({ headers: request.headers });
      return found?.user.id;
    },
  };

  return {
    async signIn(request, remote) {
      const path = new URL(request.url).pathname.slice('/api/auth'.length);
      if (!OPEN_PATHS.has(path)) throw new Problem(404, 'not_found', `There is nothing at /api/auth${path}.`);
      if (path === '/sign-in/email') guesses.count(remote, clock.now());
      const response = await library.handler(request);
      return response.ok || response.status < 400 ? response : asProblemResponse(response);
    },
    identify: (request, remote) => identifyRequest(kernel, credentials, request, remote, guesses),
    async createAccount({ email, name, password }) {
      const context = await library.$context;
      if ((await context.internalAdapter.findUserByEmail(email)) !== null) {
        throw new Problem(409, 'email_taken', 'There is already an account with this e-mail address.', { field: 'email' });
      }
      const user = await context.internalAdapter.createUser({ email: email.toLowerCase(), name, emailVerified: true }, { method: 'email' });
      await context.internalAdapter.linkAccount({
        userId: user.id,
        providerId: 'credential',
        accountId: user.id,
        password: await context.password.hash(password),
      });
      return user.id;
    },
    setOrigin(known) {
      origin ??= known;
    },
    close: () => kysely.destroy(),
  };
}

/** The library's refusals in our form. */
async function asProblemResponse(response: Response): Promise<Response> {
  const said = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  const status = response.status === 400 ? 422 : response.status;
  throw new Problem(status, (said.code ?? 'refused').toLowerCase(), said.message ?? 'Refused.');
}
