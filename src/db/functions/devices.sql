-- What a device is recognised by: families, screen, time zone, and what else the caller knows of it. The address is no
-- part of it. Of a program that nobody knows the whole name counts, without its numbers.
create or replace function tomo.device_fingerprint(p_browser text, p_os text, p_form_factor text, p_raw text,
  p_screen text, p_time_zone text, p_extra text)
returns bytea
language sql stable parallel safe
return sha256(convert_to(jsonb_build_array(
  coalesce(p_browser, p_os, regexp_replace(p_raw, '[0-9]+([._][0-9]+)*', '', 'g')), p_os, p_form_factor,
  p_screen, p_time_zone, p_extra)::text, 'UTF8'));

-- How an audit row names devices ([{"id", "user"}]): the first hundred of them, how many they were, and a
-- digest of all ids.
create or replace function tomo.audited_devices(p_devices jsonb) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
return jsonb_build_object(
  'count', jsonb_array_length(p_devices),
  'devices', jsonb_path_query_array(p_devices, '$[0 to 99]'),
  'ids', (select encode(sha256(coalesce(string_agg(uuid_send(d.id), ''::bytea order by d.id), '')), 'hex')
    from jsonb_to_recordset(p_devices) d(id uuid)));

-- Trusted: a login from it is not notified. Nothing else depends on it. Returns the ids of those that were not so
-- before.
create or replace function tomo.trust_devices(p_ids uuid[], p_trusted boolean, p_actor jsonb default null)
returns uuid[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  changed jsonb;
  ids uuid[];
begin
  -- a condition that is null is one that Citus fails at
  -- distributed: if num_nulls(p_ids, p_trusted) > 0 then return '{}'; end if;
  -- locked in one order, or two such commands deadlock
  perform from tomo.devices where id = any(p_ids) order by id for no key update;
  with u as (update tomo.devices set trusted = p_trusted where id = any(p_ids) and trusted <> p_trusted returning *)
  select jsonb_agg(jsonb_build_object('id', u.id, 'user', u.user_id) order by u.id), array_agg(u.id order by u.id)
    into changed, ids from u;
  if changed is null then return '{}'; end if;
  perform tomo.write_audit(p_actor, case when p_trusted then 'trust-device' else 'untrust-device' end, null,
    tomo.audited_devices(changed));
  return ids;
end $$;

-- Forgets devices: the next login from one of them is from a new device. Their sessions stay as they are. Returns the
-- ids of those that were there.
create or replace function tomo.forget_devices(p_ids uuid[], p_actor jsonb default null) returns uuid[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone jsonb;
  ids uuid[];
begin
  perform from tomo.devices where id = any(p_ids) order by id for update;
  with d as (delete from tomo.devices where id = any(p_ids) returning *)
  select jsonb_agg(jsonb_build_object('id', d.id, 'user', d.user_id) order by d.id), array_agg(d.id order by d.id)
    into gone, ids from d;
  if gone is null then return '{}'; end if;
  perform tomo.write_audit(p_actor, 'forget-device', null, tomo.audited_devices(gone));
  return ids;
end $$;

-- Gives a device a name (null: takes it away). Returns whether it had another one before; null: there is no such
-- device.
create or replace function tomo.label_device(p_id uuid, p_label text, p_actor jsonb default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  d tomo.devices;
begin
  select * into d from tomo.devices where id = p_id for no key update;
  if not found then return null; end if;
  if d.label is not distinct from p_label then return false; end if;
  update tomo.devices set label = p_label where id = p_id;
  perform tomo.write_audit(p_actor, 'label-device', null, jsonb_build_object(
    'device', p_id, 'user', d.user_id, 'from', d.label, 'to', p_label));
  return true;
end $$;
