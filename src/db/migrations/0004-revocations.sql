-- One row per command that ended sessions on purpose; what an undo needs.
create table tomo.revocations (
  id           bigint generated always as identity primary key,
  at           timestamptz not null default clock_timestamp(),
  scope        text not null check (scope in ('sessions', 'user', 'all')),
  user_id      uuid, -- no foreign key, as above; the row outlives the user
  actor        jsonb not null check (jsonb_typeof(actor) = 'object' and pg_column_size(actor) <= 4096),
  reason       text check (length(reason) <= 500),
  filter       jsonb check (pg_column_size(filter) <= 65536),
  epoch        bigint,
  kept         uuid[] not null default '{}',
  targets      bigint,
  marked       bigint not null default 0,
  marked_at    timestamptz,
  compromised  boolean not null default false,
  restored_at  timestamptz,
  restored_by  text,
  check ((scope = 'user') = (user_id is not null)),
  check ((scope = 'sessions') = (epoch is null))
);
comment on column tomo.revocations.epoch is 'sessions that remember a lower epoch are dead; null for scope sessions';
comment on column tomo.revocations.marked_at is
  'when every session it ended carried ended_at; null: marking is unfinished';
create index revocations_unmarked on tomo.revocations (id) where marked_at is null;
create index revocations_user on tomo.revocations (user_id) where user_id is not null;

-- The sessions a revocation by filter or ids has still to end: chosen once, worked off in batches.
create table tomo.revocation_targets (
  revocation_id bigint not null references tomo.revocations on delete cascade,
  session_id    uuid not null,
  primary key (revocation_id, session_id)
);
