-- Append-only: one row per command that changes something. Each row hashes the one before it.
create table tomo.audit_log (
  id     bigint primary key,
  at     timestamptz not null,
  actor  jsonb not null check (jsonb_typeof(actor) = 'object' and pg_column_size(actor) <= 4096),
  action text not null check (length(action) <= 50),
  reason text check (length(reason) <= 500),
  detail jsonb not null default '{}' check (pg_column_size(detail) <= 65536),
  prev   bytea not null,
  hash   bytea not null
);
create index audit_log_at on tomo.audit_log (at);

-- The newest link. One row that every writer locks: locking the last row of the log instead forks the chain, since the
-- second of two waiters gets the same row.
create table tomo.audit_head (
  one  boolean primary key default true check (one),
  id   bigint not null default 0,
  hash bytea not null default '\x00'
);
-- The first row is here from the beginning, so that a log without any has been emptied. Its hash as tomo.audit_hash()
-- makes it, which is not there yet.
with begun as (
  insert into tomo.audit_log
  select 1, now(), actor, 'begin', null, '{}', '\x00', sha256('\x00' || convert_to(jsonb_build_array(
           1, round(extract(epoch from now()) * 1000000), actor, 'begin', null, '{}'::jsonb)::text, 'UTF8'))
    from jsonb_build_object('dbRole', session_user::text) actor
  returning id, hash)
insert into tomo.audit_head (id, hash) select id, hash from begun;
