-- What a server calls, from any language: open_session at a login, touch_session at a request, record_activity when it
-- keeps a history, close_session at a logout. Each is one round trip. SECURITY DEFINER: a server's role needs EXECUTE
-- on these and no right on the tables. The parts of open_session run with its rights and its settings.

-- The session limit: evicts down to limit - 1, the earliest login first, or refuses (TM003), as the settings say.
-- Returns what was evicted. p_replaces is no part of the count: it ends anyway.
create or replace function tomo.make_room(p_user uuid, p_replaces uuid, moment timestamptz) returns uuid[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  lim integer;
  action text;
  least_epoch bigint; -- that may be live
  least_user_epoch bigint;
  live uuid[];
  dead uuid[];
  expired uuid[];
  evicted uuid[] := '{}';
begin
  select tomo.session_limit(c.max_sessions, t.max_sessions_per_user), t.session_limit_action,
         t.min_epoch, coalesce(c.min_epoch, 0)
    into strict lim, action, least_epoch, least_user_epoch
    from tomo.settings t left join tomo.user_controls c on c.user_id = p_user;
  if lim = 0 then return evicted; end if;
  loop
    -- one walk over the sessions of the user that no revocation by epoch has ended, newest login first
    select coalesce(array_agg(o.id order by o.created_at desc, o.id desc) filter (where o.live), '{}'),
           coalesce((array_agg(o.id) filter (where not o.live))[:100], '{}')
      into live, dead
      from tomo.liveness(moment) o
     where o.user_id = p_user and o.open and o.user_epoch >= least_user_epoch and o.epoch >= least_epoch
       and o.id is distinct from p_replaces;
    expired := array(select o.id from tomo.verdicts(moment) o
                      where o.id = any(dead) and o.user_id = p_user and o.end_reason = 'expired');
    if cardinality(live) >= lim and action = 'deny' then
      raise exception 'the user % has reached the limit of % sessions',
        (select u.username from tomo.users u where u.id = p_user), lim using errcode = 'TM003', detail = lim::text;
    end if;
    exit when expired = '{}' and cardinality(live[lim:]) + (p_replaces is not null)::integer <= 1;
    -- what ends here is locked together, in the order of the ids as revocations lock, or one would wait for the other
    perform from tomo.sessions o
      where o.id = any(expired || p_replaces || live[lim:]) order by o.id for no key update;
    -- again if a request came just in time and held its row: that session counts
    exit when not exists (select from tomo.liveness(moment) o where o.id = any(expired) and o.user_id = p_user
      and o.live);
  end loop;
  if cardinality(live) >= lim then
    with gone as (
      update tomo.sessions o set ended_at = moment, end_reason = 'evicted', ended_by = 'session limit'
       where o.id = any(live[lim:]) and o.user_id = p_user and o.ended_at is null returning o.id, o.created_at)
    select coalesce(array_agg(id order by created_at, id), '{}') into evicted from gone;
  end if;
  if expired <> '{}' then
    -- those that no cleanup has written yet would be walked over by every login
    update tomo.sessions o set ended_at = v.ended_at, end_reason = v.end_reason
      from tomo.verdicts(moment) v
     where v.id = any(expired) and v.user_id = p_user and v.open and v.end_reason = 'expired'
       and o.id = v.id and o.user_id = v.user_id;
  end if;
  return evicted;
end $$;

-- The device of a login and its user agent, noted as seen. Clients that say nothing of themselves are one device.
create or replace function tomo.recognise_device(
  p_user uuid, p_user_agent text, p_screen text, p_time_zone text, p_extra text, at timestamptz,
  out device_id uuid, out agent_id integer, out is_new boolean)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  screen text := nullif(left(p_screen, 32), '');
  zone text := nullif(left(p_time_zone, 64), '');
  key bytea;
  device tomo.devices;
begin
  agent_id := tomo.user_agent_row(p_user_agent);
  -- what says nothing looks like nobody else's
  key := tomo.device_fingerprint(agent_id, screen, zone, coalesce(nullif(p_extra, ''),
    case when num_nonnulls(agent_id, screen, zone) = 0 then p_user::text end));
  select * into device from tomo.devices d where d.user_id = p_user and d.fingerprint = key;
  is_new := not found;
  if is_new then
    insert into tomo.devices (user_id, fingerprint, user_agent_id, screen, time_zone, first_seen_at, last_seen_at)
    values (p_user, key, agent_id, screen, zone, at, at) returning id into device.id;
  elsif device.last_seen_at < at - interval '1 minute' or device.user_agent_id is distinct from agent_id then
    update tomo.devices d set last_seen_at = at, user_agent_id = agent_id where d.id = device.id;
  end if;
  device_id := device.id;
end $$;

-- What the settings want told of a login. p_place: where it came from; p_unusual: the evidence of check_location. A
-- plain message only where no other is raised for this login, and not for a device that is trusted.
create or replace function tomo.raise_login_alerts(
  p_user uuid, p_session uuid, p_device uuid, p_new boolean, p_place jsonb, p_unusual jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  tell_place boolean;
  tell_device boolean;
  tell_login boolean;
  login jsonb;
  told boolean := false;
begin
  select t.location_alerts and p_unusual is not null,
         -- the first device of a user is no news
         t.new_device_alerts and p_new
           and exists (select from tomo.devices d where d.user_id = p_user and d.id <> p_device),
         t.login_notifications
           and not exists (select from tomo.devices d where d.id = p_device and d.trusted)
    into strict tell_place, tell_device, tell_login from tomo.settings t;
  if not (tell_place or tell_device or tell_login) then return; end if;
  login := tomo.login_facts(p_user, p_session, p_place);
  if tell_place then
    told := tomo.raise_alert('unusual_location', p_user, p_session, login || p_unusual);
  end if;
  if tell_device then
    told := tomo.raise_alert('new_device', p_user, p_session, login);
  end if;
  if tell_login and not told then
    perform tomo.raise_alert('login', p_user, p_session, login);
  end if;
end $$;

-- A login. p_replaces: the session that the browser held until now (of p_replaces_user, if that is known); it is
-- ended, so that a session planted before the login is worth nothing after it (OWASP Session Management Cheat Sheet,
-- "Renew the Session ID After Any Privilege Level Change"). p_fingerprint: anything else that tells the device from
-- others. p_place: {"country", "region", "city", "isp", "latitude", "longitude"}, where the server has looked the
-- address up. Takes a lock on the user's row first and reads everything else in statements of their own: one
-- statement that locks and counts would count what was there before it had the lock. That also is why it needs READ
-- COMMITTED. Nothing that a client says about itself fails a login: what is too long is cut, what cannot be is left
-- out.
create or replace function tomo.open_session(
  p_user uuid, p_ip inet default null, p_user_agent text default null, p_login_method text default 'password',
  p_remember_me boolean default false, p_replaces uuid default null, p_screen text default null,
  p_time_zone text default null, p_fingerprint text default null, p_place jsonb default null,
  p_replaces_user uuid default null,
  out session_id uuid, out username text, out role text, out created_at timestamptz, out expires_at timestamptz,
  out device_id uuid, out device_is_new boolean, out location text, out evicted uuid[],
  -- seconds that a token for this session should be valid: jwt_expiry, or the session's own timeout where that is
  -- longer
  out token_lifetime integer)
-- planning takes longer than running, and the plans do not depend on who logs in
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  u tomo.users;
  t tomo.settings;
  c tomo.user_controls;
  s tomo.sessions;
  device record;
  at timestamptz;
  unusual jsonb;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'open_session needs a READ COMMITTED transaction, this one is %',
      upper(current_setting('transaction_isolation'))
      using errcode = 'TM004', hint = 'In another one it would count the sessions as they were before it had its lock.';
  end if;
  select * into u from tomo.users where id = p_user for no key update;
  if not found then
    raise exception 'there is no user %', p_user using errcode = 'TM001';
  elsif not u.is_active then
    raise exception 'the user % is inactive', u.username using errcode = 'TM002';
  end if;
  select * into strict t from tomo.settings;
  select * into c from tomo.user_controls where user_id = p_user;
  at := clock_timestamp();

  p_replaces_user := coalesce(p_replaces_user, (select x.user_id from tomo.sessions x where x.id = p_replaces));
  evicted := tomo.make_room(p_user, case when p_replaces_user = p_user then p_replaces end, at);
  if p_replaces is not null then
    perform tomo.log_out(p_replaces, 'new login', p_replaces_user);
  end if;
  select * into device
    from tomo.recognise_device(p_user, p_user_agent, p_screen, p_time_zone, p_fingerprint, at);
  s.id := gen_random_uuid();
  s.ip := tomo.plain_address(p_ip);
  -- an empty one: looked up, and nothing found
  p_place := case when jsonb_typeof(p_place) = 'object' then coalesce(tomo.clean_place(p_place), '{}') end;
  select k.outcome, k.evidence into location, unusual
    from tomo.check_location(p_user, s.id, s.ip, p_place, at, t.trusted_networks) k;

  insert into tomo.sessions as x (id, user_id, device_id, user_agent_id, ip, login_method, remember_me, epoch,
    user_epoch,
    created_at, last_activity_at, location_check, country, region, city, isp, latitude, longitude)
  values (s.id, p_user, device.device_id, device.agent_id, s.ip,
    coalesce(nullif(left(p_login_method, 50), ''), 'password'),
    coalesce(p_remember_me, false), t.epoch, coalesce(c.epoch, 0), at, at, location,
    p_place ->> 'country', p_place ->> 'region', p_place ->> 'city', p_place ->> 'isp',
    (p_place ->> 'latitude')::real, (p_place ->> 'longitude')::real)
  returning * into s;
  perform tomo.raise_login_alerts(p_user, s.id, device.device_id, device.is_new, p_place, unusual);

  session_id := s.id;
  username := u.username;
  role := u.role;
  created_at := at;
  expires_at := tomo.runs_out(s.last_activity_at, s.created_at,
    case when s.remember_me then t.remember_me_timeout else t.session_timeout end, t.session_max_lifetime);
  device_id := device.device_id;
  device_is_new := device.is_new;
  token_lifetime := greatest(t.jwt_expiry,
    case when s.remember_me then t.remember_me_timeout else t.session_timeout end) * 60;
end $$;

-- A session that an operator opens for a user, as a script or support needs one. It is a login like any other, with its
-- limit, device and alerts, and it is audited. Refuses as open_session does.
create or replace function tomo.create_session(
  p_user uuid, p_remember_me boolean default false, p_user_agent text default null, p_actor jsonb default null,
  p_reason text default null,
  out session_id uuid, out username text, out role text, out created_at timestamptz, out expires_at timestamptz,
  out device_id uuid, out device_is_new boolean, out location text, out evicted uuid[], out token_lifetime integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  select * into strict session_id, username, role, created_at, expires_at, device_id, device_is_new, location, evicted,
      token_lifetime
    from tomo.open_session(p_user, p_user_agent => p_user_agent, p_login_method => 'cli',
      p_remember_me => p_remember_me);
  perform tomo.write_audit(p_actor, 'create', p_reason, jsonb_build_object('session', session_id, 'user', p_user,
    'username', username, 'rememberMe', p_remember_me, 'evicted', to_jsonb(evicted)));
end $$;
