-- What every alert says of its login.
create or replace function tomo.login_facts(p_user uuid, p_session uuid, p_place jsonb) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select jsonb_strip_nulls(jsonb_build_object('deviceId', d.id, 'browser', a.browser, 'os', a.os,
    'formFactor', a.form_factor, 'screen', d.screen, 'timeZone', d.time_zone, 'ip', host(s.ip),
    'place', nullif(p_place, '{}'), 'loginMethod', s.login_method, 'at', s.created_at))
    from tomo.sessions s left join tomo.user_agents a on a.id = s.user_agent_id
    left join tomo.devices d on d.user_id = s.user_id and d.id = s.device_id
   where s.id = p_session and s.user_id = p_user);
end $$;

-- An alert into the outbox, in the transaction of what caused it. Returns whether it is one of its own: about a place
-- it is not within an hour of an open one of the same user, device and place, which counts it instead. An alert that
-- somebody is acknowledging or delivering right now is passed over: a login does not wait for that.
create or replace function tomo.raise_alert(p_kind text, p_user uuid, p_session uuid, p_evidence jsonb) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update tomo.alerts a
     set evidence = a.evidence || jsonb_build_object('repeated', coalesce((a.evidence ->> 'repeated')::integer, 0) + 1,
       'lastSession', p_session)
   where a.user_id = p_user and a.id = (
     select x.id from tomo.alerts x
      where x.user_id = p_user and x.created_at > clock_timestamp() - interval '1 hour' and x.kind = p_kind
        and x.kind = 'unusual_location' and x.acknowledged_at is null
        and x.evidence ->> 'deviceId' is not distinct from p_evidence ->> 'deviceId'
        and x.evidence -> 'place' = p_evidence -> 'place'
      order by x.id desc limit 1 for no key update skip locked);
  if found then return false; end if;
  insert into tomo.alerts (kind, user_id, session_id, evidence) values (p_kind, p_user, p_session, p_evidence);
  return true;
end $$;

-- What the audit says of alerts that are acknowledged, or not any more: the first hundred, and a digest of all.
create or replace function tomo.audited_alerts(p_ids bigint[]) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
return jsonb_build_object('count', cardinality(p_ids), 'alerts', to_jsonb(p_ids[:100]),
  'ids', encode(sha256(convert_to(array_to_string(p_ids, ','), 'UTF8')), 'hex'));

-- Notes that somebody has looked. It stops no delivery. Returns the ids that were open.
create or replace function tomo.acknowledge_alerts(p_ids bigint[], p_actor jsonb default null) returns bigint[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  ids bigint[];
  moment constant timestamptz := clock_timestamp(); -- one for all: what was acknowledged together is known by it
begin
  with open as materialized (
    select id from tomo.alerts where id = any(p_ids) and acknowledged_at is null order by id for no key update),
  done as (
    update tomo.alerts a set acknowledged_at = moment,
      acknowledged_by = tomo.actor_name(tomo.full_actor(p_actor))
      from open where a.id = open.id returning a.id)
  select coalesce(array_agg(id order by id), '{}') into ids from done;
  if cardinality(ids) > 0 then
    perform tomo.write_audit(p_actor, 'acknowledge', null, tomo.audited_alerts(ids));
  end if;
  return ids;
end $$;

-- Takes that back: nobody has looked. Returns the ids that were acknowledged.
create or replace function tomo.unacknowledge_alerts(p_ids bigint[], p_actor jsonb default null) returns bigint[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  ids bigint[];
begin
  with done as materialized (
    select id from tomo.alerts where id = any(p_ids) and acknowledged_at is not null order by id for no key update),
  open as (
    update tomo.alerts a set acknowledged_at = null, acknowledged_by = null
      from done where a.id = done.id returning a.id)
  select coalesce(array_agg(id order by id), '{}') into ids from open;
  if cardinality(ids) > 0 then
    perform tomo.write_audit(p_actor, 'unacknowledge', null, tomo.audited_alerts(ids));
  end if;
  return ids;
end $$;
