import { type Kernel, sql } from '#kernel';

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
  const known = new Set(
    (
      await kernel.db.rows(sql<{ name: string }>`
    select c.relname as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'engine' and c.relispartition`)
    ).map(({ name }) => name),
  );
  for (let month = first; Temporal.PlainYearMonth.compare(month, last) <= 0; month = month.add({ months: 1 })) {
    for (const table of TABLES) {
      const name = `${table}_${month.toString().replace('-', '_')}`;
      if (known.has(name)) continue;
      await kernel.db.run(sql`
        create table if not exists ${sql.id('engine', name)} partition of ${sql.id('engine', table)}
        for values from (${sql.lit(firstInstant(month))}) to (${sql.lit(firstInstant(month.add({ months: 1 })))})`);
    }
  }
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
