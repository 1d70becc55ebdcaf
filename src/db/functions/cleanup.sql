-- Cleanup, one batch per call, each in the caller's own transaction. Always one kind at a time, in index order and
-- with a watermark: without one each batch walks over what the earlier ones left, which is quadratic.
-- skip locked: a row that a request or another command holds is left for the next run. Live sessions are never touched.

-- Expired sessions get ended_at, the moment they ran out.
create or replace function tomo.mark_expired(p_remember boolean, p_watermark timestamptz, p_batch integer,
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
     where s.remember_me = p_remember and s.activity_bucket >= p_watermark and tomo.idle_since(s, cut)
     order by s.activity_bucket limit p_batch for no key update skip locked) x;
  update tomo.sessions s
     set ended_at = least(tomo.expires_at(s, t), at), end_reason = 'expired' where s.ctid = any(tids);
end $$;

-- The same for the absolute lifetime.
create or replace function tomo.mark_outlived(p_watermark timestamptz, p_batch integer, out rows bigint,
  out watermark timestamptz)
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
create or replace function tomo.delete_expired(p_remember boolean, p_watermark timestamptz, p_retention integer,
  p_batch integer,
  out rows bigint, out watermark timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  cut timestamptz;
begin
  select tomo.retention_cut(coalesce(p_retention, t.retention_sessions),
    tomo.idle_cut(t, p_remember, clock_timestamp()))
    into strict cut from tomo.settings t;
  with gone as (
    delete from tomo.sessions where ctid = any(array(
      select s.ctid from tomo.sessions s
       where s.remember_me = p_remember and s.activity_bucket >= p_watermark and tomo.idle_since(s, cut)
       order by s.activity_bucket limit p_batch for update skip locked))
    returning activity_bucket)
  select count(*), max(activity_bucket) into rows, watermark from gone;
end $$;

-- What ended longer ago than the retention (days; null: the setting; never less than one). Hardly anybody else locks
-- such a row, and locking each before it is deleted would write it twice; only where somebody does, those are skipped.
create or replace function tomo.delete_ended(p_watermark timestamptz, p_retention integer, p_batch integer,
  out rows bigint, out watermark timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
  cut timestamptz;
begin
  select tomo.retention_cut(coalesce(p_retention, t.retention_sessions), clock_timestamp())
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

-- The small tables: audit (only its old end, and the cut is recorded), finished revocations, alerts, and devices,
-- places and user agents that nobody has used for as long. One batch of each; returns how many rows went.
create or replace function tomo.prune_history(p_batch integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  cut timestamptz;
  last_cut bigint;
  n bigint;
  total bigint := 0;
begin
  select tomo.retention_cut(retention_audit_logs, now()) into strict cut from tomo.settings;
  if exists (select from tomo.audit_log where at < cut) then
    perform from tomo.audit_head for update;
    select max(x.id) into last_cut from (
      select id from tomo.audit_log where id <= (select tomo.last_old_audit(cut)) order by id limit p_batch) x;
    update tomo.audit_head
       set cut_id = last_cut, cut_hash = (select hash from tomo.audit_log where id = last_cut),
         cut_at = clock_timestamp()
     where last_cut is not null;
    delete from tomo.audit_log where id <= last_cut;
    get diagnostics n = row_count; total := total + n;
  end if;
  delete from tomo.revocations where id in (
    select r.id from tomo.revocations r
     where tomo.is_history(r, cut) and (r.marked_at is not null or r.restored_at is not null)
     limit p_batch for update of r skip locked);
  get diagnostics n = row_count; total := total + n;
  delete from tomo.alerts where id in (select id from tomo.alerts where created_at < cut limit p_batch
    for update skip locked);
  get diagnostics n = row_count; total := total + n;
  delete from tomo.user_places where ctid = any(array(
    select p.ctid from tomo.user_places p where p.last_seen_at < cut
       and not exists (select from tomo.sessions s where s.user_id = p.user_id and s.country = p.country) limit p_batch
         for update of p skip locked));
  get diagnostics n = row_count; total := total + n;
  delete from tomo.devices d where d.ctid = any(array(
    select x.ctid from tomo.devices x where x.last_seen_at < cut
       and not exists (select from tomo.sessions s where s.user_id = x.user_id and s.device_id = x.id) limit p_batch
         for update of x skip locked));
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
create or replace function tomo.record_cleanup(p_actor jsonb, p_detail jsonb) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
begin
  update tomo.settings set last_cleanup_at = clock_timestamp();
  if p_detail is not null then
    perform tomo.write_audit(p_actor, 'cleanup', null, p_detail);
  end if;
  return (select encode(hash, 'hex') from tomo.audit_head);
end $$;
