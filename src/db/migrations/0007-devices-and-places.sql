-- What a login tells about itself: the device, recognised again whatever its version, and the place.

-- Ended sessions are many and stay in sessions_user; a login has to look only at the open ones of its user.
create index sessions_user_open on tomo.sessions (user_id, created_at) where ended_at is null;

-- null: nobody has looked the address up yet. skipped: a private or trusted network. unknown: cannot be evaluated.
alter table tomo.sessions add column location_check text
  check (location_check in ('skipped', 'unknown', 'first', 'usual', 'new-country', 'impossible-travel'));
create index sessions_unlocated on tomo.sessions (created_at) where location_check is null;

-- Families only, no versions, so that an update of the browser is no new device. A Cubot is a telephone.
-- The body is read now: as a text it would be read by the caller's standard_conforming_strings, backslashes and all.
create function tomo.parse_user_agent(p_raw text, out browser text, out os text, out form_factor text)
language sql immutable parallel safe
begin atomic
  select left(case
      -- a program that names itself first, as curl/8.16.0 does
      when p_raw ~* '^(?!mozilla|opera)[a-z][\w.-]*( [\w-]+)?/\d' then substring(p_raw from '^([^/]+)/')
      when p_raw ~* '((?<!cu)bot|crawler|spider)\y' then substring(p_raw from '(?i)([\w-]*(?:(?<!cu)bot|crawler|spider))\y')
      when p_raw ~ 'Edg(e|A|iOS)?/' then 'Edge'
      when p_raw ~ 'OPR/|OPT/|Opera' then 'Opera'
      when p_raw ~ 'SamsungBrowser/' then 'Samsung Internet'
      when p_raw ~ 'YaBrowser/' then 'Yandex Browser'
      when p_raw ~ '\y[A-Z]\w+Browser/' then substring(p_raw from '\y([A-Z]\w+)Browser/') || ' Browser'
      when p_raw ~ 'Vivaldi/|Electron/|Epiphany/|Chromium/' then substring(p_raw from '(Vivaldi|Electron|Epiphany|Chromium)/')
      when p_raw ~ 'Firefox/|FxiOS/' then 'Firefox'
      when p_raw ~ 'Chrome/|CriOS/' then 'Chrome'
      when p_raw ~ 'MSIE |Trident/' then 'Internet Explorer'
      when p_raw ~ 'Safari/' then 'Safari' end, 50),
    case
      when p_raw ~ 'Windows Phone' then 'Windows Phone'
      when p_raw ~ 'Windows' then 'Windows'
      when p_raw ~ 'iPhone|iPad|iPod' then 'iOS'
      when p_raw ~ 'Tizen' then 'Tizen'
      when p_raw ~ 'Web0S' then 'webOS'
      when p_raw ~ 'Android' then 'Android'
      when p_raw ~ 'CrOS' then 'Chrome OS'
      when p_raw ~ 'Mac OS X|Macintosh|Darwin/' then 'macOS'
      when p_raw ~ 'FreeBSD|OpenBSD|NetBSD' then 'BSD'
      when p_raw ~ 'Linux|X11' then 'Linux' end,
    case
      when p_raw ~* '((?<!cu)bot|crawler|spider)\y|externalhit' then 'bot'
      when p_raw ~* 'smart-?tv|appletv|bravia|googletv|hbbtv|tizen.* tv|web0s|crkey|\yroku|\yaft[a-z]+ build' then 'tv'
      when p_raw ~* '^(?!mozilla|opera)[a-z][\w.-]*( [\w-]+)?/\d' and p_raw !~ 'iPhone|iPad|Android|Windows|Macintosh' then 'tool'
      when p_raw ~ 'iPad|Tablet' or p_raw ~ 'Android' and p_raw !~ 'Mobile' then 'tablet'
      when p_raw ~ 'Mobile|iPhone|iPod|Windows Phone' then 'mobile'
      when p_raw ~ 'Windows|Macintosh|Linux|X11|CrOS|BSD' then 'desktop' end;
end;

