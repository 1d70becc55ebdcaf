create table tomo.settings (
  one                      boolean primary key default true check (one),
  session_timeout          integer not null default 60       check (session_timeout between 1 and 43200),
  session_max_lifetime     integer not null default 0        check (session_max_lifetime between 0 and 525600),
  remember_me_timeout      integer not null default 43200    check (remember_me_timeout between 1 and 525600),
  touch_interval           integer not null default 60       check (touch_interval between 0 and 3600),
  max_sessions_per_user    integer not null default 0        check (max_sessions_per_user between 0 and 1000),
  session_limit_action     text    not null default 'revoke-oldest'
    check (session_limit_action in ('revoke-oldest', 'deny')),
  jwt_expiry               integer not null default 60       check (jwt_expiry between 1 and 43200),
  new_device_alerts        boolean not null default false,
  location_alerts          boolean not null default false,
  login_notifications      boolean not null default false,
  retention_sessions       integer not null default 7        check (retention_sessions between 1 and 3650),
  retention_activity_logs  integer not null default 90       check (retention_activity_logs between 1 and 3650),
  retention_audit_logs     integer not null default 365      check (retention_audit_logs between 90 and 3650),
  trusted_networks         cidr[]  not null default '{}'
    check (case when array_ndims(trusted_networks) > 1 then false else array_position(trusted_networks, null) is null end),
  -- who set a value last, key -> {origin, at, by}; a key that is not there has its default
  origins                  jsonb   not null default '{}',
  -- revoke-all raises both; a session below min_epoch is dead
  epoch                    bigint  not null default 0,
  min_epoch                bigint  not null default 0,
  last_cleanup_at          timestamptz,
  -- steps of the latest cleanup that failed; last_cleanup_at is that of the last one in which none did
  cleanup_failed           text[]
);
insert into tomo.settings default values;
-- autovacuum never looks at one row, and without statistics the planner takes it for hundreds
analyze tomo.settings;

-- The timeouts of the periods before today's. What ran out under one of them stays dead, and since when is known.
create table tomo.past_timeouts (
  until                timestamptz primary key,
  since                timestamptz not null,
  session_timeout      integer not null,
  remember_me_timeout  integer not null,
  session_max_lifetime integer not null
);
