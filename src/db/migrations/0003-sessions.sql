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
  -- only what is final: a logout, an eviction, and whatever cleanup has found that nothing can bring back
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
  -- null: nobody has looked the address up yet. skipped: a private or trusted network. unknown: cannot be evaluated.
  location_check   text
    check (location_check in ('skipped', 'unknown', 'first', 'usual', 'new-country', 'impossible-travel')),
  check ((ended_at is null) = (end_reason is null))
) with (fillfactor = 85);

-- In full, both columns never change, so an activity update stays HOT: history and "who was in last night".
create index sessions_user       on tomo.sessions (user_id, created_at);
create index sessions_created    on tomo.sessions (created_at);
-- A login looks only at the open ones of its user that no revocation by epoch has ended; the others are many. Who
-- counts by user or country reads this instead of the table.
create index sessions_user_open  on tomo.sessions (user_id, user_epoch, epoch, country) where ended_at is null;
-- Partial, so that ending a session writes no index entry. There is none on last_activity_at: the
-- five-minute bucket keeps all but one update in five minutes HOT.
create index sessions_ip         on tomo.sessions (ip, created_at) where ended_at is null;
create index sessions_user_agent on tomo.sessions (user_agent_id, created_at) where ended_at is null;
create index sessions_method     on tomo.sessions (login_method) where ended_at is null;
-- By epoch first: whom a revoke-all has ended no list meets.
create index sessions_activity   on tomo.sessions (epoch, remember_me, activity_bucket) where ended_at is null;
create index sessions_ended      on tomo.sessions (ended_at) include (end_reason) where ended_at is not null;
-- Lists of those that ended in one way, newest login first: a rare one would be sought among all.
create index sessions_end_reason on tomo.sessions (end_reason, created_at) where ended_at is not null;
create index sessions_revocation on tomo.sessions (revocation_id) where revocation_id is not null;
create index sessions_unlocated on tomo.sessions (created_at) where location_check is null;
-- What nobody expected of those who are in: so few that a login hardly ever writes it, and else all
-- would have to be read.
create index sessions_unusual on tomo.sessions (location_check, created_at)
  where ended_at is null and location_check operator(pg_catalog.=) any (array['new-country', 'impossible-travel']);