-- What a device is recognised by: families, screen, time zone, and what else the caller knows of it. The address is no
-- part of it. Of a program that nobody knows the whole name counts, without its numbers.
create function tomo.device_fingerprint(a tomo.user_agents, p_screen text, p_time_zone text, p_extra text) returns bytea
language sql immutable parallel safe
return sha256(convert_to(jsonb_build_array(
  coalesce(a.browser, a.os, regexp_replace(a.raw, '[0-9]+([._][0-9]+)*', '', 'g')), a.os, a.form_factor,
  p_screen, p_time_zone, p_extra)::text, 'UTF8'));

-- The row of a user agent, made where there is none; nulls for an empty one. Cut to a kilobyte (a character has at most
-- four bytes).
create function tomo.user_agent_row(p_raw text) returns tomo.user_agents
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept text := left(p_raw, case when octet_length(left(p_raw, 1024)) > 1024 then 256 else 1024 end);
  key bytea := sha256(convert_to(kept, 'UTF8'));
  a tomo.user_agents;
begin
  if coalesce(kept, '') = '' then return null; end if;
  -- not `on conflict` alone: that would burn a number for every login
  select * into a from tomo.user_agents where digest = key;
  if not found then
    insert into tomo.user_agents (digest, raw, browser, os, form_factor)
    select key, kept, p.browser, p.os, p.form_factor from tomo.parse_user_agent(kept) p
        on conflict (digest) do nothing returning * into a;
    if not found then
      select * into strict a from tomo.user_agents where digest = key;
    end if;
  end if;
  return a;
end $$;

-- An IPv4 address that came in over an IPv6 socket is the IPv4 address (RFC 4291, section 2.5.5.2); no netmask.
create function tomo.plain_address(p_ip inet) returns inet
language sql immutable parallel safe
return case when host(p_ip)::inet <<= inet '::ffff:0:0/96' then split_part(host(p_ip), ':', 4)::inet else host(p_ip)::inet end;

-- Addresses that say nothing about a place: RFC 1918, 6598, 3927, 4193, loopback, link-local.
create function tomo.is_private(p_ip inet) returns boolean
language sql immutable parallel safe
return p_ip <<= any(array['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16', '127.0.0.0/8',
  '0.0.0.0/8', '::1/128', 'fc00::/7', 'fe80::/10']::inet[]);

-- Great-circle distance in kilometres between two points in degrees (haversine formula).
create function tomo.distance_km(lat1 float8, lon1 float8, lat2 float8, lon2 float8) returns float8
language sql immutable parallel safe
return 12742 * asin(least(1, sqrt(
  power(sin(radians(lat2 - lat1) / 2), 2) + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lon2 - lon1) / 2), 2))));

-- A place as the caller gives it, with what cannot be stored left out:
-- {"country", "region", "city", "isp", "latitude", "longitude"}. null when nothing is left.
create function tomo.clean_place(p_place jsonb) returns jsonb
language sql immutable parallel safe
return (select nullif(jsonb_strip_nulls(jsonb_build_object(
  'country', case when p_place ->> 'country' ~ '^[A-Za-z]{2}$' then upper(p_place ->> 'country') end,
  'region', nullif(left(p_place ->> 'region', 100), ''), 'city', nullif(left(p_place ->> 'city', 100), ''),
  'isp', nullif(left(p_place ->> 'isp', 200), ''),
  -- rounded to a metre: what is next to nothing would not fit a real
  'latitude', case when on_earth then round((p_place ->> 'latitude')::numeric, 5) end,
  'longitude', case when on_earth then round((p_place ->> 'longitude')::numeric, 5) end)), '{}')
  from (select case when jsonb_typeof(p_place -> 'latitude') = 'number' and jsonb_typeof(p_place -> 'longitude') = 'number'
    then abs((p_place ->> 'latitude')::numeric) <= 90 and abs((p_place ->> 'longitude')::numeric) <= 180 end as on_earth) x);

