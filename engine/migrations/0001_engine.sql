-- The ledger: triggers, their occurrences, the live runs (which are the queue) and the history of runs.
-- Every instant is given by the caller; `now()` does not stand in this schema.

create sequence engine.rev;

create table engine.node (
  id uuid primary key,
  kind text not null check (kind in ('local', 'remote')),
  home text not null,
  host text not null,
  tags text[] not null,
  state text not null check (state in ('alive', 'dead')),
  started_at timestamptz not null,
  renewed_at timestamptz not null,
  expires_at timestamptz not null,
  tzdata text not null
);
create index node_alive on engine.node (expires_at) where state = 'alive';

-- The row of a lane is the lock for starts in it, which makes its limit hard.
create table engine.lane (
  name text primary key,
  at_once int not null check (at_once > 0)
);
insert into engine.lane (name, at_once) values ('default', 10), ('light', 4);

create table engine.trigger (
  id uuid primary key,
  team_id uuid not null references kernel.team,
  owner_id uuid references kernel.principal on delete set null,
  owner_module text not null,
  owner_ref text not null,
  title text not null check (char_length(title) between 1 and 255),
  category text not null check (category in ('critical', 'normal', 'low')),
  lane text not null references engine.lane,
  recurrence jsonb not null,
  zone text not null,
  policy jsonb not null,
  -- What the owner module needs to carry a run out; copied into each live run.
  definition jsonb not null,
  spread_ms int not null default 0 check (spread_ms >= 0),
  state text not null check (state in ('enabled', 'paused', 'disabled', 'ended', 'deleted')),
  state_reason text,
  state_by text,
  paused_until timestamptz,
  -- Every nominal instant up to here is decided and has its row.
  cursor_at timestamptz not null,
  next_at timestamptz,
  next_due_at timestamptz,
  version int not null,
  tzdata text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid references kernel.principal on delete set null
) with (fillfactor = 80);
create unique index trigger_owner on engine.trigger (owner_module, owner_ref) where state <> 'deleted';
create index trigger_due on engine.trigger (next_due_at) where next_due_at is not null;
create index trigger_pause_end on engine.trigger (paused_until) where state = 'paused' and paused_until is not null;
create index trigger_team on engine.trigger (team_id, owner_module) where state <> 'deleted';

-- What was in force from which cursor on. A null recurrence: nothing was planned (disabled, ended, deleted).
create table engine.trigger_version (
  trigger_id uuid not null references engine.trigger,
  version int not null,
  from_at timestamptz not null,
  recurrence jsonb,
  snapshot jsonb not null,
  by_id uuid,
  by_name text not null,
  reason text,
  primary key (trigger_id, version)
);

create table engine.exclusion (
  trigger_id uuid not null references engine.trigger,
  nominal_at timestamptz not null,
  by_name text not null,
  reason text,
  primary key (trigger_id, nominal_at)
);

create table engine.occurrence (
  trigger_id uuid not null,
  nominal_at timestamptz not null,
  -- Part of the key: a manual run at 09:00:00.000 must not take the place of the scheduled 09:00.
  origin text not null check (origin in ('schedule', 'manual', 'reschedule')),
  due_at timestamptz not null,
  status text not null check (status in
    ('open', 'success', 'failed', 'cancelled', 'skipped', 'suppressed', 'superseded', 'missed', 'rescheduled', 'dismissed', 'expired')),
  reason text,
  -- One row may stand for many instants of a long backlog: nominal_at is the first, folded_until the last.
  folded int not null default 1 check (folded >= 1),
  folded_until timestamptz,
  settled_at timestamptz,
  rev bigint not null default nextval('engine.rev'),
  links jsonb,
  primary key (trigger_id, nominal_at, origin),
  check ((settled_at is null) = (status in ('open', 'missed')))
) partition by range (nominal_at);
create index occurrence_at on engine.occurrence (nominal_at);
create index occurrence_folded on engine.occurrence (trigger_id) where folded > 1;
create index occurrence_unsettled on engine.occurrence (trigger_id, nominal_at) where status in ('open', 'missed');

