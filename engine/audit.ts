import { compile, type Recurrence } from '#time/recurrence.ts';
import { at, type Kernel, sql } from '#kernel';
import type { RawBuilder } from 'kysely';
import type { OccurrenceKey } from './schema.ts';

export interface Finding {
  /** `I0` … `I9` of the engine's invariants. */
  readonly invariant: string;
  readonly says: string;
  readonly count: number;
  /** A few of the places, for the person who looks. */
  readonly examples: readonly string[];
}

export interface AuditReport {
  readonly checkedAt: number;
  readonly occurrences: number;
  /** Planned by the recurrences in force but without a row. */
  readonly unaccounted: number;
  readonly findings: readonly Finding[];
}

/** A dead node's runs may still be running rows for this long before that is a finding, in milliseconds. */
const RECOVERY_ALLOWED = 60_000;
/** Dispatch further behind than this leaves instants without a row, in milliseconds. */
const DISPATCH_ALLOWED = 60_000;

/** Checks the ledger against its invariants I0–I9. Reads only. */
export async function auditLedger(kernel: Kernel): Promise<AuditReport> {
  const now = kernel.clock.now();
  const expected = await countExpected(kernel, now);
  const findings: Finding[] = [];
  if (expected.wrong.length > 0) {
    findings.push({
      invariant: 'I1',
      says: 'planned occurrences and rows differ',
      count: expected.unaccounted + expected.surplus,
      examples: expected.wrong.slice(0, 5),
    });
  }
  for (const { invariant, says, query } of checks(now)) {
    const rows = await kernel.db.rows(query);
    if (rows.length > 0)
      findings.push({ invariant, says, count: rows.length, examples: rows.slice(0, 5).map(({ place }) => place) });
  }
  const [total] = await kernel.db.rows(
    sql<{ count: number }>`select coalesce(sum(folded), 0) as count from engine.occurrence`,
  );
  return { checkedAt: now, occurrences: total?.count ?? 0, unaccounted: expected.unaccounted, findings };
}

interface Check {
  readonly invariant: string;
  readonly says: string;
  readonly query: RawBuilder<{ place: string }>;
}

const key = (alias: string): RawBuilder<string> => {
  const column = (name: string): RawBuilder<unknown> => sql.ref(`${alias}.${name}`);
  return sql<string>`${column('trigger_id')}::text || ' ' || ${column('nominal_at')}::text || ' ' || ${column('origin')}`;
};

const sameKey = sql`r.trigger_id = o.trigger_id and r.nominal_at = o.nominal_at and r.origin = o.origin`;

function checks(now: number): Check[] {
  return [
    {
      invariant: 'I0',
      says: 'an open occurrence has no live run',
      query: sql`select ${key('o')} as place from engine.occurrence o where o.status = 'open' and not exists (select 1 from engine.live_run r where ${sameKey})`,
    },
    {
      invariant: 'I0',
      says: 'a live run has no open occurrence',
      query: sql`select ${key('r')} as place from engine.live_run r where not exists (select 1 from engine.occurrence o where ${sameKey} and o.status = 'open')`,
    },
    {
      invariant: 'I2',
      says: 'a settled occurrence has no instant of settling',
      query: sql`select ${key('o')} as place from engine.occurrence o where (o.settled_at is null) <> (o.status in ('open', 'missed'))`,
    },
    {
      invariant: 'I3',
      says: 'an outcome has no run with that result',
      query: sql`
        select ${key('o')} as place from engine.occurrence o
        where o.status in ('success', 'failed') and not exists (select 1 from engine.run r where ${sameKey} and r.result = o.status)`,
    },
    {
      invariant: 'I4',
      says: 'attempts have holes',
      query: sql`
        select ${key('r')} as place from engine.run_any r
        group by r.trigger_id, r.nominal_at, r.origin having count(*) <> max(r.attempt)`,
    },
    {
      invariant: 'I5',
      says: 'an occurrence was started twice by its schedule',
      query: sql`
        select ${key('r')} as place from engine.run_any r where r.cause = 'schedule' and r.status <> 'queued'
        group by r.trigger_id, r.nominal_at, r.origin having count(*) > 1`,
    },
    {
      invariant: 'I6',
      says: 'a lane runs more than it may',
      query: sql`
        select l.name as place from engine.lane l join engine.live_run r on r.lane = l.name and r.state = 'running'
        group by l.name, l.at_once having count(*) > l.at_once`,
    },
    {
      invariant: 'I6',
      says: 'a mutex is held twice',
      query: sql`select r.mutex as place from engine.live_run r where r.state = 'running' and r.mutex is not null group by r.mutex having count(*) > 1`,
    },
    {
      invariant: 'I7',
      says: 'a pending missed item and the missed rows differ',
      query: sql`
        select coalesce(m.trigger_id, o.trigger_id)::text as place
        from (select trigger_id, count from engine.missed_item where state = 'pending') m
        full join (select trigger_id, sum(folded) as count from engine.occurrence where status = 'missed' group by trigger_id) o using (trigger_id)
        where m.count is distinct from o.count`,
    },
    {
      invariant: 'I8',
      says: 'a live trigger has no next occurrence',
      query: sql`select id::text as place from engine.trigger where state in ('enabled', 'paused') and next_due_at is null`,
    },
    {
      invariant: 'I9',
      says: 'a running run belongs to no living node',
      query: sql`
        select ${key('r')} as place from engine.live_run r join engine.node n on n.id = r.node_id
        where r.state = 'running' and n.state = 'dead' and n.expires_at < ${at(now - RECOVERY_ALLOWED)}`,
    },
  ];
}

