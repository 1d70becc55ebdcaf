-- Cleanup, one batch per call, each in the caller's own transaction, in the order of an index and behind a watermark:
-- without one each batch walks over what the earlier ones left, which is quadratic. skip locked: a row that a request
-- or another command holds is left for the next run. Live sessions are never touched, and nobody is out because
-- cleanup has run: it writes what follows from what stands (tomo.verdicts), once that is final.

-- Of these sessions, those that are final get their end written, or are deleted if it is past the retention (days;
-- never less than one), whatever they are dead by. Hardly anybody else locks such a row, and locking each before it is
-- changed would write it twice: only where somebody does, those are skipped. A request that came just in time has
-- moved the last activity, and the row is left. That a session is open is said in a way no partial index answers to:
-- of one that was nearly empty at the last analyze, the planner would read all for each row.
create or replace function tomo.write_ends(p_ids uuid[], p_retention integer, out ended bigint, out deleted bigint)
language plpgsql set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  set lock_timeout = '100ms'
as $$
declare
  moment timestamptz := clock_timestamp();
  cut timestamptz;
begin
  cut := tomo.retention_cut(p_retention, moment);
  for attempt in 1..2 loop
    begin
      with dead as materialized (
        select v.id, v.user_id, v.last_activity_at, v.epoch, v.user_epoch, v.ended_at, v.end_reason, v.ended_by,
          v.revocation_id
          from tomo.verdicts(moment) v where v.id = any(p_ids) and case when v.open then v.final end),
      gone as (
        delete from tomo.sessions s using dead d
         where s.id = d.id and s.user_id = d.user_id and num_nulls(s.ended_at) = 1 and d.ended_at < cut
           and (s.last_activity_at, s.epoch, s.user_epoch) = (d.last_activity_at, d.epoch,
             d.user_epoch) returning s.id),
      kept as (
        update tomo.sessions s
           set ended_at = d.ended_at, end_reason = d.end_reason, ended_by = d.ended_by, revocation_id = d.revocation_id
          from dead d
         where s.id = d.id and s.user_id = d.user_id and num_nulls(s.ended_at) = 1 and d.ended_at >= cut
           and (s.last_activity_at, s.epoch, s.user_epoch) = (d.last_activity_at, d.epoch, d.user_epoch) returning s.id)
      select (select count(*) from kept), (select count(*) from gone) into ended, deleted;
      return;
    exception when lock_not_available then
      perform set_config('tomo.skipped', 'yes', true);
      p_ids := array(select s.id from tomo.sessions s where s.id = any(p_ids)
        order by s.id for no key update skip locked);
    end;
  end loop;
  ended := 0; deleted := 0;
end $$;

