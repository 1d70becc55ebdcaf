-- What people may see and do about their own sessions, for the pages of a server. Each asks first whether p_session is
-- a live session of p_user (TM030 if not), so that the server needs no right on anybody else's, and takes no name or
-- reason from it: the audit names the user of that session, as claimed, and the role of the connection. What belongs
-- to somebody else is answered as what is not there.

-- The user as an actor, if that is a live session of theirs.
create or replace function tomo.own_actor(p_user uuid, p_session uuid) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  name text;
begin
  select s.username into name from tomo.liveness(statement_timestamp()) s
   where s.id = p_session and s.user_id = p_user and s.live;
  if not found then
    raise exception 'that is not a live session of that user' using errcode = 'TM030';
  end if;
  return jsonb_build_object('user', name);
end $$;

-- The live sessions of the user: the current one, then the latest active ones, a thousand at most.
create or replace function tomo.own_sessions(p_user uuid, p_session uuid)
returns table (session_id uuid, is_current boolean, browser text, os text, form_factor text, user_agent text,
  device_id uuid, device_label text, device_trusted boolean, ip inet, country text, region text, city text, isp text,
  login_method text, remember_me boolean, created_at timestamptz, last_activity_at timestamptz, expires_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  perform tomo.own_actor(p_user, p_session);
  return query
    select s.id, s.id = p_session, a.browser, a.os, a.form_factor, a.raw, s.device_id, d.label,
           coalesce(d.trusted, false), s.ip, s.country, s.region, s.city, s.isp, s.login_method, s.remember_me,
           s.created_at, s.last_activity_at, tomo.runs_out(s.last_activity_at, s.created_at, s.timeout, s.lifetime)
      from tomo.liveness(statement_timestamp()) s
      left join tomo.user_agents a on a.id = s.user_agent_id
      left join tomo.devices d on d.user_id = s.user_id and d.id = s.device_id
     where s.user_id = p_user and s.live
     order by s.id = p_session desc, s.last_activity_at desc, s.id
     limit 1000;
end $$;

-- Ends one of them. Returns the revocation; null: no live session of the user has this id.
create or replace function tomo.revoke_own_session(p_user uuid, p_session uuid, p_target uuid) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  actor jsonb := tomo.own_actor(p_user, p_session);
begin
  if not exists (select from tomo.liveness(statement_timestamp()) s
                  where s.id = p_target and s.user_id = p_user and s.live) then
    return null;
  end if;
  return tomo.revoke_sessions(array[p_target], actor, 'by the user');
end $$;

-- Ends all but the current one. revocation is null when there was no other.
create or replace function tomo.revoke_own_others(p_user uuid, p_session uuid, out revocation bigint, out ended bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  actor jsonb := tomo.own_actor(p_user, p_session);
begin
  ended := 0;
  if exists (select from tomo.liveness(statement_timestamp()) s
              where s.user_id = p_user and s.id <> p_session and s.live) then
    select r.revocation, r.ended into revocation, ended
      from tomo.revoke_user(p_user, actor, 'by the user', array[p_session]) r;
  end if;
end $$;

-- The devices of the user: that of the current session, then the latest seen, a thousand at most.
create or replace function tomo.own_devices(p_user uuid, p_session uuid)
returns table (device_id uuid, is_current boolean, browser text, os text, form_factor text, user_agent text,
  screen text, time_zone text, label text, trusted boolean, live_sessions bigint, first_seen_at timestamptz,
  last_seen_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  used uuid := (select s.device_id from tomo.sessions s where s.id = p_session and s.user_id = p_user);
begin
  perform tomo.own_actor(p_user, p_session);
  return query
    with live as materialized (
      select s.device_id, count(*) as n from tomo.liveness(statement_timestamp()) s
       where s.user_id = p_user and s.live group by s.device_id)
    select d.id, coalesce(d.id = used, false), a.browser, a.os, a.form_factor, a.raw, d.screen, d.time_zone, d.label,
           d.trusted, coalesce(l.n, 0), d.first_seen_at, d.last_seen_at
      from tomo.devices d
      left join tomo.user_agents a on a.id = d.user_agent_id
      left join live l on l.device_id = d.id
     where d.user_id = p_user
     order by d.id is not distinct from used desc, d.last_seen_at desc, d.id
     limit 1000;
end $$;

-- The next login from it is from a new device. Not that of the current session: whoever could make all be forgotten
-- could log in unnoticed, since the first device of a user raises no alert. Returns whether it was there.
create or replace function tomo.forget_own_device(p_user uuid, p_session uuid, p_device uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  actor jsonb := tomo.own_actor(p_user, p_session);
begin
  if not exists (select from tomo.devices d where d.id = p_device and d.user_id = p_user)
    or exists (select from tomo.sessions s
                where s.id = p_session and s.user_id = p_user and s.device_id = p_device) then
    return false;
  end if;
  return cardinality(tomo.forget_devices(array[p_device], actor)) > 0;
end $$;

-- Its logins are told of again. There is no way to trust one: that silences alerts, and is for an administrator.
-- Returns whether it was trusted.
create or replace function tomo.distrust_own_device(p_user uuid, p_session uuid, p_device uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  actor jsonb := tomo.own_actor(p_user, p_session);
begin
  if not exists (select from tomo.devices d where d.id = p_device and d.user_id = p_user) then
    return false;
  end if;
  return cardinality(tomo.trust_devices(array[p_device], false, actor)) > 0;
end $$;

-- The latest hundred alerts about logins of the user, latest first. is_live: the session that it tells of is still
-- in; repeated: how many more logins it stands for.
create or replace function tomo.own_alerts(p_user uuid, p_session uuid)
returns table (alert_id bigint, kind text, session_id uuid, is_current boolean, is_live boolean, browser text, os text,
  ip text, country text, city text, repeated integer, created_at timestamptz, acknowledged_at timestamptz,
  is_disowned boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  perform tomo.own_actor(p_user, p_session);
  return query
    select a.id, a.kind, a.session_id, coalesce(a.session_id = p_session, false), coalesce(s.live, false),
           a.evidence ->> 'browser', a.evidence ->> 'os', a.evidence ->> 'ip',
           coalesce(a.evidence #>> '{place,country}', a.evidence #>> '{to,country}'),
           coalesce(a.evidence #>> '{place,city}', a.evidence #>> '{to,city}'),
           case when jsonb_typeof(a.evidence -> 'repeated') = 'number'
                then least((a.evidence -> 'repeated')::numeric, 10000)::integer else 0 end,
           a.created_at, a.acknowledged_at, a.evidence ? 'disowned'
      from tomo.alerts a
      left join tomo.liveness(statement_timestamp()) s on s.id = a.session_id and s.user_id = p_user
     where a.user_id = p_user
     order by a.id desc
     limit 100;
end $$;

-- "That was not me": ends the sessions that an alert tells of and the others from their devices, as a compromise, so
-- that no undo brings them back; forgets the devices, so that they are new when they come again; acknowledges the
-- alert. The current session and its device are spared, unless the alert is about that session. known is false: the
-- user has no alert of that number. ended: how many were live.
create or replace function tomo.disown_login(p_user uuid, p_session uuid, p_alert bigint,
  out known boolean, out revocation bigint, out ended bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  actor jsonb := tomo.own_actor(p_user, p_session);
  moment timestamptz;
  alert tomo.alerts;
  told uuid[];
  strange uuid[];
  hostile uuid[];
  name text := tomo.actor_name(actor);
  disowned jsonb;
begin
  ended := 0;
  select * into alert from tomo.alerts a where a.id = p_alert and a.user_id = p_user for no key update;
  known := found;
  if not known then return; end if;
  select coalesce(array_agg(s.id), '{}'), coalesce(array_agg(s.device_id), '{}') into told, strange
    from tomo.sessions s
   where s.user_id = p_user and s.id::text in (alert.session_id::text, alert.evidence ->> 'lastSession');
  moment := clock_timestamp();
  select coalesce(array_agg(s.id), '{}'), count(*) filter (where s.live) into hostile, ended
    from tomo.verdicts(moment) s
   where s.user_id = p_user and (s.id = any(told) or s.device_id = any(strange) and s.id <> p_session)
     and (s.live or s.end_reason = 'revoked' and not s.final);
  if ended = 0 and alert.evidence ? 'disowned' then return; end if;
  disowned := jsonb_build_object('disowned', moment);
  delete from tomo.devices d where d.id = any(strange) and d.user_id = p_user and d.id not in (
    select s.device_id from tomo.sessions s
     where s.id = p_session and s.user_id = p_user and s.device_id is not null and s.id <> all(told));
  update tomo.alerts a
     set evidence = a.evidence || disowned,
         acknowledged_at = coalesce(a.acknowledged_at, moment),
         acknowledged_by = coalesce(a.acknowledged_by, name)
   where a.id = alert.id;
  if cardinality(hostile) > 0 then
    revocation := tomo.revoke_sessions(hostile, actor, format('not me: alert %s', alert.id), true);
  end if;
  perform tomo.write_audit(actor, 'disown-login', null, jsonb_strip_nulls(jsonb_build_object(
    'alert', alert.id, 'user', p_user, 'kind', alert.kind, 'count', ended, 'revocation', revocation)));
end $$;
