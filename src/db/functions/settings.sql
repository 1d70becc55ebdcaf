-- Changing settings. A changed value holds at once for every session, and never brings one back: a raised timeout
-- stores a floor, the moment of the change minus the old timeout.
-- SQLSTATE TM010: no such setting. A value out of its range breaks the CHECK of its column (23514), one of the wrong
-- type is 22P02.

-- What a value is where nobody has set one: the defaults of the table's columns.
create or replace function tomo.setting_defaults() returns jsonb
language sql immutable parallel safe
return jsonb_build_object(
  'session_timeout', 60, 'session_max_lifetime', 0, 'remember_me_timeout', 43200, 'touch_interval', 60,
  'max_sessions_per_user', 0, 'session_limit_action', 'revoke-oldest', 'jwt_expiry', 60,
  'new_device_alerts', false, 'location_alerts', false, 'login_notifications', false,
  'retention_sessions', 7, 'retention_activity_logs', 90, 'retention_audit_logs', 365, 'trusted_networks', '[]'::jsonb);

-- The settings as they would be with these values, at that moment; null is the default. Also for asking what a
-- change would do before it is made.
create or replace function tomo.changed_settings(t tomo.settings, p_values jsonb, at timestamptz) returns tomo.settings
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  x tomo.settings;
  unknown text;
begin
  select min(k) into unknown from jsonb_object_keys(p_values) k where not tomo.setting_defaults() ? k;
  if unknown is not null then
    raise exception 'there is no setting "%"', unknown using errcode = 'TM010';
  end if;
  x := jsonb_populate_record(t, (
    select coalesce(jsonb_object_agg(key, case when value = 'null' then tomo.setting_defaults() -> key else value end), '{}')
      from jsonb_each(p_values)));
  if x.session_timeout > t.session_timeout then
    x.idle_floor := greatest(t.idle_floor, at - make_interval(mins => t.session_timeout));
  end if;
  if x.remember_me_timeout > t.remember_me_timeout then
    x.remember_floor := greatest(t.remember_floor, at - make_interval(mins => t.remember_me_timeout));
  end if;
  if t.session_max_lifetime > 0 and (x.session_max_lifetime = 0 or x.session_max_lifetime > t.session_max_lifetime) then
    x.lifetime_floor := greatest(t.lifetime_floor, at - make_interval(mins => t.session_max_lifetime));
  end if;
  return x;
end $$;

-- The values of the settings, key -> value, without what the system keeps in the same row.
create or replace function tomo.setting_values(t tomo.settings) returns jsonb
language sql stable parallel safe
return (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(t)) where tomo.setting_defaults() ? key);

-- Sets values; null sets back to the default. p_origin: 'database' (somebody changed it here) or 'environment' (a server
-- runs with that value). Audited when a value or its origin has changed. Returns the keys whose values have changed.
create or replace function tomo.set_settings(p_values jsonb, p_actor jsonb default null, p_origin text default 'database',
  p_reason text default null) returns text[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  t tomo.settings;
  x tomo.settings;
  at timestamptz;
  was jsonb;
  changed text[];
  renamed text[];
begin
  if p_origin not in ('database', 'environment') then
    raise exception 'an origin is database or environment, not "%"', p_origin using errcode = 'invalid_parameter_value';
  end if;
  -- the lock first and the clock then: what expires while waiting must not come back
  select * into strict t from tomo.settings for no key update;
  at := clock_timestamp();
  x := tomo.changed_settings(t, p_values, at);
  was := tomo.setting_values(t);
  select coalesce(array_agg(key order by key), '{}') into changed from jsonb_each(tomo.setting_values(x)) where value is distinct from was -> key;
  -- a value that is confirmed from elsewhere has a new origin
  select coalesce(array_agg(key order by key), '{}') into renamed
    from jsonb_each(p_values) v
   where coalesce(t.origins -> key ->> 'origin', 'default') <> case when v.value = 'null' then 'default' else p_origin end;
  if cardinality(changed || renamed) = 0 then
    return changed;
  end if;
  update tomo.settings set
    session_timeout = x.session_timeout, session_max_lifetime = x.session_max_lifetime,
    remember_me_timeout = x.remember_me_timeout, touch_interval = x.touch_interval,
    max_sessions_per_user = x.max_sessions_per_user, session_limit_action = x.session_limit_action,
    jwt_expiry = x.jwt_expiry, new_device_alerts = x.new_device_alerts, location_alerts = x.location_alerts,
    login_notifications = x.login_notifications, retention_sessions = x.retention_sessions,
    retention_activity_logs = x.retention_activity_logs, retention_audit_logs = x.retention_audit_logs,
    trusted_networks = x.trusted_networks,
    idle_floor = x.idle_floor, remember_floor = x.remember_floor, lifetime_floor = x.lifetime_floor,
    origins = (t.origins - array(select key from jsonb_each(p_values) where value = 'null')) || (
      select coalesce(jsonb_object_agg(key, jsonb_build_object('origin', p_origin, 'at', at, 'by', tomo.actor_name(tomo.full_actor(p_actor)))), '{}')
        from jsonb_each(p_values) where value <> 'null' and key = any(changed || renamed));
  perform tomo.write_audit(p_actor, 'set', p_reason, jsonb_build_object('origin', p_origin,
    'from', (select coalesce(jsonb_object_agg(k, was -> k), '{}') from unnest(changed) k),
    'to', (select coalesce(jsonb_object_agg(k, tomo.setting_values(x) -> k), '{}') from unnest(changed) k)));
  return changed;
end $$;

-- One user's own limit; null: the setting, 0: unlimited. Returns false when it was that already. TM001: no such user.
create or replace function tomo.set_user_limit(p_user uuid, p_limit integer, p_actor jsonb default null, p_reason text default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  was integer;
begin
  if not exists (select from tomo.users where id = p_user) then
    raise exception 'there is no user %', p_user using errcode = 'TM001';
  end if;
  perform tomo.lock_user_controls(array[p_user]);
  select max_sessions into was from tomo.user_controls where user_id = p_user;
  if was is not distinct from p_limit then
    return false;
  end if;
  update tomo.user_controls set max_sessions = p_limit where user_id = p_user;
  perform tomo.write_audit(p_actor, 'set-user-limit', p_reason, jsonb_build_object('user', p_user,
    'username', (select username from tomo.users where id = p_user), 'from', was, 'to', p_limit));
  return true;
end $$;
