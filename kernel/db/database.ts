import { setTimeout as pause } from 'node:timers/promises';
import { type Kysely as KyselyType, Kysely, PostgresDialect, type RawBuilder, sql, type Transaction } from 'kysely';
import { type CustomTypesConfig, Pool, type PoolConfig, types as builtIn } from 'pg';

declare global {
  interface AlmanacKernel {
    db: Database;
  }
  /** Tables by their qualified name; each room adds its own in its schema.ts. */
  interface AlmanacTables {}
}

/** What a unit of work sees of the database. */
export interface Tx {
  readonly kysely: KyselyType<AlmanacTables>;
  /** Runs a statement and answers its rows. */
  rows<Row>(statement: RawBuilder<Row>): Promise<Row[]>;
  /** Runs a statement and answers how many rows it touched. */
  run(statement: RawBuilder<unknown>): Promise<number>;
  /** Called once after the commit is known to have happened; never inside. */
  afterCommit(act: () => void): void;
}

export interface Database extends Omit<Tx, 'afterCommit'> {
  readonly pool: Pool;
  readonly connection: PoolConfig;
  /** One READ COMMITTED transaction; deadlocks and lock time-outs are tried again whole, three times. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The database's own instant in epoch milliseconds. */
  readClock(): Promise<number>;
  close(): Promise<void>;
}

export { sql };

/** An instant on its way into SQL, where every instant is a `timestamptz`. */
export function at(instant: number): string {
  return Temporal.Instant.fromEpochMilliseconds(instant).toString({ smallestUnit: 'millisecond' });
}

/** Like `at`, keeping null. */
export function atOrNull(instant: number | null | undefined): string | null {
  return instant === null || instant === undefined ? null : at(instant);
}

const TIMESTAMPTZ = 1184;
const DATE = 1082;
const INT8 = 20;
const NUMERIC = 1700;

const readers = new Map<number, (text: string) => unknown>([
  [TIMESTAMPTZ, (text) => Temporal.Instant.from(text).epochMilliseconds],
  [DATE, (text) => text],
  [INT8, Number],
  [NUMERIC, Number],
]);

/** Our own type readers: instants are epoch milliseconds, counts are numbers. */
const types: CustomTypesConfig = {
  getTypeParser: ((oid: number) =>
    readers.get(oid) ?? builtIn.getTypeParser(oid)) as CustomTypesConfig['getTypeParser'],
};

/** Deadlock, serialisation failure, lock time-out: nothing happened, so the whole unit may be repeated. */
const REPEATABLE = new Set(['40P01', '40001', '55P03']);
const REPEATS = 3;

export function openDatabase(connection: PoolConfig, onError: (error: Error) => void): Database {
  const pool = new Pool({
    ...connection,
    types,
    // An empty search path makes every unqualified name fail; times are exchanged in UTC.
    options: '-c search_path= -c timezone=UTC -c statement_timeout=10000 -c lock_timeout=2000',
    application_name: 'almanac',
  });
  let closed = false;
  pool.on('error', (error) => {
    // The pool counts as ended before its connections are.
    if (!closed) onError(error);
  });
  surviveLosses(pool);
  const kysely = new Kysely<AlmanacTables>({ dialect: new PostgresDialect({ pool }) });
  const inside = statements(kysely);

  async function once<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const acts: (() => void)[] = [];
    const answer = await kysely
      .transaction()
      .execute((trx: Transaction<AlmanacTables>) =>
        work({ ...statements(trx), kysely: trx, afterCommit: (act) => acts.push(act) }),
      );
    for (const act of acts) act();
    return answer;
  }

  return {
    ...inside,
    kysely,
    pool,
    connection,
    async transaction(work) {
      for (let tried = 1; ; tried++) {
        try {
          return await once(work);
        } catch (error) {
          if (tried > REPEATS || !REPEATABLE.has(sqlState(error) ?? '')) throw error;
          // Real milliseconds: a clock that a test holds still must not hold the retry.
          await pause(tried * 10);
        }
      }
    },
    async readClock() {
      const [row] = await inside.rows(sql<{ at: number }>`select clock_timestamp() as at`);
      return row?.at ?? Number.NaN;
    },
    close() {
      closed = true;
      return kysely.destroy();
    },
  };
}

/**
 * A connection that is lost while somebody holds it fails that work, and nothing else: the pool listens to its errors only
 * while it lies idle, and an error that nobody listens to would end the process.
 */
export function surviveLosses(pool: Pool): void {
  pool.on('connect', (client) => client.on('error', () => {}));
}

/** The SQLSTATE of a database error, if it is one. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The name of the constraint that refused, if one did. */
export function refusedBy(error: unknown): string | undefined {
  return error instanceof Error && 'constraint' in error && typeof error.constraint === 'string'
    ? error.constraint
    : undefined;
}

function statements(kysely: KyselyType<AlmanacTables>): Pick<Tx, 'rows' | 'run' | 'kysely'> {
  return {
    kysely,
    async rows(statement) {
      return (await statement.execute(kysely)).rows;
    },
    async run(statement) {
      return Number((await statement.execute(kysely)).numAffectedRows ?? 0n);
    },
  };
}
