import { betterAuth, type BetterAuthOptions } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { refusedBy, sqlState, surviveLosses } from '../db/database.ts';
import { withInstallLock } from '../db/migrate.ts';
import { limitAttempts } from '../http/limit.ts';
import type { Kernel } from '../kernel.ts';
import { Problem } from '../problem.ts';
import type { Caller } from './caller.ts';
import { type Credentials, identifyRequest } from './identify.ts';

export interface Account {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

declare global {
  interface AlmanacKernel {
    auth: Auth;
  }
}

export interface Auth {
  /** The sign-in library's own routes: sign in, sign out, change the password. */
  signIn(request: Request, remote: string): Promise<Response>;
  /** Signs in whoever has just made their account in `request`. @returns the cookie to set */
  cookieFor(request: Request, account: Pick<Account, 'email' | 'password'>): Promise<string>;
  /** @throws Problem 401, 403 `no_team` or `foreign_origin`, 429 after many wrong tokens */
  identify(request: Request, remote: string): Promise<Caller>;
  /** Counts an attempt at a secret from one address. @throws Problem 429 */
  countGuess(what: string, remote: string): void;
  /** Makes an account that can sign in. @returns the id in the sign-in library @throws Problem 409 `email_taken` */
  createAccount(account: Account): Promise<string>;
  /** The id in the sign-in library of the account with an e-mail address. */
  accountOf(email: string): Promise<string | undefined>;
  /** Gives an account that nobody has to somebody: their name, their password, and no earlier session. */
  takeOver(id: string, account: Account): Promise<void>;
  /** Takes back an account whose person could not be added. */
  removeAccount(id: string): Promise<void>;
  /** The address pages are served under, known once the server listens. */
  setOrigin(origin: string): void;
  close(): Promise<void>;
}

/** Sign-in routes that are reachable, and how; everything else of the library stays shut. */
const OPEN_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/sign-in/email', ['POST']],
  ['/sign-out', ['POST']],
  ['/change-password', ['POST']],
  ['/get-session', ['GET', 'HEAD', 'POST']],
  ['/revoke-other-sessions', ['POST']],
]);
/** Wrong attempts of one address, at one account where it signs in. */
const GUESSES = 10;
/** Wrong sign-ins of one address at all accounts, which may be a proxy's, and at one account from all addresses. */
const GUESSES_OF_MANY = 100;
const GUESS_WINDOW = 60_000;

/**
 * better-auth behind our seam: it keeps passwords and cookies in its own schema `auth`; who a person is in a team, and what
 * that allows, are rows of ours.
 * @param secret signs the cookies; 32 bytes or more
 * @param localKey opens the door for the command line of this machine
 */