-- Terminal beats everything: an outcome is written once.
create function engine.refuse_second_outcome() returns trigger language plpgsql as $$
begin
  raise exception 'occurrence % of trigger % already ended as %', old.nominal_at, old.trigger_id, old.status
    using errcode = 'restrict_violation';
end
$$;
create trigger one_outcome before update on engine.occurrence
  for each row when (old.settled_at is not null and (new.status, new.settled_at) is distinct from (old.status, old.settled_at))
  execute function engine.refuse_second_outcome();

-- The queue: small and hot.
create table engine.live_run (
  id uuid primary key,
  trigger_id uuid not null references engine.trigger,
  nominal_at timestamptz not null,
  origin text not null,
  attempt int not null check (attempt >= 1),
  cause text not null check (cause in ('schedule', 'manual', 'backfill', 'retry', 'recovery')),
  team_id uuid not null,
  owner_module text not null,
  lane text not null references engine.lane,
  priority int not null,
  mutex text,
  tags text[] not null,
  repeatable boolean not null,
  recoveries int not null default 0,
  available_at timestamptz not null,
  stale_at timestamptz,
  state text not null check (state in ('queued', 'running')),
  node_id uuid references engine.node,
  started_at timestamptz,
  deadline_at timestamptz,
  cancel_requested_at timestamptz,
  context jsonb not null,
  unique (trigger_id, nominal_at, origin),
  check ((state = 'running') = (node_id is not null and started_at is not null))
) with (fillfactor = 70);
create unique index live_run_mutex on engine.live_run (mutex) where state = 'running' and mutex is not null;
create index live_run_queue on engine.live_run (lane, priority, available_at) where state = 'queued';
create index live_run_stale on engine.live_run (stale_at) where state = 'queued' and stale_at is not null;
create index live_run_node on engine.live_run (node_id) where state = 'running';

create table engine.run (
  trigger_id uuid not null,
  nominal_at timestamptz not null,
  origin text not null,
  attempt int not null,
  id uuid not null,
  cause text not null,
  node_id uuid,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  result text not null check (result in ('success', 'failed', 'cancelled', 'interrupted')),
  detail jsonb not null,
  primary key (trigger_id, nominal_at, origin, attempt)
) partition by range (nominal_at);
create index run_id on engine.run (id);
create index run_finished on engine.run (trigger_id, finished_at desc);

-- Output as it came, in pieces. Positions are bytes of what the run wrote.
create table engine.run_output (
  run_id uuid not null,
  from_byte bigint not null,
  to_byte bigint not null,
  at timestamptz not null,
  text text not null,
  -- Bytes between from_byte and to_byte that were not kept.
  dropped bigint not null default 0,
  primary key (run_id, to_byte)
);
create index run_output_at on engine.run_output (at);

create table engine.missed_item (
  id uuid primary key,
  team_id uuid not null,
  trigger_id uuid not null references engine.trigger,
  count int not null check (count > 0),
  first_at timestamptz not null,
  last_at timestamptz not null,
  reason text not null,
  state text not null check (state in ('pending', 'approved', 'rescheduled', 'dismissed', 'resolved_by_run', 'superseded', 'expired')),
  created_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text
);
create unique index missed_item_pending on engine.missed_item (trigger_id) where state = 'pending';

-- All runs, live and finished, as one.
create view engine.run_any as
  select id, trigger_id, nominal_at, origin, attempt, cause, node_id, started_at, null::timestamptz as finished_at,
    case when state = 'queued' then 'queued' else 'running' end as status, '{}'::jsonb as detail
  from engine.live_run
  union all
  select id, trigger_id, nominal_at, origin, attempt, cause, node_id, started_at, finished_at, result, detail
  from engine.run;
