-- Places. Whether one is unusual is judged as of the login, however much later it is looked up, so a country counts as
-- seen before only if it was seen before the login.

-- first_seen_at is the earliest login, also when a later one was placed first. Where nothing changes
-- nothing is locked.
create or replace function tomo.note_country(p_user uuid, p_country text, p_at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if p_country is null or exists (
    select from tomo.user_places p
     where p.user_id = p_user and p.country = p_country
       and p.first_seen_at <= p_at and p.last_seen_at >= p_at - interval '1 day') then
    return;
  end if;
  insert into tomo.user_places as p (user_id, country, first_seen_at, last_seen_at)
  values (p_user, p_country, p_at, p_at)
  on conflict (user_id, country) do update
     set first_seen_at = least(p.first_seen_at, excluded.first_seen_at),
       last_seen_at = greatest(p.last_seen_at, excluded.last_seen_at);
end $$;

-- Where a user has been is kept here, whoever writes the session: lists by country rely on it.
create or replace function tomo.note_place() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform tomo.note_country(new.user_id, new.country, new.created_at);
  return null;
end $$;

-- Great-circle distance in kilometres between two points in degrees (haversine formula).
create or replace function tomo.distance_km(lat1 float8, lon1 float8, lat2 float8, lon2 float8) returns float8
language sql immutable parallel safe
return 12742 * asin(least(1, sqrt(
  power(sin(radians(lat2 - lat1) / 2), 2)
    + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lon2 - lon1) / 2), 2))));

-- A place as the caller gives it, with what cannot be stored left out:
-- {"country", "region", "city", "isp", "latitude", "longitude"}. null when nothing is left.
create or replace function tomo.clean_place(p_place jsonb) returns jsonb
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  on_earth boolean := case when jsonb_typeof(p_place -> 'latitude') = 'number'
    and jsonb_typeof(p_place -> 'longitude') = 'number'
    then abs((p_place ->> 'latitude')::numeric) <= 90 and abs((p_place ->> 'longitude')::numeric) <= 180 end;
begin
  return nullif(jsonb_strip_nulls(jsonb_build_object(
    'country', case when p_place ->> 'country' ~ '^[A-Za-z]{2}$' then upper(p_place ->> 'country') end,
    'region', nullif(left(p_place ->> 'region', 100), ''), 'city', nullif(left(p_place ->> 'city', 100), ''),
    'isp', nullif(left(p_place ->> 'isp', 200), ''),
    -- rounded to a metre: what is next to nothing would not fit a real
    'latitude', case when on_earth then round((p_place ->> 'latitude')::numeric, 5) end,
    'longitude', case when on_earth then round((p_place ->> 'longitude')::numeric, 5) end)), '{}');
end $$;

-- What a user's history says of a place at that moment: outcome first, usual, new-country or impossible-travel; the
-- reasons where it is unusual; and where the user was last, among the latest logins of a month: the session, when, how
-- far away. Nobody travels faster than an airliner: over 1,000 km/h. Databases of addresses err by a region, so below
-- 300 km nothing is said. One query and neither SET nor SECURITY DEFINER, so that it becomes part of the statement
-- that asks for many.
create or replace function tomo.judge_place(
  p_user uuid, p_session uuid, p_at timestamptz, p_country text, p_latitude float8, p_longitude float8)
returns table (outcome text, reasons text[], previous uuid, seen_at timestamptz, km float8, hours float8)
language sql stable
begin atomic
  select coalesce(r.reasons[1], case when known.somewhere then 'usual' else 'first' end), r.reasons, last.id,
    last.seen_at,
         way.km, way.hours
    from tomo.settings t
   cross join lateral (
      select count(*) > 0 as somewhere, coalesce(bool_or(u.country = p_country), false) as here
        from tomo.user_places u where u.user_id = p_user and u.first_seen_at < p_at) known
    left join lateral (
      select x.id, x.latitude, x.longitude,
             -- A session that was active long afterwards did not time out before: its last activity until then is no
             -- further back than its timeout.
             case when x.last_activity_at <= p_at + interval '1 minute' then least(x.last_activity_at, p_at)
                  else greatest(x.created_at, p_at - make_interval(
                    mins => case when x.remember_me then t.remember_me_timeout
                      else t.session_timeout end)) end as seen_at
        from (
          select s.id, s.country, s.latitude, s.longitude, s.location_check, s.remember_me, s.created_at,
                 s.last_activity_at
            from tomo.sessions s
           where s.user_id = p_user and s.created_at < p_at and s.created_at > p_at - interval '30 days'
             and s.id <> p_session
           order by s.created_at desc limit 50) x
       where (x.country is not null or x.latitude is not null) and x.location_check is distinct from 'skipped'
       order by x.latitude is null, seen_at desc limit 1) last on true
   cross join lateral (
      select case when last.latitude is not null and p_latitude is not null
               then tomo.distance_km(last.latitude, last.longitude, p_latitude, p_longitude) end as km,
             (extract(epoch from p_at - last.seen_at) / 3600)::float8 as hours) way
   cross join lateral (
      select array_remove(array[
        case when way.km >= 300 and way.km / greatest(way.hours, 1.0 / 60) > 1000 then 'impossible-travel' end,
        case when known.somewhere and not known.here and p_country is not null then 'new-country' end],
        null) as reasons) r;