export async function openAuth(kernel: Kernel, secret: string, localKey: string): Promise<Auth> {
  const { db, log, clock } = kernel;
  // Its own small pool: the library wants `Date`, our pools read epoch milliseconds.
  const pool = new Pool({
    ...db.connection,
    max: 4,
    application_name: 'almanac sign-in',
    options: '-c search_path= -c timezone=UTC',
  });
  const known: { origin?: string; closed?: true } = {};
  pool.on('error', (error) => {
    if (!known.closed) log.warn({ err: error }, 'sign-in pool');
  });
  surviveLosses(pool);
  const kysely = new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool }) });
  const publicOrigin = kernel.config.public_url && new URL(kernel.config.public_url).origin;
  const options = optionsFor(kernel, kysely, secret, () => [publicOrigin, known.origin]);
  try {
    await withInstallLock(db, async () => {
      await kysely.schema.createSchema('auth').ifNotExists().execute();
      await (await getMigrations(options)).runMigrations();
    });
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  const library = betterAuth(options);
  const guesses = limitAttempts(GUESSES, GUESS_WINDOW);
  const guessesOfMany = limitAttempts(GUESSES_OF_MANY, GUESS_WINDOW);

  /** Counted before it is known to be wrong, or many at once would all be let through. @returns takes it back */
  async function countSignIn(request: Request, remote: string): Promise<() => void> {
    const email = await emailOf(request);
    const now = clock.now();
    // The narrow limit first: what it refuses does not bring others behind the same address nearer to theirs.
    const taken = [guesses.count(`sign-in ${remote} ${email}`, now)];
    taken.push(guessesOfMany.count(`account ${email}`, now));
    taken.push(guessesOfMany.count(`address ${remote}`, now));
    return () => taken.forEach((takeBack) => takeBack());
  }

  const credentials: Credentials = {
    localKey,
    isOurs: (origin, request) => origin === publicOrigin || origin === known.origin || origin === ownOrigin(request),
    async sessionUser(request) {
      const found = await library.api.getSession({ headers: request.headers });
      return found?.user.id;
    },
  };

  return {
    async signIn(request, remote) {
      const path = new URL(request.url).pathname.slice('/api/auth'.length);
      const allow = OPEN_PATHS.get(path);
      if (allow === undefined) throw new Problem(404, 'not_found', `There is nothing at /api/auth${path}.`);
      if (!allow.includes(request.method))
        throw new Problem(405, 'method_not_allowed', `/api/auth${path} does not answer ${request.method}.`, {
          extra: { allow },
        });
      const takeBack = path === '/sign-in/email' ? await countSignIn(request, remote) : () => {};
      let response: Response | undefined;
      try {
        response = await library.handler(request);
      } finally {
        if (response?.status !== 401) takeBack();
      }
      return response.status < 400 ? response : refuse(response);
    },
    async cookieFor(request, { email, password }) {
      const headers = new Headers({ 'content-type': 'application/json', origin: publicOrigin ?? ownOrigin(request) });
      headers.set('host', new URL(request.url).host);
      const body = JSON.stringify({ email, password });
      const asked = new Request(new URL('/api/auth/sign-in/email', request.url), { method: 'POST', headers, body });
      const response = await library.handler(asked);
      if (!response.ok) return refuse(response);
      return response.headers.get('set-cookie') ?? '';
    },
    identify: (request, remote) => identifyRequest(kernel, credentials, request, remote, guesses),
    countGuess: (what, remote) => void guesses.count(`${what} ${remote}`, clock.now()),
    async createAccount({ email, name, password }) {
      const context = await library.$context;
      if ((await context.internalAdapter.findUserByEmail(email)) !== null) throw emailTaken();
      const hash = await context.password.hash(password);
      try {
        const made = { email: email.toLowerCase(), name, emailVerified: true };
        const user = await context.internalAdapter.createUser(made, { method: 'email' });
        const login = { userId: user.id, providerId: 'credential', accountId: user.id, password: hash };
        await context.internalAdapter.linkAccount(login);
        return user.id;
      } catch (error) {
        if (sqlState(error) === '23505' || refusedBy(error)?.includes('email')) throw emailTaken();
        throw error;
      }
    },
    async accountOf(email) {
      return (await (await library.$context).internalAdapter.findUserByEmail(email))?.user.id;
    },
    async takeOver(id, { name, password }) {
      const context = await library.$context;
      const hash = await context.password.hash(password);
      await context.internalAdapter.deleteUserSessions(id);
      await context.internalAdapter.updateUser(id, { name, emailVerified: true });
      const logins = await context.internalAdapter.findAccounts(id);
      if (logins.some(({ providerId }) => providerId === 'credential'))
        await context.internalAdapter.updatePassword(id, hash);
      else
        await context.internalAdapter.linkAccount({
          userId: id,
          providerId: 'credential',
          accountId: id,
          password: hash,
        });
    },
    async removeAccount(id) {
      await (await library.$context).internalAdapter.deleteUser(id);
    },
    setOrigin(origin) {
      known.origin = origin;
    },
    close() {
      known.closed = true;
      return kysely.destroy();
    },
  };
}

function optionsFor(
  { config, log }: Kernel,
  kysely: Kysely<Record<string, never>>,
  secret: string,
  origins: () => (string | undefined)[],
): BetterAuthOptions {
  const hosts = ['localhost:*', '127.0.0.1:*', '[::1]:*', `${config.listen}:*`];
  return {
    database: { db: kysely as never, type: 'postgres', schemaName: 'auth', transaction: true },
    secret,
    basePath: '/api/auth',
    telemetry: { enabled: false },
    logger: { level: 'error', log: (level, message) => log[level](message) },
    baseURL: config.public_url ?? { allowedHosts: hosts, protocol: 'http', fallback: 'http://localhost' },
    // Only the browser sets Host and Origin: where they agree, the page is our own, whatever the machine is called.
    trustedOrigins: (request) => Promise.resolve([...origins(), request && ownOrigin(request)]),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12 },
    rateLimit: { enabled: false },
    session: { expiresIn: 30 * 24 * 60 * 60, updateAge: 24 * 60 * 60 },
    advanced: {
      database: { generateId: 'uuid' },
      cookiePrefix: 'almanac',
      // Said aloud, because the library switches the check off where NODE_ENV or TEST speak of tests.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      useSecureCookies: config.secure_cookies || (config.public_url?.startsWith('https:') ?? false),
    },
  };
}

function ownOrigin(request: Request): string {
  return new URL(request.url).origin;
}

function emailTaken(): Problem {
  return new Problem(409, 'email_taken', 'There is already an account with this e-mail address.', { field: 'email' });
}

/** Whose account somebody tries to open; what is no address is all one. */
async function emailOf(request: Request): Promise<string> {
  const body = (await request
    .clone()
    .json()
    .catch(() => undefined)) as { email?: unknown } | null | undefined;
  return typeof body?.email === 'string' ? body.email.trim().toLowerCase().slice(0, 320) : '';
}

/** The library's refusals in our form. */
async function refuse(response: Response): Promise<never> {
  const said = (await response.json().catch(() => ({}))) as { code?: string; message?: string };
  const status = response.status === 400 ? 422 : response.status;
  throw new Problem(status, (said.code ?? 'refused').toLowerCase(), said.message ?? 'Refused.');
}
