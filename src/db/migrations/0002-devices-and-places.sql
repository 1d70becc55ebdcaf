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
) with (fillfactor = 90); -- room for last_seen_at to change in place
-- Many users have the same one. Where the planner took it for unique, a login would find its device among all that
-- look the same, and not among those of its user.
alter table tomo.devices alter column fingerprint set (n_distinct = 1000);
-- few have one: the filter --device
create index devices_label on tomo.devices (label) where label is not null;
-- whose device looks the same: the filter --related-to
create index devices_fingerprint on tomo.devices (fingerprint);

-- Where a user has been seen. Outlives the sessions, or "never seen before" would be false after a week.
create table tomo.user_places (
  user_id       uuid not null references tomo.users on delete cascade,
  country       text not null check (length(country) <= 2),
  first_seen_at timestamptz not null default now(),
  last_seen_at  timestamptz not null default now(),
  primary key (user_id, country)
);
create index user_places_country on tomo.user_places (country);
