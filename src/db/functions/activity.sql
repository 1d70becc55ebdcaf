-- One line of a session's history. p_kind: page, api or action. The path loses its query string, which may hold
-- secrets; what is too long is cut, and a status that HTTP does not have left out. Recorded even for a session that
-- has ended: that is how one finds a server that ignores it. It is no activity in the sense of the timeout: that is
-- touch_session.
create or replace function tomo.record_activity(p_session uuid, p_kind text, p_name text default null,
  p_path text default null, p_status integer default null, p_ip inet default null,
  p_at timestamptz default clock_timestamp(), p_user uuid default null) returns void
-- not language sql, which before PostgreSQL 18 plans anew at every call
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if p_user is null then
    select s.user_id into p_user from tomo.sessions s where s.id = p_session;
    -- distributed: if p_user is null then return; end if;
  end if;
  -- not in the values: a cluster works out every branch of a case there
  p_ip := tomo.plain_address(p_ip);
  insert into tomo.session_activity (session_id, user_id, at, kind, name, path, status, ip)
  values (p_session, p_user, coalesce(p_at, clock_timestamp()), p_kind, left(p_name, 200),
    left(split_part(split_part(p_path, '?', 1), '#', 1), 500), case when p_status between 100 and 599 then p_status end,
    p_ip);
end $$;

-- Activity: the weeks (Mondays, UTC) that need a partition: this one, p_ahead more, and those that wait in the
-- default, except a future that only a wrong clock can have written.
create or replace function tomo.missing_activity_weeks(p_ahead integer) returns setof timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO'
as $$
begin
  return query select week from (
    select date_trunc('week', now(), 'UTC') + make_interval(weeks => i) from generate_series(0, least(p_ahead, 52)) i
    union
    select date_trunc('week', at, 'UTC') from tomo.session_activity_default
     where at < now() + interval '1 year') w(week)
   where to_regclass('tomo.session_activity_' || to_char(week at time zone 'UTC', 'YYYYMMDD')) is null
   order by week;
end $$;

-- Makes the partition of one week, with the rows that wait in the default: create, move, attach in one transaction,
-- since a partition cannot be made over rows in the default. The lock keeps new rows from slipping in between.
create or replace function tomo.create_activity_partition(p_week timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  week timestamptz := date_trunc('week', p_week, 'UTC');
  name text := 'session_activity_' || to_char(week at time zone 'UTC', 'YYYYMMDD');
  n bigint;
begin
  if not coalesce(week < now() + interval '1 year' and (week > now() - interval '8 days' or exists (
       select from tomo.session_activity_default where at >= week and at < week + interval '7 days')), false) then
    raise exception 'no activity of the week of % is expected', p_week using errcode = 'invalid_parameter_value';
  end if;
  lock table tomo.session_activity_default in access exclusive mode;
  execute format('create table tomo.%I (like tomo.session_activity including all)', name);
  execute format('alter table tomo.%I replica identity full', name);
  execute format('with moved as (delete from tomo.session_activity_default where at >= %L and at < %L returning *)
                  insert into tomo.%I select * from moved', week, week + interval '7 days', name);
  get diagnostics n = row_count;
  execute format('alter table tomo.session_activity attach partition tomo.%I for values from (%L) to (%L)',
                 name, week, week + interval '7 days');
  return n;
end $$;

create or replace function tomo.drop_activity_partition(p_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
begin
  if not coalesce(p_name in (select tomo.old_activity_partitions(retention_activity_logs) from tomo.settings), false) then
    raise exception '% is not an activity partition past its retention',
      p_name using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop table tomo.%I', p_name);
end $$;

create or replace function tomo.delete_old_default_activity(p_batch integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  n bigint;
  reached timestamptz;
begin
  select max(x.at) into reached from (
    select a.at from tomo.session_activity_default a cross join tomo.settings t
     where a.at < tomo.retention_cut(t.retention_activity_logs, now()) order by a.at limit p_batch) x;
  delete from tomo.session_activity_default where at <= reached;
  get diagnostics n = row_count;
  return n;
end $$;
