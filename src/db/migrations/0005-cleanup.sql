-- Cleanup, one batch per call, each in the caller's own transaction. Always one kind at a time, in index order and
-- with a watermark: without one each batch walks over what the earlier ones left, which is quadratic.
-- skip locked: a row that a request or another command holds is left for the next run. Live sessions are never touched.

-- Expired sessions get ended_at, the moment they ran out.
create function tomo.mark_expired(p_remember boolean, p_watermark timestamptz, p_batch integer,
  out rows bigint, out watermark timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  t tomo.settings;
  at timestamptz := clock_timestamp();
  cut timestamptz;
  tids tid[];
begin
  select * into strict t from tomo.settings;
  cut := tomo.idle_cut(t, p_remember, at);
  select array_agg(x.tid), count(*), max(x.activity_bucket) into tids, rows, watermark from (
    select s.ctid as tid, s.activity_bucket from tomo.sessions s
     where s.remember_me = p_remember and s.ended_at is null
       and s.activity_bucket >= p_watermark and s.activity_bucket <= cut and s.last_activity_at <= cut
     order by s.activity_bucket limit p_batch for no key update skip locked) x;
  update tomo.sessions s
     set ended_at = least(tomo.expires_at(s, t), at), end_reason = 'expired' where s.ctid = any(tids);
end $$;

-- The same for the absolute lifetime.
create function tomo.mark_outlived(p_watermark timestamptz, p_batch integer, out rows bigint, out watermark timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  t tomo.settings;
  at timestamptz := clock_timestamp();
  cut timestamptz;
  tids tid[];
begin
  select * into strict t from tomo.settings;
  cut := tomo.lifetime_cut(t, at);
  select array_agg(x.tid), count(*), max(x.created_at) into tids, rows, watermark from (
    select s.ctid as tid, s.created_at from tomo.sessions s
     where s.ended_at is null and s.created_at >= p_watermark and s.created_at <= cut
     order by s.created_at limit p_batch for no key update skip locked) x;
  update tomo.sessions s
     set ended_at = least(tomo.expires_at(s, t), at), end_reason = 'expired' where s.ctid = any(tids);
end $$;

-- What ran out longer ago than the retention, without marking it first: that would write every row twice.
create function tomo.delete_expired(p_remember boolean, p_watermark timestamptz, p_retention integer, p_batch integer,
  out rows bigint, out watermark timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  cut timestamptz;
begin
  select tomo.idle_cut(t, p_remember, clock_timestamp())
         - make_interval(days => greatest(coalesce(p_retention, t.retention_sessions), 1))
    into strict cut from tomo.settings t;
  with gone as (
    delete from tomo.sessions where ctid = any(array(
      select s.ctid from tomo.sessions s
       where s.remember_me = p_remember and s.ended_at is null
         and s.activity_bucket >= p_watermark and s.activity_bucket <= cut and s.last_activity_at <= cut
       order by s.activity_bucket limit p_batch for update skip locked))
    returning activity_bucket)
  select count(*), max(activity_bucket) into rows, watermark from gone;
end $$;

-- What ended longer ago than the retention (days; null: the setting; never less than one). Hardly anybody else locks
-- such a row, and locking each before it is deleted would write it twice; only where somebody does, those are skipped.
create function tomo.delete_ended(p_watermark timestamptz, p_retention integer, p_batch integer,
  out rows bigint, out watermark timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
  cut timestamptz;
begin
  select clock_timestamp() - make_interval(days => greatest(coalesce(p_retention, t.retention_sessions), 1))
    into strict cut from tomo.settings t;
  begin
    with gone as (
      delete from tomo.sessions where ctid = any(array(
        select s.ctid from tomo.sessions s
         where s.ended_at is not null and s.ended_at >= p_watermark and s.ended_at < cut
         order by s.ended_at limit p_batch)) and ended_at < cut
      returning ended_at)
    select count(*), max(ended_at) into rows, watermark from gone;
  exception when lock_not_available then
    with gone as (
      delete from tomo.sessions where ctid = any(array(
        select s.ctid from tomo.sessions s
         where s.ended_at is not null and s.ended_at >= p_watermark and s.ended_at < cut
         order by s.ended_at limit p_batch for update skip locked))
      returning ended_at)
    select count(*), max(ended_at) into rows, watermark from gone;
  end;
end $$;

-- Activity: the weeks (Mondays, UTC) that need a partition: this one, p_ahead more, and those that wait in the default,
-- except a future that only a wrong clock can have written.
create function tomo.missing_activity_weeks(p_ahead integer) returns setof timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO'
as $$
  select week from (
    select date_trunc('week', now(), 'UTC') + make_interval(weeks => i) from generate_series(0, p_ahead) i
    union
    select date_trunc('week', at, 'UTC') from tomo.session_activity_default
     where at < now() + interval '1 year') w(week)
   where to_regclass('tomo.session_activity_' || to_char(week at time zone 'UTC', 'YYYYMMDD')) is null
   order by week
$$;

-- Makes the partition of one week, with the rows that wait in the default: create, move, attach in one transaction,
-- since a partition cannot be made over rows in the default. The lock keeps new rows from slipping in between.
create function tomo.create_activity_partition(p_week timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  week timestamptz := date_trunc('week', p_week, 'UTC');
  name text := 'session_activity_' || to_char(week at time zone 'UTC', 'YYYYMMDD');
  n bigint;
begin
  lock table tomo.session_activity_default in access exclusive mode;
  execute format('create table tomo.%I (like tomo.session_activity including all)', name);
  execute format('with moved as (delete from tomo.session_activity_default where at >= %L and at < %L returning *)
                  insert into tomo.%I select * from moved', week, week + interval '7 days', name);
  get diagnostics n = row_count;
  execute format('alter table tomo.session_activity attach partition tomo.%I for values from (%L) to (%L)',
                 name, week, week + interval '7 days');
  return n;
end $$;

-- The partitions whose every row is older than the retention, oldest first.
create function tomo.old_activity_partitions() returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO'
as $$
  select c.relname::text
    from pg_inherits i join pg_class c on c.oid = i.inhrelid cross join tomo.settings t
   where i.inhparent = 'tomo.session_activity'::regclass and c.relname ~ '^session_activity_[0-9]{8}$'
     and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= (now() at time zone 'UTC')::date - t.retention_activity_logs
   order by 1
$$;

create function tomo.drop_activity_partition(p_name text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
begin
  if p_name not in (select tomo.old_activity_partitions()) then
    raise exception '% is not an activity partition past its retention', p_name using errcode = 'invalid_parameter_value';
  end if;
  execute format('drop table tomo.%I', p_name);
end $$;

create function tomo.delete_old_default_activity(p_batch integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  n bigint;
begin
  delete from tomo.session_activity_default where ctid = any(array(
    select a.ctid from tomo.session_activity_default a cross join tomo.settings t
     where a.at < now() - make_interval(days => t.retention_activity_logs) limit p_batch for update of a skip locked));
  get diagnostics n = row_count;
  return n;
end $$;

-- The small tables: audit (only its old end, and the cut is recorded), finished revocations, alerts, and devices,
-- places and user agents that nobody has used for as long. One batch of each; returns how many rows went.
create function tomo.prune_history(p_batch integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  cut timestamptz;
  last_cut bigint;
  n bigint;
  total bigint := 0;
begin
  select now() - make_interval(days => retention_audit_logs) into strict cut from tomo.settings;
  if exists (select from tomo.audit_log where at < cut) then
    perform from tomo.audit_head for update;
    -- up to the first row within the retention, whatever a wrong clock has written behind it
    select max(x.id) into last_cut from (
      select id from tomo.audit_log
       where id < coalesce((select min(id) from tomo.audit_log where at >= cut), 9223372036854775807) order by id limit p_batch) x;
    update tomo.audit_head
       set cut_id = last_cut, cut_hash = (select hash from tomo.audit_log where id = last_cut), cut_at = clock_timestamp()
     where last_cut is not null;
    delete from tomo.audit_log where id <= last_cut;
    get diagnostics n = row_count; total := total + n;
  end if;
  -- the newest that stands of each scope stays: an undo of a later one falls back on its epoch
  delete from tomo.revocations where id in (
    select r.id from tomo.revocations r
     where r.at < cut and (r.marked_at is not null or r.restored_at is not null)
       and (r.scope = 'sessions' or r.restored_at is not null or exists (
             select from tomo.revocations n where n.id > r.id and n.restored_at is null
                and n.scope = r.scope and n.user_id is not distinct from r.user_id))
     limit p_batch for update of r skip locked);
  get diagnostics n = row_count; total := total + n;
  delete from tomo.alerts where id in (select id from tomo.alerts where created_at < cut limit p_batch for update skip locked);
  get diagnostics n = row_count; total := total + n;
  delete from tomo.user_places where ctid = any(array(
    select p.ctid from tomo.user_places p where p.last_seen_at < cut
       and not exists (select from tomo.sessions s where s.user_id = p.user_id and s.country = p.country) limit p_batch for update of p skip locked));
  get diagnostics n = row_count; total := total + n;
  delete from tomo.devices d where d.ctid = any(array(
    select x.ctid from tomo.devices x where x.last_seen_at < cut
       and not exists (select from tomo.sessions s where s.user_id = x.user_id and s.device_id = x.id) limit p_batch for update of x skip locked));
  get diagnostics n = row_count; total := total + n;
  if exists (select from tomo.user_agents where first_seen_at < cut) then
    delete from tomo.user_agents where id in (
      select a.id from tomo.user_agents a where a.first_seen_at < cut
         and not exists (select from tomo.sessions s where s.user_agent_id = a.id)
         and not exists (select from tomo.devices d where d.user_agent_id = a.id) limit p_batch);
    get diagnostics n = row_count; total := total + n;
  end if;
  return total;
end $$;

-- The end of a cleanup: when it ran, and an audit row if it changed anything. Returns the audit's head (hex), which
-- a copy kept elsewhere turns into proof that no newer row has been removed.
create function tomo.record_cleanup(p_actor jsonb, p_detail jsonb) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
begin
  update tomo.settings set last_cleanup_at = clock_timestamp();
  if p_detail is not null then
    perform tomo.write_audit(p_actor, 'cleanup', null, p_detail);
  end if;
  return (select encode(hash, 'hex') from tomo.audit_head);
end $$;

select tomo.lock_down();
