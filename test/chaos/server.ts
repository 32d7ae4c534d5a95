// The server under attack, and the same questions to it whichever process of it is the present one.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Almanac, isAlive, newHome, postmastersIn, servingPid, start } from '../start/almanac.ts';

export interface Attacked {
  readonly home: string;
  /** When the process that serves was killed, in epoch milliseconds. */
  readonly kills: number[];
  get<Answer>(route: string): Promise<Answer>;
  post<Answer>(route: string, body?: object): Promise<Answer>;
  /** kill −9 of the process that serves; resolves when another one serves. */
  killServer(): Promise<void>;
  /** kill −9 of PostgreSQL's first process; resolves when the database answers again. */
  killDatabase(): Promise<void>;
}

/** Second-long intervals, which people may not ask for otherwise, and more runs at once. */
const environment = {
  ALMANAC_MINIMUM_INTERVAL_SECONDS: '1',
  ALMANAC_LOG_LEVEL: 'error',
  ALMANAC_OWNER_EMAIL: 'ops@example.org',
  ALMANAC_OWNER_PASSWORD: 'a long enough secret',
};

export async function startAttacked(): Promise<Attacked> {
  const home = newHome();
  const kills: number[] = [];
  let almanac: Almanac = start(home, { environment });
  let { url } = await almanac.ready;

  async function ask<Answer>(method: string, route: string, body?: object): Promise<Answer> {
    const key = readFileSync(path.join(home, 'local.key'), 'utf8').trim();
    const response = await fetch(new URL(`/api/v1${route}`, url), {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  return {
    home,
    kills,
    get: (route) => ask('GET', route),
    post: (route, body = {}) => ask('POST', route, body),
    async killServer() {
      kills.push(Date.now());
      process.kill(servingPid(home), 'SIGKILL');
      await almanac.ended;
      almanac = start(home, { environment });
      ({ url } = await almanac.ready);
    },
    async killDatabase() {
      const [killed = 0] = postmastersIn(home);
      process.kill(killed, 'SIGKILL');
      await until(() => Promise.resolve(!isAlive(killed)));
      await until(() =>
        ask('GET', '/cron/jobs').then(
          () => true,
          () => false,
        ),
      );
    },
  };
}

/** Asks until the answer is yes; a test's own time limit ends it otherwise. */
export async function until(there: () => Promise<boolean>): Promise<void> {
  while (!(await there())) await pause(50);
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
