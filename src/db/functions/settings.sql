-- Changing settings. A changed value holds at once for every session, and never brings one back: the timeouts that
-- held until then stay on record.

-- The settings, key -> what it is where nobody has set it: the columns of the table and their defaults, but for what
-- the system keeps in the same row.
create or replace function tomo.setting_defaults() returns jsonb
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  defaults jsonb;
begin
  execute (
    select format('select jsonb_build_object(%s)',
             string_agg(format('%L, %s', a.attname, pg_get_expr(d.adbin, d.adrelid)), ', '))
      from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = 'tomo.settings'::regclass
       and a.attname <> all ('{one,origins,epoch,min_epoch}')) into defaults;
  return defaults;
end $$;

-- The values of the settings, key -> value, without what the system keeps in the same row.
create or replace function tomo.setting_values() returns jsonb
language sql stable parallel safe
return (select jsonb_object_agg(k, to_jsonb(t) -> k) from tomo.settings t,
  jsonb_object_keys(tomo.setting_defaults()) k);

-- The same as they would be with these values; null is the default. Also for asking what a change would do before it
-- is made. A value of the wrong type is 22P02.
create or replace function tomo.changed_settings(p_values jsonb) returns jsonb
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  defaults jsonb := tomo.setting_defaults();
  unknown text;
begin
  select min(k) into unknown from jsonb_object_keys(p_values) k where not defaults ? k;
  if unknown is not null then
    raise exception 'there is no setting "%"', unknown using errcode = 'TM010';
  end if;
  return to_jsonb(jsonb_populate_record(null::tomo.settings, tomo.setting_values() || (
      select coalesce(jsonb_object_agg(key, case when value = 'null' then defaults -> key else value end), '{}')
        from jsonb_each(p_values))))
    - '{one,origins,epoch,min_epoch,last_cleanup_at,cleanup_failed}'::text[];
end $$;

-- Sets values; null sets back to the default. p_origin: 'database' (somebody changed it here) or 'environment' (a
-- server runs with that value). Audited when a value or its origin has changed. Returns the keys whose values have
-- changed.
create or replace function tomo.set_settings(p_values jsonb, p_actor jsonb default null,
  p_origin text default 'database',
  p_reason text default null) returns text[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  t tomo.settings;
  at timestamptz;
  before timestamptz;
  was jsonb;
  becomes jsonb;
  changed text[];
  renamed text[];
begin
  if p_origin not in ('database', 'environment') then
    raise exception 'an origin is database or environment, not "%"', p_origin using errcode = 'invalid_parameter_value';
  end if;
  -- the lock first and the clock then: what expires while waiting must not come back
  select * into strict t from tomo.settings for no key update;
  -- and never before the change before it, should the clock have been set back
  select greatest(clock_timestamp(), max(p.until) + interval '1 microsecond') into at from tomo.past_timeouts p;
  was := tomo.setting_values();
  becomes := tomo.changed_settings(p_values);
  select coalesce(array_agg(key order by key), '{}') into changed from jsonb_each(becomes)
    where value is distinct from was -> key;
  -- a value that is confirmed from elsewhere has a new origin
  select coalesce(array_agg(key order by key), '{}') into renamed
    from jsonb_each(p_values) v
   where coalesce(t.origins -> key ->> 'origin', 'default')
         <> case when v.value = 'null' then 'default' else p_origin end;
  if cardinality(changed || renamed) = 0 then
    return changed;
  end if;
  t.origins := (t.origins - array(select key from jsonb_each(p_values) where value = 'null')) || (
    select coalesce(jsonb_object_agg(key, jsonb_build_object(
             'origin', p_origin, 'at', at, 'by', case p_origin
               when 'environment' then session_user else tomo.actor_name(tomo.full_actor(p_actor)) end)), '{}')
      from jsonb_each(p_values) where value <> 'null' and key = any(changed || renamed));
  execute (
    select format('update tomo.settings set %s', string_agg(format('%1$I = ($1).%1$I', k), ', '))
      from unnest(changed || '{origins}'::text[]) k) using jsonb_populate_record(t, becomes);
  if changed && array['session_timeout', 'remember_me_timeout', 'session_max_lifetime'] then
    select coalesce(max(p.until), '-infinity') into before from tomo.past_timeouts p;
    insert into tomo.past_timeouts (until, since, session_timeout, remember_me_timeout, session_max_lifetime)
    values (at, before, t.session_timeout, t.remember_me_timeout, t.session_max_lifetime);
  end if;
  perform tomo.write_audit(p_actor, 'set', p_reason, jsonb_build_object('origin', p_origin,
    'from', (select coalesce(jsonb_object_agg(k, was -> k), '{}') from unnest(changed) k),
    'to', (select coalesce(jsonb_object_agg(k, becomes -> k), '{}') from unnest(changed) k)));
  return changed;
end $$;

-- For a server: the values that its environment names. In the name of its role, whoever it says it is; and what was
-- done is not kept for less long than now because a server says so, unless that is no less than the default (TM011).
create or replace function tomo.apply_environment(p_values jsonb, p_actor jsonb default null) returns text[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  was jsonb := tomo.setting_values();
  becomes jsonb := tomo.changed_settings(p_values);
  short text;
begin
  select min(key) into short from jsonb_each_text(tomo.setting_defaults()) d
   where key like 'retention%' and (becomes ->> key)::bigint < least(value::bigint, (was ->> key)::bigint);
  if short is not null then
    raise exception '% is less than it is and than its default, which is for an operator to set', short
      using errcode = 'TM011';
  end if;
  return tomo.set_settings(p_values, p_actor, 'environment');
end $$;

-- One user's own limit; null: the setting, 0: unlimited. Returns false when it was that already. TM001: no such user.
create or replace function tomo.set_user_limit(p_user uuid, p_limit integer, p_actor jsonb default null,
  p_reason text default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  was integer := (select c.max_sessions from tomo.user_controls c where c.user_id = p_user);
  name text := (select u.username from tomo.users u where u.id = p_user);
begin
  if name is null then
    raise exception 'there is no user %', p_user using errcode = 'TM001';
  elsif was is not distinct from p_limit then
    return false;
  end if;
  perform tomo.lock_user_controls(array[p_user]);
  select max_sessions into was from tomo.user_controls where user_id = p_user;
  if was is not distinct from p_limit then
    return false;
  end if;
  update tomo.user_controls set max_sessions = p_limit where user_id = p_user;
  perform tomo.write_audit(p_actor, 'set-user-limit', p_reason, jsonb_build_object('user', p_user,
    'username', name, 'from', was, 'to', p_limit));
  return true;
end $$;
