-- An outbox: raised in the transaction of the login, delivered later.
create table tomo.alerts (
  id              bigint generated always as identity primary key,
  kind            text not null check (kind in ('new_device', 'unusual_location', 'login')),
  user_id         uuid not null references tomo.users on delete cascade,
  session_id      uuid,
  evidence        jsonb not null default '{}'
    check (jsonb_typeof(evidence) = 'object' and pg_column_size(evidence) <= 8192),
  created_at      timestamptz not null default clock_timestamp(),
  acknowledged_at timestamptz,
  acknowledged_by text check (length(acknowledged_by) <= 255),
  delivery        text not null default 'pending' check (delivery in ('pending', 'sent', 'dead')),
  attempts        integer not null default 0,
  next_attempt_at timestamptz not null default clock_timestamp(),
  last_error      text check (length(last_error) <= 500),
  -- channel -> when it was delivered there, so that a failing webhook does not repeat the mail
  delivered       jsonb not null default '{}'
    check (jsonb_typeof(delivered) = 'object' and pg_column_size(delivered) <= 1024)
);
create index alerts_user on tomo.alerts (user_id, created_at);
-- a list is in the order of the ids, which is that of the logins; by time the retention looks, and whoever asks for a
-- time
create index alerts_open on tomo.alerts (id) where acknowledged_at is null;
create index alerts_created on tomo.alerts (created_at);
create index alerts_pending on tomo.alerts (next_attempt_at) where delivery operator(pg_catalog.=) 'pending';
