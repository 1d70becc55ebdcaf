-- One row per command that ended sessions on purpose; what an undo needs.
create table tomo.revocations (
  id           bigint generated always as identity primary key,
  at           timestamptz not null default clock_timestamp(),
  scope        text not null check (scope in ('sessions', 'user', 'all')),
  user_id      uuid, -- no foreign key, as above; the row outlives the user
  actor        jsonb not null check (jsonb_typeof(actor) = 'object' and pg_column_size(actor) <= 4096),
  reason       text check (length(reason) <= 500),
  filter       jsonb check (jsonb_typeof(filter) = 'object' and pg_column_size(filter) <= 65536),
  epoch        bigint,
  kept         uuid[] not null default '{}',
  sessions     bigint,
  compromised  boolean not null default false,
  restored_at  timestamptz,
  restored_by  text,
  check ((scope = 'user') = (user_id is not null)),
  check ((scope = 'sessions') = (epoch is null))
);
comment on column tomo.revocations.epoch is 'sessions that remember a lower epoch are dead; null for scope sessions';
comment on column tomo.revocations.sessions is 'how many it ended; null: nobody has counted them';
create index revocations_user on tomo.revocations (user_id) where user_id is not null;
-- What stands, as every look at a dead session asks for it.
create index revocations_all_standing on tomo.revocations (epoch) where scope operator(pg_catalog.=) 'all' and restored_at is null;
create index revocations_user_standing on tomo.revocations (user_id, epoch) where scope operator(pg_catalog.=) 'user'
  and restored_at is null;

-- The sessions that a revocation of chosen ones has ended: as long as it stands, being here is what makes them dead.
-- No foreign key: cleanup takes the rows away, once the end of each is written.
create table tomo.revocation_targets (
  user_id       uuid not null,
  session_id    uuid not null,
  revocation_id bigint not null,
  primary key (user_id, session_id, revocation_id)
);
create index revocation_targets_revocation on tomo.revocation_targets (revocation_id, session_id);
