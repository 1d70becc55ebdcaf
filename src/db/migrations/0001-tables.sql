-- The tables of the session system. Everything is in the schema tomo, beside Tomo's other tables.

-- Tomo's own: this tool reads it and never writes it.
create table tomo.users (
  id         uuid primary key default gen_random_uuid(),
  username   text not null check (length(username) between 1 and 255),
  email      text check (length(email) <= 320),
  role       text not null default 'user' check (role in ('admin', 'user', 'readonly')),
  is_active  boolean not null default true,
  created_at timestamptz not null default now()
);
create unique index users_username on tomo.users (lower(username));

-- Apart from users, so that revoking never waits for a lock on the user's row, which every login takes.
-- No foreign key: its check would wait for whoever holds the user's row for update. A trigger on users deletes it.
create table tomo.user_controls (
  user_id      uuid primary key,
  epoch        bigint not null default 0,
  min_epoch    bigint not null default 0,
  max_sessions integer check (max_sessions between 0 and 1000)
);
comment on column tomo.user_controls.max_sessions is 'null: the setting max_sessions_per_user; 0: unlimited';

-- A dictionary: each string is stored and parsed once, and a device filter becomes a set of ids.
-- Unique on the digest, because a B-tree entry has a maximum size and a user agent has none.
create table tomo.user_agents (
  id            integer generated always as identity primary key,
  digest        bytea not null unique check (length(digest) = 32),
  raw           text not null check (octet_length(raw) <= 1024),
  browser       text,
  os            text,
  form_factor   text check (form_factor in ('desktop', 'mobile', 'tablet', 'tv', 'bot', 'tool')),
  first_seen_at timestamptz not null default now()
);

create table tomo.devices (
  id            uuid primary key default gen_random_uuid(),
  user_id       uuid not null references tomo.users on delete cascade,
  fingerprint   bytea not null check (length(fingerprint) = 32),
  user_agent_id integer,
  screen        text check (length(screen) <= 32),
  time_zone     text check (length(time_zone) <= 64),
  first_seen_at timestamptz not null default now(),
  last_seen_at  timestamptz not null default now(),
  label         text check (length(label) <= 100),
  trusted       boolean not null default false,
  unique (user_id, fingerprint)
);

-- Where a user has been seen. Outlives the sessions, or "never seen before" would be false after a week.
create table tomo.user_places (
  user_id       uuid not null references tomo.users on delete cascade,
  country       text not null check (length(country) <= 2),
  first_seen_at timestamptz not null default now(),
  last_seen_at  timestamptz not null default now(),
  primary key (user_id, country)
);
create index user_places_country on tomo.user_places (country);

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
comment on column tomo.revocations.marked_at is 'when every session it ended carried ended_at; null: marking is unfinished';
create index revocations_unmarked on tomo.revocations (id) where marked_at is null;
create index revocations_user on tomo.revocations (user_id) where user_id is not null;

-- The sessions a revocation by filter or ids has still to end: chosen once, worked off in batches.
create table tomo.revocation_targets (
  revocation_id bigint not null references tomo.revocations on delete cascade,
  session_id    uuid not null,
  primary key (revocation_id, session_id)
);

-- No stored expiry: it is derived from the settings, so a shorter timeout holds at once for every session.
-- No foreign key for user agent, device and revocation: each would cost every login a lock and every deletion
-- of the other side a scan; only the cleanup deletes those, after it has looked for sessions that use them.
create table tomo.sessions (
  id               uuid primary key default gen_random_uuid(),
  user_id          uuid not null references tomo.users on delete cascade,
  device_id        uuid,
  user_agent_id    integer,
  ip               inet,
  login_method     text not null default 'password' check (length(login_method) between 1 and 50),
  remember_me      boolean not null default false,
  epoch            bigint not null default 0,
  user_epoch       bigint not null default 0,
  created_at       timestamptz not null default clock_timestamp(),
  last_activity_at timestamptz not null default clock_timestamp(),
  activity_bucket  timestamptz not null
    generated always as (date_bin('5 minutes', last_activity_at, timestamptz '2000-01-01 00:00+00')) stored,
  ended_at         timestamptz,
  end_reason       text check (end_reason in ('logout', 'revoked', 'evicted', 'expired')),
  ended_by         text check (length(ended_by) <= 255),
  revocation_id    bigint,
  country          text check (length(country) <= 2),
  region           text check (length(region) <= 100),
  city             text check (length(city) <= 100),
  isp              text check (length(isp) <= 200),
  latitude         real check (latitude between -90 and 90),
  longitude        real check (longitude between -180 and 180),
  check ((ended_at is null) = (end_reason is null))
) with (fillfactor = 85);

