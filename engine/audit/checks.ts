import type { RawBuilder } from 'kysely';
import { at, sql } from '#kernel';

/** The runs of a node whose lease ended, or that was declared dead, so long ago must be recovered; milliseconds. */
const RECOVERY_ALLOWED = 60_000;

export interface Check {
  readonly invariant: string;
  readonly says: string;
  readonly query: RawBuilder<{ place: string }>;
}

const key = (alias: string): RawBuilder<string> => {
  const column = (name: string): RawBuilder<unknown> => sql.ref(`${alias}.${name}`);
  return sql<string>`${column('trigger_id')}::text || ' ' || ${column('nominal_at')}::text || ' ' || ${column('origin')}`;
};

const sameKey = sql`r.trigger_id = o.trigger_id and r.nominal_at = o.nominal_at and r.origin = o.origin`;

/** The checks that are one query each: it answers the places where the invariant does not hold. */
export function checksAt(now: number): Check[] {
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
      says: 'a running run belongs to no living node, and nobody has taken care of it',
      query: sql`
        select ${key('r')} as place from engine.live_run r join engine.node n on n.id = r.node_id
        where r.state = 'running' and n.expires_at < ${at(now - RECOVERY_ALLOWED)}`,
    },
  ];
}