end;

-- Whether this is a place where the user is to be expected, with the evidence: both places and addresses, the
-- distance, the hours between and the speed, for new-country and impossible-travel. p_place as clean_place returns it,
-- {} where nothing was found, null where nobody has looked. Outcomes: see location_check. Call it before the login's
-- country is noted.
create or replace function tomo.check_location(p_user uuid, p_session uuid, p_ip inet, p_place jsonb, p_at timestamptz,
  p_trusted cidr[], out outcome text, out evidence jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  k record;
  p tomo.sessions;
begin
  if tomo.is_trusted(p_ip, p_trusted) then
    outcome := 'skipped';
    return;
  elsif p_place is null and p_ip is not null then
    return;
  elsif p_place ->> 'country' is null and p_place ->> 'latitude' is null then
    outcome := 'unknown';
    return;
  end if;
  select * into k from tomo.judge_place(p_user, p_session, p_at, p_place ->> 'country',
    (p_place ->> 'latitude')::float8, (p_place ->> 'longitude')::float8);
  outcome := k.outcome;
  if cardinality(k.reasons) = 0 then
    return;
  end if;
  select * into p from tomo.sessions s where s.id = k.previous and s.user_id = p_user;
  evidence := jsonb_strip_nulls(jsonb_build_object('reasons', to_jsonb(k.reasons),
    'to', p_place || jsonb_build_object('ip', host(p_ip), 'at', p_at, 'session', p_session),
    'from', case when p.id is not null then jsonb_build_object('country', p.country, 'region', p.region, 'city', p.city,
      'isp', p.isp, 'latitude', p.latitude, 'longitude', p.longitude, 'ip', host(p.ip), 'at', k.seen_at,
      'session', p.id) end,
    'distanceKm', round(k.km::numeric), 'hours', round(k.hours::numeric, 2),
    'kmh', case when k.km is not null then round((k.km / greatest(k.hours, 1.0 / 60))::numeric) end));
end $$;

-- The next sessions whose address nobody has looked up, oldest login first, behind that one; p_again: also those that
-- could not be placed. Locked until the transaction ends, all before any place is noted: a login, too, locks sessions
-- first and its place then. Those that somebody else holds are left out.
create or replace function tomo.lock_unlocated(p_again boolean, p_after timestamptz, p_after_id uuid, p_batch integer)
returns table (id uuid, ip text, created_at timestamptz)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if p_again then
    return query
      select s.id, host(tomo.plain_address(s.ip)), s.created_at from tomo.sessions s
       where coalesce(s.location_check, 'unknown') = 'unknown' and (s.created_at, s.id) > (p_after, p_after_id)
       order by s.created_at, s.id limit p_batch for no key update skip locked;
  else
    return query
      select s.id, host(tomo.plain_address(s.ip)), s.created_at from tomo.sessions s
       where s.location_check is null and (s.created_at, s.id) > (p_after, p_after_id)
       order by s.created_at, s.id limit p_batch for no key update skip locked;
  end if;
end $$;

-- Stores where these sessions are and judges the first login of each user, before it is written. Those behind it have
-- it in their history: nearly all of them are usual, so they are written as that and judged afterwards.
create or replace function tomo.store_places(p_places jsonb, p_trusted inet[])
returns table (session_id uuid, is_first boolean, outcome text)
language sql set search_path = pg_catalog, pg_temp as $$
  with given as materialized (
    select s.id, s.user_id, s.created_at,
           row_number() over (partition by s.user_id order by s.created_at, s.id) = 1 as is_first,
           case when n.is_new then substring(p.country from '^[A-Z]{2}$') else s.country end as country,
           case when n.is_new then p.region else s.region end as region,
           case when n.is_new then p.city else s.city end as city,
           case when n.is_new then p.latitude else s.latitude end as latitude,
           case when n.is_new then p.longitude else s.longitude end as longitude,
           coalesce(s.isp, p.isp) as isp,
           tomo.is_trusted(n.ip, p_trusted) as is_trusted
      from jsonb_to_recordset(p_places)
             p(id uuid, country text, region text, city text, isp text, latitude real, longitude real)
      join tomo.sessions s on s.id = p.id
     cross join lateral (
       select tomo.plain_address(s.ip) as ip, s.country is null and s.latitude is null as is_new offset 0) n
     where coalesce(s.location_check, 'unknown') = 'unknown'
  ), judged as (
    select g.*, case when g.is_trusted then 'skipped' when g.country is null and g.latitude is null then 'unknown'
                     when not g.is_first then 'usual' else k.outcome end as outcome
      from given g
     cross join lateral tomo.judge_place(
       case when g.is_first then g.user_id end, g.id, g.created_at, g.country, g.latitude, g.longitude) k
  )
  update tomo.sessions s
     set country = j.country, region = j.region, city = j.city, latitude = j.latitude, longitude = j.longitude,
       isp = j.isp,
         location_check = j.outcome
    from judged j where s.id = j.id and s.location_check is distinct from j.outcome
  returning s.id, j.is_first, j.outcome
$$;

-- Judges logins that are written as usual, now that those before them are in the history. Returns those that are not.
create or replace function tomo.judge_later_logins(p_sessions uuid[]) returns table (session_id uuid, outcome text)
language sql set search_path = pg_catalog, pg_temp as $$
  with judged as (
    select later.id, k.outcome from tomo.sessions later
     cross join lateral tomo.judge_place(
       later.user_id, later.id, later.created_at, later.country, later.latitude, later.longitude) k
     where later.id = any(p_sessions) and k.outcome <> 'usual')
  update tomo.sessions s set location_check = j.outcome from judged j where s.id = j.id returning s.id, j.outcome
$$;

-- Alerts about those of these logins that are of the last 24 hours: last month's is no news. Returns how many alerts
-- there are more.
create or replace function tomo.raise_place_alerts(p_sessions uuid[], p_trusted cidr[]) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  n integer := 0;
  login tomo.sessions;
  place jsonb;
  unusual jsonb;
begin
  for login in
    select s.* from tomo.sessions s
     where s.id = any(p_sessions) and s.created_at > clock_timestamp() - interval '24 hours'
     order by s.created_at, s.id
  loop
    place := tomo.clean_place(to_jsonb(login));
    select k.evidence into unusual from tomo.check_location(
      login.user_id, login.id, tomo.plain_address(login.ip), place, login.created_at, p_trusted) k;
    if unusual is not null then
      n := n + tomo.raise_alert('unusual_location', login.user_id, login.id,
        tomo.login_facts(login.user_id, login.id, place) || unusual)::integer;
    end if;
  end loop;
  return n;
end $$;

-- Places that were looked up, [{"id", "country", "region", "city", "isp", "latitude", "longitude"}] as clean_place has
-- them: stores them, judges them and raises the alerts. A place that a session has already stands.
create or replace function tomo.locate_sessions(p_places jsonb,
  out changed integer, out placed integer, out skipped integer, out new_country integer, out impossible_travel integer,
  out alerts integer)
-- the plan for few rows is right for many as well: by the index, one after the other
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  t tomo.settings;
  later uuid[];
  unusual uuid[];
begin
  select * into strict t from tomo.settings;
  select count(*), count(*) filter (where outcome not in ('skipped', 'unknown')),
    count(*) filter (where outcome = 'skipped'),
         count(*) filter (where outcome = 'new-country'), count(*) filter (where outcome = 'impossible-travel'),
         array_agg(session_id) filter (where outcome = 'usual' and not is_first),
         array_agg(session_id) filter (where outcome in ('new-country', 'impossible-travel'))
    into changed, placed, skipped, new_country, impossible_travel, later, unusual
    from tomo.store_places(p_places, t.trusted_networks::inet[]);
  -- distributed: declare seen record; begin for seen in select s.user_id, s.country, s.created_at
  -- distributed:   from tomo.sessions s where s.id = any(array(
  -- distributed:     select (p ->> 'id')::uuid from jsonb_array_elements(p_places) p))
  -- distributed: loop perform tomo.note_country(seen.user_id, seen.country, seen.created_at); end loop; end;
  select new_country + count(*) filter (where outcome = 'new-country'),
         impossible_travel + count(*) filter (where outcome = 'impossible-travel'),
         unusual || array_agg(session_id) filter (where outcome <> 'first')
    into new_country, impossible_travel, unusual
    from tomo.judge_later_logins(later);
  alerts := case when t.location_alerts then tomo.raise_place_alerts(unusual, t.trusted_networks) else 0 end;
end $$;

-- The end of a run that has changed something.
create or replace function tomo.record_places(p_actor jsonb, p_detail jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform tomo.write_audit(p_actor, 'geo-enrich', null, tomo.checked_report(p_detail));
end $$;