-- In full, both columns never change, so an activity update stays HOT: history and "who was in last night".
create index sessions_user       on tomo.sessions (user_id, created_at);
create index sessions_created    on tomo.sessions (created_at);
-- Partial, so that ending a session writes no index entry. There is none on last_activity_at: the
-- five-minute bucket keeps all but one update in five minutes HOT.
create index sessions_ip         on tomo.sessions (ip, created_at) where ended_at is null;
create index sessions_user_agent on tomo.sessions (user_agent_id, created_at) where ended_at is null;
create index sessions_method     on tomo.sessions (login_method) where ended_at is null;
create index sessions_activity   on tomo.sessions (remember_me, activity_bucket) where ended_at is null;
create index sessions_ended      on tomo.sessions (ended_at) where ended_at is not null;
create index sessions_revocation on tomo.sessions (revocation_id) where revocation_id is not null;

-- By week, no foreign key: retention drops whole partitions. The default partition takes what no week is ready
-- for, so that a missing partition never fails a request; cleanup moves its rows to a week of their own.
create table tomo.session_activity (
  session_id uuid not null,
  at         timestamptz not null default clock_timestamp() check (isfinite(at)),
  kind       text not null check (kind in ('page', 'api', 'action')),
  name       text check (length(name) <= 200),
  path       text check (length(path) <= 500 and path !~ '[?#]'),
  status     integer check (status between 100 and 599),
  ip         inet
) partition by range (at);
create index session_activity_session on tomo.session_activity (session_id, at);
create table tomo.session_activity_default partition of tomo.session_activity default;

create table tomo.settings (
  one                      boolean primary key default true check (one),
  session_timeout          integer not null default 60       check (session_timeout between 1 and 43200),
  session_max_lifetime     integer not null default 0        check (session_max_lifetime between 0 and 525600),
  remember_me_timeout      integer not null default 43200    check (remember_me_timeout between 1 and 525600),
  touch_interval           integer not null default 60       check (touch_interval between 0 and 3600),
  max_sessions_per_user    integer not null default 0        check (max_sessions_per_user between 0 and 1000),
  session_limit_action     text    not null default 'revoke-oldest' check (session_limit_action in ('revoke-oldest', 'deny')),
  jwt_expiry               integer not null default 60       check (jwt_expiry between 1 and 43200),
  new_device_alerts        boolean not null default false,
  location_alerts          boolean not null default false,
  login_notifications      boolean not null default false,
  retention_sessions       integer not null default 7        check (retention_sessions between 1 and 3650),
  retention_activity_logs  integer not null default 90       check (retention_activity_logs between 1 and 3650),
  retention_audit_logs     integer not null default 365      check (retention_audit_logs between 90 and 3650),
  trusted_networks         cidr[]  not null default '{}',
  -- who set a value last, key -> {origin, at, by}; a key that is not there has its default
  origins                  jsonb   not null default '{}',
  -- revoke-all raises both; a session below min_epoch is dead
  epoch                    bigint  not null default 0,
  min_epoch                bigint  not null default 0,
  -- raised with a timeout, so that what had expired under the old value does not come back
  idle_floor               timestamptz not null default '-infinity',
  remember_floor           timestamptz not null default '-infinity',
  lifetime_floor           timestamptz not null default '-infinity',
  last_cleanup_at          timestamptz
);
insert into tomo.settings default values;
-- autovacuum never looks at one row, and without statistics the planner takes it for hundreds
analyze tomo.settings;

-- An outbox: raised in the transaction of the login, delivered later.
create table tomo.alerts (
  id              bigint generated always as identity primary key,
  kind            text not null check (kind in ('new_device', 'unusual_location', 'login')),
  user_id         uuid not null references tomo.users on delete cascade,
  session_id      uuid,
  evidence        jsonb not null default '{}' check (pg_column_size(evidence) <= 8192),
  created_at      timestamptz not null default clock_timestamp(),
  acknowledged_at timestamptz,
  acknowledged_by text check (length(acknowledged_by) <= 255),
  delivery        text not null default 'pending' check (delivery in ('pending', 'sent', 'dead')),
  attempts        integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error      text check (length(last_error) <= 500)
);
create index alerts_user on tomo.alerts (user_id, created_at);
create index alerts_open on tomo.alerts (created_at) where acknowledged_at is null;
create index alerts_pending on tomo.alerts (next_attempt_at) where delivery = 'pending';
