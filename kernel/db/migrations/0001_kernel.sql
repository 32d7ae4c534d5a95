-- People, teams and what opens doors to them. Sign-in itself (passwords, cookies) lives in the schema `auth`.

create table kernel.team (
  id uuid primary key,
  name text not null check (char_length(name) between 1 and 255),
  zone text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table kernel.principal (
  id uuid primary key,
  kind text not null check (kind in ('user', 'agent', 'service')),
  name text not null check (char_length(name) between 1 and 255),
  email text,
  -- The user of the sign-in library; null for agents and services.
  auth_user_id text unique,
  zone text,
  current_team_id uuid references kernel.team,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index principal_email on kernel.principal (lower(email)) where email is not null;

create table kernel.membership (
  team_id uuid not null references kernel.team,
  principal_id uuid not null references kernel.principal on delete cascade,
  role text not null check (role in ('owner', 'admin', 'operator', 'member', 'viewer', 'agent')),
  created_at timestamptz not null,
  primary key (team_id, principal_id)
);
create index membership_principal on kernel.membership (principal_id);

create table kernel.api_token (
  id uuid primary key,
  team_id uuid not null references kernel.team,
  principal_id uuid not null references kernel.principal on delete cascade,
  name text not null check (char_length(name) between 1 and 255),
  hash text not null unique,
  -- First characters, so that a person can tell tokens apart.
  hint text not null,
  -- Null: all permissions of the principal's role.
  scopes text[],
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null,
  created_by uuid references kernel.principal on delete set null
);

create table kernel.owner_link (
  hash text primary key,
  team_id uuid not null references kernel.team,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- The outbox: rows come without a position; the publisher gives out dense numbers, because a smaller identity value can
-- commit later than a larger one and a reader would skip it.
create table kernel.outbox (
  id uuid primary key,
  team_id uuid,
  name text not null,
  payload jsonb not null,
  emitted_at timestamptz not null,
  seq bigint unique
);
create index outbox_unpublished on kernel.outbox (emitted_at, id) where seq is null;

create table kernel.stream (
  one boolean primary key default true check (one),
  epoch uuid not null,
  head bigint not null
);

create table kernel.module (
  name text primary key,
  state text not null check (state in ('uninstalled', 'installing', 'installed', 'stopping', 'disabled', 'error')),
  version text not null,
  error text,
  changed_at timestamptz not null
);

create table kernel.audit_entry (
  id uuid primary key,
  team_id uuid,
  at timestamptz not null,
  actor_id uuid,
  actor text not null,
  door text not null check (door in ('web', 'api', 'cli', 'mcp', 'push', 'engine')),
  action text not null,
  object_kind text not null,
  object_id text not null,
  before jsonb,
  after jsonb,
  reason text
);
create index audit_object on kernel.audit_entry (object_kind, object_id, at desc);
create index audit_team on kernel.audit_entry (team_id, at desc);

create function kernel.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only' using errcode = 'restrict_violation';
end
$$;
create trigger audit_append_only before update or delete on kernel.audit_entry
  for each row execute function kernel.refuse_change();
create trigger audit_no_truncate before truncate on kernel.audit_entry
  for each statement execute function kernel.refuse_change();

-- What all nodes of one database share.
create table kernel.installation (
  one boolean primary key default true check (one),
  -- Signs the sign-in cookies, so that every node accepts every cookie.
  cookie_secret text not null,
  created_at timestamptz not null
);