-- Deletes the first sessions of an epoch and a kind whose last activity is not after `cut`, from the bucket `start`
-- on: they ran out, or a revoke-all ended them, longer ago than the retention. By the range of the index, without
-- looking up each; a bucket that has more than one batch alone is taken piece by piece. seen: how many were met;
-- reached: where.
create or replace function tomo.delete_run_out(p_epoch bigint, p_remember boolean, start timestamptz, cut timestamptz,
  p_batch integer, out deleted bigint, out seen bigint, out reached timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
  ids uuid[];
begin
  select array_agg(x.id), count(*), max(x.activity_bucket) into ids, seen, reached from (
    select s.id, s.activity_bucket from tomo.sessions s
     where s.ended_at is null and s.epoch = p_epoch and s.remember_me = p_remember
       and s.activity_bucket >= start and s.activity_bucket <= cut and s.last_activity_at <= cut
     order by s.activity_bucket limit p_batch) x;
  deleted := 0;
  if seen = 0 then return; end if;
  begin
    if seen = p_batch and reached = start then
      delete from tomo.sessions s where s.id = any(ids) and s.ended_at is null and s.last_activity_at <= cut;
    else
      delete from tomo.sessions s
       where s.ended_at is null and s.epoch = p_epoch and s.remember_me = p_remember and s.activity_bucket >= start
         and (s.activity_bucket < reached or seen < p_batch and s.activity_bucket = reached)
           and s.last_activity_at <= cut;
    end if;
    get diagnostics deleted = row_count;
  exception when lock_not_available then
    perform set_config('tomo.skipped', 'yes', true);
    delete from tomo.sessions s where s.id = any(array(
      select l.id from tomo.sessions l
       where l.id = any(ids) and l.ended_at is null and l.last_activity_at <= cut for update skip locked));
    get diagnostics deleted = row_count;
  end;
end $$;

-- How many days a cleanup keeps what has ended: fewer than the setting only for roles that may change the setting.
create or replace function tomo.allowed_retention(p_days integer) returns integer
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  setting integer := (select retention_sessions from tomo.settings);
begin
  if p_days < setting
    and not has_function_privilege(session_user, 'tomo.set_settings(jsonb,jsonb,text,text)', 'execute') then
    raise exception 'to keep sessions for less than the % days of the setting is not for the role %',
      setting, session_user using errcode = 'insufficient_privilege';
  end if;
  return coalesce(p_days, setting);
end $$;

-- What is deleted earlier than the setting says is told by nothing else.
create or replace function tomo.audit_early(p_days integer, p_deleted bigint) returns void
language plpgsql set search_path = pg_catalog, pg_temp set lock_timeout = '5s' as $$
begin
  if p_deleted > 0 and greatest(p_days, 1) < (select retention_sessions from tomo.settings) then
    perform tomo.write_audit(null, 'delete-early', null,
      jsonb_build_object('retention', greatest(p_days, 1), 'deleted', p_deleted));
  end if;
end $$;

-- One batch of open sessions. p_source: how they are found. p_from: null at first and then what the last call
-- returned as next, until that is null.
--   old       what a timeout or a revoke-all has ended longer ago than the retention: deleted at once
--   activity  what has run out, and whom a revoke-all has ended, by the index of activity: for each epoch and kind
--             up to the last moment that can be final. A bucket that has nothing but rows to leave is passed over.
--   login     what has outlived the absolute lifetime
--   user      whom a revocation of a user has ended
--   chosen    whom a revocation of chosen sessions has ended
create or replace function tomo.end_sessions(p_source text, p_from jsonb, p_retention integer, p_batch integer,
  out ended bigint, out deleted bigint, out next jsonb)
language plpgsql security definer set search_path = pg_catalog, pg_temp
  set enable_sort = off -- for the same reason: the index in whose order it walks, and no other
as $$
declare
  moment timestamptz := clock_timestamp();
  past timestamptz;
  ids uuid[];
  seen bigint;
  start timestamptz := coalesce((p_from ->> 'at')::timestamptz, '-infinity');
  reached timestamptz;
  cut timestamptz;
  r tomo.revocations;
  e bigint := (p_from ->> 'epoch')::bigint;
  remember boolean := (p_from ->> 'remember')::boolean;
begin
  ended := 0; deleted := 0;
  p_batch := least(greatest(coalesce(p_batch, 1), 1), 100000);
  p_retention := tomo.allowed_retention(p_retention);
  -- an undo in its last moments is waited for
  perform from tomo.settings for share;
  if p_source in ('old', 'activity') then
    if p_from is null then
      select s.epoch, s.remember_me into e, remember from tomo.sessions s
       where s.ended_at is null order by s.epoch, s.remember_me limit 1;
      if not found then return; end if;
    end if;
    select * into r from tomo.revocations x
     where x.scope = 'all' and x.restored_at is null and x.epoch > e order by x.id limit 1;
    if p_source = 'old' then
      past := tomo.retention_cut(p_retention, moment);
      select case when r.at < past then 'infinity' when remember then k.remember_cut else k.idle_cut end
        into cut from tomo.cuts(past) k;
      select d.deleted, d.seen, d.reached into deleted, seen, reached
        from tomo.delete_run_out(e, remember, start, cut, p_batch) d;
    else
      if r.id is not null and coalesce(tomo.restorable_until(r.at, r.compromised) <= moment, true) then
        cut := 'infinity';
      else
        select case when remember then k.remember_cut else k.idle_cut end into cut
          from tomo.cuts(coalesce(r.at, moment)) k;
      end if;
      select array_agg(x.id), count(*), max(x.activity_bucket) into ids, seen, reached from (
        select s.id, s.activity_bucket from tomo.sessions s
         where s.ended_at is null and s.epoch = e and s.remember_me = remember
           and s.activity_bucket >= start and s.activity_bucket <= cut
         order by s.activity_bucket limit p_batch) x;
      select w.ended, w.deleted into ended, deleted from tomo.write_ends(ids, p_retention) w;
    end if;
    if seen < p_batch then
      select jsonb_build_object('epoch', s.epoch, 'remember', s.remember_me) into next from tomo.sessions s
       where s.ended_at is null and (s.epoch, s.remember_me) > (e, remember) order by s.epoch, s.remember_me limit 1;
    else
      next := jsonb_build_object('epoch', e, 'remember', remember,
        'at', case when reached = start and ended + deleted = 0 then reached + interval '5 minutes' else reached end);
    end if;

  elsif p_source = 'login' then
    select k.lifetime_cut into cut from tomo.cuts(moment) k;
    select array_agg(x.id), count(*), max(x.created_at) into ids, seen, reached from (
      select s.id, s.created_at from tomo.sessions s
       where s.ended_at is null and s.created_at >= start and s.created_at <= cut
       order by s.created_at limit p_batch) x;
    select w.ended, w.deleted into ended, deleted from tomo.write_ends(ids, p_retention) w;
    if seen = p_batch then
      next := jsonb_build_object('at',
        case when reached = start and ended + deleted = 0 then reached + interval '1 microsecond' else reached end);
    end if;

  elsif p_source = 'user' then
    select x.* into r from tomo.revocations x
      join tomo.sessions s on s.user_id = x.user_id and s.user_epoch < x.epoch and s.ended_at is null
     where x.id >= coalesce((p_from ->> 'revocation')::bigint, 0) and x.scope = 'user' and x.restored_at is null
       and coalesce(tomo.restorable_until(x.at, x.compromised) <= moment, true)
     order by x.id limit 1;
    if not found then return; end if;
    if r.id > (p_from ->> 'revocation')::bigint then
      start := '-infinity';
    end if;
    select array_agg(x.id), count(*), max(x.created_at) into ids, seen, reached from (
      select s.id, s.created_at from tomo.sessions s
       where s.user_id = r.user_id and s.user_epoch < r.epoch and s.ended_at is null and s.created_at >= start
       order by s.created_at limit p_batch) x;
    select w.ended, w.deleted into ended, deleted from tomo.write_ends(ids, p_retention) w;
    next := case when seen < p_batch then jsonb_build_object('revocation', r.id + 1)
                 else jsonb_build_object('revocation', r.id, 'at', case when reached = start and ended + deleted = 0
                   then reached + interval '1 microsecond' else reached end) end;

  elsif p_source = 'chosen' then
    select x.* into r from tomo.revocations x join tomo.revocation_targets g on g.revocation_id = x.id
     where x.id >= coalesce((p_from ->> 'revocation')::bigint, 0) and x.scope = 'sessions'
       and (x.restored_at is not null or coalesce(tomo.restorable_until(x.at, x.compromised) <= moment, true))
     order by x.id limit 1;
    if not found then return; end if;
    select array_agg(x.session_id), count(*) into ids, seen from (
      select g.session_id from tomo.revocation_targets g
       where g.revocation_id = r.id and g.session_id > coalesce(
         case when (p_from ->> 'revocation')::bigint = r.id then (p_from ->> 'session')::uuid end,
         '00000000-0000-0000-0000-000000000000')
       order by g.session_id limit p_batch) x;
    select w.ended, w.deleted into ended, deleted from tomo.write_ends(ids, p_retention) w;
    delete from tomo.revocation_targets g
     where g.revocation_id = r.id and g.session_id = any(ids)
       and not exists (select from tomo.sessions s where s.id = g.session_id and s.user_id = g.user_id);
    next := case when seen < p_batch then jsonb_build_object('revocation', r.id + 1)
                 else jsonb_build_object('revocation', r.id, 'session', ids[seen]) end;
  end if;
  perform tomo.audit_early(p_retention, deleted);
end $$;

-- What ended longer ago than the retention (days; null: the setting; never less than one), in the same way.
create or replace function tomo.delete_ended(p_from timestamptz, p_retention integer, p_batch integer,
  out deleted bigint, out next timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '100ms' as $$
declare
  cut timestamptz;
  ids uuid[];
  seen bigint;
begin
  p_batch := least(greatest(coalesce(p_batch, 1), 1), 100000);
  p_retention := tomo.allowed_retention(p_retention);
  cut := tomo.retention_cut(p_retention, clock_timestamp());
  select array_agg(x.id), count(*), max(x.ended_at) into ids, seen, next from (
    select s.id, s.ended_at from tomo.sessions s
     where s.ended_at is not null and s.ended_at >= p_from and s.ended_at < cut order by s.ended_at limit p_batch) x;
  begin
    if seen = p_batch and next = p_from then
      delete from tomo.sessions s where s.id = any(ids) and s.ended_at < cut;
    else
      delete from tomo.sessions s where s.ended_at >= p_from
        and s.ended_at < case when seen < p_batch then cut else next end;
    end if;
    get diagnostics deleted = row_count;
  exception when lock_not_available then
    perform set_config('tomo.skipped', 'yes', true);
    delete from tomo.sessions s where s.id = any(array(
      select l.id from tomo.sessions l where l.id = any(ids) and l.ended_at < cut for update skip locked));
    get diagnostics deleted = row_count;
  end;
  if seen < p_batch then
    next := null;
  end if;
  perform tomo.audit_early(p_retention, deleted);
end $$;
