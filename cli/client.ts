import { defaultHome, loadConfig } from '../kernel/config.ts';
import { Problem } from '../kernel/problem.ts';
import { readLocalKey, readServing } from '../kernel/start/local-door.ts';

/** Talks to the server's API below `/api/v1`. @throws Problem what the server refused, or `unreachable` */
export interface Client {
  readonly url: string;
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: object): Promise<Answer>;
  delete(path: string): Promise<void>;
}

/** The server may be busy; it is not to be waited for for ever. Milliseconds. */
const PATIENCE = 60_000;

/**
 * A client of the server that ALMANAC_URL and ALMANAC_TOKEN name, else of the one that serves this home.
 * @throws Problem `unreachable` when none does
 */
export function openClient(): Client {
  const { url, key } = findServer();
  async function send(method: string, path: string, body?: object): Promise<unknown> {
    const headers = {
      authorization: `Bearer ${key}`,
      'x-almanac-door': 'cli',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const init = {
      method,
      headers,
      signal: AbortSignal.timeout(PATIENCE),
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    const response = await fetch(new URL(`/api/v1${path}`, url), init).catch((cause: unknown) => {
      throw unreachable(`No Almanac answers at ${url}.`, cause);
    });
    const text = await response.text();
    const answer: unknown = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
    if (!response.ok) throw asProblem(response, answer);
    return answer;
  }
  return {
    url,
    get: <Answer>(path: string) => send('GET', path) as Promise<Answer>,
    post: <Answer>(path: string, body: object) => send('POST', path, body) as Promise<Answer>,
    delete: async (path) => void (await send('DELETE', path)),
  };
}

function findServer(): { readonly url: string; readonly key: string } {
  const url = process.env['ALMANAC_URL'];
  const token = process.env['ALMANAC_TOKEN'];
  if (url !== undefined && url !== '') {
    if (token === undefined || token === '') throw missingToken(url);
    if (!URL.canParse(url))
      throw new Problem(422, 'invalid', `ALMANAC_URL is not an address: ${url}.`, { field: 'ALMANAC_URL' });
    return { url, key: token };
  }
  const { home } = loadConfig({ environment: process.env, folder: process.cwd(), defaultHome: defaultHome() }).config;
  const serving = readServing(home);
  if (serving === undefined) throw unreachable(`No Almanac serves the home ${home}.`);
  const key = readLocalKey(home);
  if (key === undefined) {
    throw new Problem(403, 'not_allowed', `The key of ${home} may not be read by this user.`, {
      hint: 'Run this as the user who runs Almanac, or set ALMANAC_URL and ALMANAC_TOKEN.',
    });
  }
  return { url: serving.url, key };
}

function missingToken(url: string): Problem {
  return new Problem(422, 'invalid', `ALMANAC_URL names ${url}, but ALMANAC_TOKEN is missing.`, {
    field: 'ALMANAC_TOKEN',
    hint: 'Create one with `almanac token create` on the machine that serves.',
  });
}

function unreachable(detail: string, cause?: unknown): Problem {
  return new Problem(503, 'unreachable', detail, {
    hint: 'Start it with `npm start` or `almanac serve`, or name another with ALMANAC_HOME or ALMANAC_URL and ALMANAC_TOKEN.',
    cause,
  });
}

function asProblem(response: Response, answer: unknown): Problem {
  const said = (answer ?? {}) as { code?: string; detail?: string; field?: string; hint?: string };
  const detail = said.detail ?? `The server answered ${response.status} ${response.statusText}.`;
  return new Problem(response.status, said.code ?? 'refused', detail, {
    ...(said.field === undefined ? {} : { field: said.field }),
    ...(said.hint === undefined ? {} : { hint: said.hint }),
  });
}
