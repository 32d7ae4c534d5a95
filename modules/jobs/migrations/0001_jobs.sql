-- A job is a user's definition of work; when it runs is its trigger's matter (engine.trigger with owner_ref = job.id).

create table jobs.job (
  id uuid primary key,
  team_id uuid not null references kernel.team,
  trigger_id uuid not null references engine.trigger,
  name text not null check (char_length(name) between 1 and 255),
  description text,
  definition jsonb not null,
  tags text[] not null,
  -- Where it was imported from: {source, line, key}; the key keeps a second import from making it twice.
  origin jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_by uuid references kernel.principal on delete set null,
  deleted_at timestamptz
);
create index job_team on jobs.job (team_id, name) where deleted_at is null;
create unique index job_origin on jobs.job (team_id, (origin ->> 'key')) where deleted_at is null and origin is not null;
