import { type Kernel, sql, type Tx } from '#kernel';

const TABLES = ['occurrence', 'run'] as const;
/** Months that are made ahead. */
const AHEAD = 3;

/** Makes the monthly partitions from the oldest cursor to three months ahead. Cheap when they are there. */
export async function ensureMonths(kernel: Kernel): Promise<void> {
  const now = kernel.clock.now();
  const [row] = await kernel.db.rows(sql<{ oldest: number | null }>`
    select min(cursor_at) as oldest from engine.trigger where next_due_at is not null`);
  await makeMonths(kernel, Math.min(row?.oldest ?? now, now), now, AHEAD);
}

/** Makes the months from one instant to `ahead` months beyond another. */
export async function makeMonths(kernel: Kernel, from: number, to: number, ahead: number): Promise<void> {
  const first = monthOf(from).subtract({ months: 1 });
  const last = monthOf(to).add({ months: ahead });
  const wanted: { name: string; table: string; month: Temporal.PlainYearMonth }[] = [];
  for (let month = first; Temporal.PlainYearMonth.compare(month, last) <= 0; month = month.add({ months: 1 })) {
    for (const table of TABLES) wanted.push({ name: `${table}_${month.toString().replace('-', '_')}`, table, month });
  }
  const known = await knownMonths(kernel.db);
  if (wanted.every(({ name }) => known.has(name))) return;
  await kernel.db.transaction(async (tx) => {
    // Nodes that start at the same moment make them one after the other.
    await tx.run(sql`select pg_advisory_xact_lock(${MONTHS_LOCK})`);
    const there = await knownMonths(tx);
    for (const { name, table, month } of wanted.filter((one) => !there.has(one.name))) {
      await tx.run(sql`
        create table ${sql.id('engine', name)} partition of ${sql.id('engine', table)}
        for values from (${sql.lit(firstInstant(month))}) to (${sql.lit(firstInstant(month.add({ months: 1 })))})`);
    }
  });
}

/** Any number that nothing else in this database locks. */
const MONTHS_LOCK = 7401;

async function knownMonths(tx: Pick<Tx, 'rows'>): Promise<Set<string>> {
  const rows = await tx.rows(sql<{ name: string }>`
    select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'engine' and c.relispartition`);
  return new Set(rows.map(({ name }) => name));
}

/** Whether the month of an instant can take rows; a missing one stops dispatch and is a readiness failure. */
export async function hasMonth(kernel: Kernel, instant: number): Promise<boolean> {
  const name = `occurrence_${monthOf(instant).toString().replace('-', '_')}`;
  const rows = await kernel.db.rows(sql`
    select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = 'engine' and c.relname = ${name}`);
  return rows.length > 0;
}

function monthOf(instant: number): Temporal.PlainYearMonth {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO('UTC').toPlainDate().toPlainYearMonth();
}

function firstInstant(month: Temporal.PlainYearMonth): string {
  return `${month.toPlainDate({ day: 1 }).toString()} 00:00:00+00`;
}