-- Whether this is a place where the user is to be expected. Call it before the login's country is noted. p_place as
-- clean_place returns it. Outcomes: see location_check. evidence: both places and addresses, the distance, the hours
-- between and the speed, for new-country and impossible-travel.
-- Nobody travels faster than an airliner: over 1,000 km/h. Databases of addresses err by a region, so below 300 km
-- nothing is said.
create function tomo.check_location(p_user uuid, p_session uuid, p_ip inet, p_place jsonb, p_at timestamptz,
  p_trusted cidr[], out outcome text, out evidence jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  p record;
  km float8;
  hours float8;
  reasons text[] := '{}';
begin
  if tomo.is_private(p_ip) or p_ip <<= any(p_trusted::inet[]) then
    outcome := 'skipped';
    return;
  elsif p_place ->> 'country' is null and p_place ->> 'latitude' is null then
    outcome := 'unknown';
    return;
  end if;
  -- where the user was last, among the latest logins of a month
  select x.*, least(x.last_activity_at, p_at) as seen_at into p from (
    select * from tomo.sessions s
     where s.user_id = p_user and s.created_at <= p_at and s.created_at > p_at - interval '30 days' and s.id <> p_session
     order by s.created_at desc limit 50) x
   where (x.country is not null or x.latitude is not null) and x.location_check is distinct from 'skipped'
   order by x.latitude is null, least(x.last_activity_at, p_at) desc limit 1;
  hours := extract(epoch from p_at - p.seen_at) / 3600;
  if p_place ->> 'latitude' is not null and p.latitude is not null then
    km := tomo.distance_km(p.latitude, p.longitude, (p_place ->> 'latitude')::float8, (p_place ->> 'longitude')::float8);
    if km >= 300 and km / greatest(hours, 1.0 / 60) > 1000 then
      reasons := array['impossible-travel'];
    end if;
  end if;
  if not exists (select from tomo.user_places where user_id = p_user) then
    outcome := 'first';
  elsif p_place ->> 'country' is not null
    and not exists (select from tomo.user_places where user_id = p_user and country = p_place ->> 'country') then
    reasons := reasons || 'new-country'::text;
  end if;
  if cardinality(reasons) = 0 then
    outcome := coalesce(outcome, 'usual');
    return;
  end if;
  outcome := reasons[1];
  evidence := jsonb_strip_nulls(jsonb_build_object('reasons', to_jsonb(reasons),
    'to', p_place || jsonb_build_object('ip', host(p_ip), 'at', p_at, 'session', p_session),
    'from', case when p.id is not null then jsonb_build_object('country', p.country, 'region', p.region, 'city', p.city, 'isp', p.isp,
      'latitude', p.latitude, 'longitude', p.longitude, 'ip', host(p.ip), 'at', p.seen_at, 'session', p.id) end,
    'distanceKm', round(km::numeric), 'hours', round(hours::numeric, 2),
    'kmh', case when km is not null then round((km / greatest(hours, 1.0 / 60))::numeric) end));
end $$;

-- An alert into the outbox, in the transaction of what caused it. Cool-down: within an hour of an open alert of the
-- same kind, user and (login) device or (location) country, that one counts it instead. An alert that somebody is
-- acknowledging or delivering right now is passed over: a login does not wait for that.
create function tomo.raise_alert(p_kind text, p_user uuid, p_session uuid, p_evidence jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update tomo.alerts a
     set evidence = a.evidence || jsonb_build_object('repeated', coalesce((a.evidence ->> 'repeated')::integer, 0) + 1, 'lastSession', p_session)
   where a.id = (
     select x.id from tomo.alerts x
      where x.user_id = p_user and x.created_at > clock_timestamp() - interval '1 hour' and x.kind = p_kind and x.acknowledged_at is null
        and case p_kind
          when 'login' then x.evidence ->> 'deviceId' is not distinct from p_evidence ->> 'deviceId'
          when 'unusual_location' then x.evidence #>> '{to,country}' is not distinct from p_evidence #>> '{to,country}'
          else true end
      order by x.id desc limit 1 for no key update skip locked);
  if not found then
    insert into tomo.alerts (kind, user_id, session_id, evidence) values (p_kind, p_user, p_session, p_evidence);
  end if;
end $$;

select tomo.lock_down();
