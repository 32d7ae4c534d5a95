import { realpathSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type ClientConfig, type PoolConfig } from 'pg';
import type { Config } from '../config.ts';
import { createDatabase } from '../db/cluster.ts';
import { startEmbedded } from '../db/embedded.ts';
import { claimHome } from '../db/home-lock.ts';
import type { Log } from '../log.ts';
import { Problem } from '../problem.ts';

export interface DatabaseServer {
  readonly connection: PoolConfig;
  /** Ends the embedded server; a server of its own is left alone. */
  stop(): Promise<void>;
}

const OLDEST = 15;
const CONNECT_TIMEOUT = 10_000;
const DATABASE = 'almanac';

/**
 * The PostgreSQL server of the settings: the one DATABASE_URL names, else the embedded one in the home.
 * @param owner who we are, for the sentence that a second process on the same home gets
 * @throws Problem saying why it does not answer or is too old
 */
export async function openDatabaseServer(config: Config, log: Log, owner: string): Promise<DatabaseServer> {
  if (config.database_url !== undefined) {
    const connection = { connectionString: config.database_url, connectionTimeoutMillis: CONNECT_TIMEOUT };
    await refuseOldServer(connection);
    const claim = await keepClaim(connection, realpathSync(config.home), owner, log);
    return { connection, stop: () => claim.release() };
  }
  const server = await startEmbedded(config.home, {
    owner,
    onRestart: (why) => log.warn(`${why} It runs again.`),
    log: (line) => log.warn(line),
  });
  try {
    await createDatabase(server.host, DATABASE);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    connection: { host: server.host, port: server.port, user: server.user, database: DATABASE },
    stop: () => server.stop(),
  };
}

/** How long after a lost session the home is claimed anew, in milliseconds. */
const CLAIM_AGAIN = 1000;

/** Two processes on one home would end each other's runs: the first keeps the others out as long as it lives. */
async function keepClaim(
  connection: ClientConfig,
  home: string,
  owner: string,
  log: Log,
): Promise<{ release(): Promise<void> }> {
  const stopping = new AbortController();
  let lock = await claimHome(connection, home, owner);
  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      await lock.lost;
      await pause(CLAIM_AGAIN, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      try {
        lock = await claimHome(connection, home, owner);
      } catch (error) {
        log.warn({ err: error }, 'the home could not be claimed anew; it is tried again');
      }
    }
  }
  const watching = watch();
  return {
    async release() {
      stopping.abort();
      await lock.release();
      await watching;
    },
  };
}

/** Reads the clock of a server that nothing is connected to yet. */
export async function withClockOf<T>(
  connection: PoolConfig,
  work: (read: () => Promise<number>) => Promise<T>,
): Promise<T> {
  const client = new Client(connection);
  await client.connect();
  try {
    return await work(async () => {
      const { rows } = await client.query<{ at: string }>('select extract(epoch from clock_timestamp()) * 1000 as at');
      return Number(rows[0]?.at);
    });
  } finally {
    await client.end();
  }
}

async function refuseOldServer(connection: ClientConfig): Promise<void> {
  const client = new Client(connection);
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    const version = rows[0]?.server_version ?? '';
    if (Number.parseInt(version, 10) < OLDEST) {
      throw new Problem(
        503,
        'database_too_old',
        `The server of DATABASE_URL is PostgreSQL ${version}; Almanac needs ${OLDEST} or newer.`,
        {
          field: 'database_url',
          hint: 'Upgrade it, or leave DATABASE_URL out to use the embedded one.',
        },
      );
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(503, 'database_away', `The server of DATABASE_URL does not let us in: ${wordsOf(error)}.`, {
      field: 'database_url',
      hint: 'Check host, port, database, user and password, or leave DATABASE_URL out to use the embedded one.',
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

/** A refused connection to a name with several addresses has its words one level deeper. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
