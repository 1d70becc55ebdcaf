-- What a server calls, from any language: open_session at a login, touch_session at a request, record_activity when it
-- keeps a history, close_session at a logout. Each is one round trip. SECURITY DEFINER: a server's role needs EXECUTE
-- on these and no right on the tables. The parts of open_session run with its rights and its settings.

-- The session limit of a user who may have reached it: evicts down to limit - 1, the earliest login first, or refuses
-- (TM003), as the settings say. Returns what was evicted. p_replaces is no part of the count: it ends anyway. The
-- least epochs are those of sessions that may be live.
create or replace function tomo.make_room(p_user uuid, p_replaces uuid, moment timestamptz, p_limit integer,
  p_action text, p_least_epoch bigint, p_least_user_epoch bigint) returns uuid[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  live uuid[];
  dead uuid[];
  expired uuid[];
  evicted uuid[] := '{}';
  gone record;
begin
  loop
    -- one walk over the sessions of the user that no revocation by epoch has ended, newest login first
    select coalesce(array_agg(o.id order by o.created_at desc, o.id desc) filter (where o.live), '{}'),
           coalesce((array_agg(o.id) filter (where not o.live))[:100], '{}')
      into live, dead
      from tomo.liveness(moment) o
     where o.user_id = p_user and o.open and o.user_epoch >= p_least_user_epoch and o.epoch >= p_least_epoch
       and o.id is distinct from p_replaces;
    expired := '{}';
    if dead <> '{}' then
      expired := array(select o.id from tomo.verdicts(moment) o
                        where o.id = any(dead) and o.user_id = p_user and o.end_reason = 'expired');
    end if;
    if cardinality(live) >= p_limit and p_action = 'deny' then
      raise exception 'the user % has reached the limit of % sessions',
        (select u.username from tomo.users u where u.id = p_user), p_limit
        using errcode = 'TM003', detail = p_limit::text;
    end if;
    exit when expired = '{}' and cardinality(live[p_limit:]) + (p_replaces is not null)::integer <= 1;
    -- what ends here is locked together, in the order of the ids as revocations lock, or one would wait for the other
    perform from tomo.sessions o
      where o.user_id = p_user and o.id = any(expired || p_replaces || live[p_limit:])
      order by o.id for no key update;
    -- again if a request came just in time and held its row: that session counts
    exit when not exists (select from tomo.liveness(moment) o where o.id = any(expired) and o.user_id = p_user
      and o.live);
  end loop;
  if cardinality(live) >= p_limit then
    with ends as (
      update tomo.sessions o set ended_at = moment, end_reason = 'evicted', ended_by = 'session limit'
       where o.id = any(live[p_limit:]) and o.user_id = p_user and o.ended_at is null returning o.id, o.created_at)
    select coalesce(array_agg(id order by created_at, id), '{}') into evicted from ends;
  end if;
  if expired <> '{}' then
    -- those that no cleanup has written yet would be walked over by every login
    for gone in select v.id, v.ended_at from tomo.verdicts(moment) v
                 where v.id = any(expired) and v.user_id = p_user and v.open and v.end_reason = 'expired' loop
      update tomo.sessions o set ended_at = gone.ended_at, end_reason = 'expired'
       where o.id = gone.id and o.user_id = p_user and o.ended_at is null;
    end loop;
  end if;
  return evicted;
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
  agent text := tomo.kept_user_agent(p_user_agent);
  k record;
  at timestamptz;
  active boolean;
  unusual jsonb;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'open_session needs a READ COMMITTED transaction, this one is %',
      upper(current_setting('transaction_isolation'))
      using errcode = 'TM004', hint = 'In another one it would count the sessions as they were before it had its lock.';
  end if;
  select u.username, u.role, u.is_active into username, role, active
    from tomo.users u where u.id = p_user for no key update;
  if active is null then
    raise exception 'there is no user %', p_user using errcode = 'TM001';
  elsif not active then
    raise exception 'the user % is inactive', username using errcode = 'TM002';
  end if;

  p_ip := tomo.plain_address(p_ip);
  p_screen := nullif(left(p_screen, 32), '');
  p_time_zone := nullif(left(p_time_zone, 64), '');
  -- an empty one: looked up, and nothing found
  p_place := case when jsonb_typeof(p_place) = 'object' then coalesce(tomo.clean_place(p_place), '{}') end;
  loop
    -- all that a login goes by: the settings, the user's own, how many sessions may be live, the user
    -- agent, the device
    select t.epoch, coalesce(c.epoch, 0) as user_epoch, t.min_epoch, coalesce(c.min_epoch, 0) as min_user_epoch,
           l.most, t.session_limit_action,
           case when l.most > 0 then (
             select count(*) from tomo.sessions s
              where s.user_id = p_user and s.ended_at is null and s.user_epoch >= coalesce(c.min_epoch, 0)
                and s.epoch >= t.min_epoch) end as open,
           case when p_remember_me then t.remember_me_timeout else t.session_timeout end as timeout,
           t.session_max_lifetime as lifetime, t.jwt_expiry, t.trusted_networks,
           p_place is not null or p_ip is null or tomo.is_trusted(p_ip, t.trusted_networks) as is_judged,
           t.location_alerts or t.new_device_alerts or t.login_notifications as tells,
           a.id as agent_id, d.id as device_id, d.last_seen_at, d.user_agent_id,
           case when d.id is null then f.fingerprint end as fingerprint
      into strict k
      from tomo.settings t
      left join tomo.user_controls c on c.user_id = p_user
      left join tomo.user_agents a on a.digest = sha256(convert_to(agent, 'UTF8'))
     cross join lateral (select tomo.session_limit(c.max_sessions, t.max_sessions_per_user) as most) l
     cross join lateral (select tomo.device_fingerprint(
         a.browser, a.os, a.form_factor, a.raw, p_screen, p_time_zone, coalesce(nullif(p_fingerprint, ''),
         -- what says nothing of itself looks like nobody else's, and is one device
         case when num_nonnulls(a.id, p_screen, p_time_zone) = 0 then p_user::text end)) as fingerprint) f
      left join tomo.devices d on d.user_id = p_user and d.fingerprint = f.fingerprint;
    exit when agent is null or k.agent_id is not null;
    perform tomo.note_user_agent(agent);
  end loop;
  at := clock_timestamp();

  if p_replaces is not null and p_replaces_user is null then
    select x.user_id into p_replaces_user from tomo.sessions x where x.id = p_replaces;
  end if;
  evicted := '{}';
  if k.open >= k.most then
    evicted := tomo.make_room(p_user, case when p_replaces_user = p_user then p_replaces end, at, k.most,
      k.session_limit_action, k.min_epoch, k.min_user_epoch);
  end if;
  if p_replaces is not null then
    perform tomo.log_out(p_replaces, 'new login', p_replaces_user);
  end if;

  device_id := k.device_id;
  device_is_new := device_id is null;
  if device_is_new then
    device_id := gen_random_uuid();
    insert into tomo.devices (id, user_id, fingerprint, user_agent_id, screen, time_zone, first_seen_at, last_seen_at)
    values (device_id, p_user, k.fingerprint, k.agent_id, p_screen, p_time_zone, at, at);
  elsif k.last_seen_at < at - interval '1 minute' or k.user_agent_id is distinct from k.agent_id then
    update tomo.devices d set last_seen_at = at, user_agent_id = k.agent_id
     where d.user_id = p_user and d.id = k.device_id;
  end if;

  session_id := gen_random_uuid();
  if k.is_judged then
    select j.outcome, j.evidence into location, unusual
      from tomo.check_location(p_user, session_id, p_ip, p_place, at, k.trusted_networks) j;
  end if;
  insert into tomo.sessions (id, user_id, device_id, user_agent_id, ip, login_method, remember_me, epoch, user_epoch,
    created_at, last_activity_at, location_check, country, region, city, isp, latitude, longitude)
  values (session_id, p_user, device_id, k.agent_id, p_ip, coalesce(nullif(left(p_login_method, 50), ''), 'password'),
    coalesce(p_remember_me, false), k.epoch, k.user_epoch, at, at, location,
    p_place ->> 'country', p_place ->> 'region', p_place ->> 'city', p_place ->> 'isp',
    (p_place ->> 'latitude')::real, (p_place ->> 'longitude')::real);
  -- distributed: perform tomo.note_country(p_user, p_place ->> 'country', at);
  if k.tells then
    perform tomo.raise_login_alerts(p_user, session_id, device_id, device_is_new, p_place, unusual);
  end if;

  created_at := at;
  expires_at := tomo.runs_out(at, at, k.timeout, k.lifetime);
  token_lifetime := greatest(k.jwt_expiry, k.timeout) * 60;
end $$;

-- A session that an operator opens for a user, as a script or support needs one. It is a login like any other, with
-- its limit, device and alerts, and it is audited. Refuses as open_session does.
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