interface VersionRow {
  trigger_id: string;
  title: string;
  from_at: number;
  recurrence: Recurrence | null;
  cursor_at: number;
  next_at: number | null;
  spread_ms: number;
}

interface Expected {
  unaccounted: number;
  surplus: number;
  wrong: string[];
}

/** I1: what the versions in force planned, against the rows that are there. */
async function countExpected(kernel: Kernel, now: number): Promise<Expected> {
  const versions = await kernel.db.rows(sql<VersionRow>`
    select v.trigger_id, t.title, v.from_at, v.recurrence, t.cursor_at, t.next_at, t.spread_ms
    from engine.trigger_version v join engine.trigger t on t.id = v.trigger_id order by v.trigger_id, v.version`);
  const result: Expected = { unaccounted: 0, surplus: 0, wrong: [] };
  for (const history of Map.groupBy(versions, ({ trigger_id }) => trigger_id).values()) {
    const [first] = history;
    if (first === undefined) continue;
    const planned = plannedInstants(history);
    const rows = await kernel.db.rows(sql<
      Pick<OccurrenceKey, 'nominal_at'> & { folded: number; folded_until: number | null }
    >`
      select nominal_at, folded, folded_until from engine.occurrence where trigger_id = ${first.trigger_id} and origin = 'schedule'`);
    for (const { nominal_at, folded, folded_until } of rows) {
      const covered =
        folded_until === null
          ? [nominal_at]
          : [...planned].filter((instant) => instant >= nominal_at && instant <= folded_until);
      const known = covered.filter((instant) => planned.delete(instant)).length;
      result.surplus += Math.max(0, folded - known);
      if (known !== folded) result.wrong.push(`${first.title}: a row at ${at(nominal_at)} was not planned`);
    }
    const late = lateInstants(first, now);
    const missing = planned.size + late;
    result.unaccounted += missing;
    if (missing > 0)
      result.wrong.push(
        `${first.title}: ${missing} without a row, first ${at([...planned][0] ?? first.next_at ?? now)}`,
      );
  }
  return result;
}

/** Each version planned from where it came into force to where the next one did; the last one up to the cursor. */
function plannedInstants(history: readonly VersionRow[]): Set<number> {
  const planned = new Set<number>();
  for (const [place, { recurrence, from_at, cursor_at }] of history.entries()) {
    const until = history[place + 1]?.from_at ?? cursor_at;
    if (recurrence === null) continue;
    const compiled = compile(recurrence);
    for (let instant = compiled.next(from_at); instant <= until; instant = compiled.next(instant)) planned.add(instant);
  }
  return planned;
}

/** Instants that should have been decided by now: dispatch stands still. */
function lateInstants({ next_at, spread_ms }: VersionRow, now: number): number {
  return next_at !== null && next_at + spread_ms < now - DISPATCH_ALLOWED ? 1 : 0;
}
