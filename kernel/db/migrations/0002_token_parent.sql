-- A token that was made with another token ends with it.
alter table kernel.api_token add column parent_id uuid references kernel.api_token on delete cascade;
create index api_token_parent on kernel.api_token (parent_id) where parent_id is not null;
