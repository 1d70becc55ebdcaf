-- Who is live: the one definition, used by every read, the limit, the cleanup and the functions a server calls.
-- SQL language with a `return` body, STABLE, no SET and no SECURITY DEFINER, or the planner cannot inline it.

-- A session whose last activity is not after this is idle for too long. The floor is what a raised timeout must
-- not bring back: the moment of the change minus the old timeout.
create or replace function tomo.idle_cut(t tomo.settings, remember_me boolean, at timestamptz) returns timestamptz
language sql stable parallel safe
return case when remember_me
  then greatest(at - make_interval(mins => t.remember_me_timeout), t.remember_floor)
  else greatest(at - make_interval(mins => t.session_timeout), t.idle_floor) end;

-- A session that was opened not after this has outlived the absolute lifetime; -infinity where there is none.
create or replace function tomo.lifetime_cut(t tomo.settings, at timestamptz) returns timestamptz
language sql stable parallel safe
return greatest(t.lifetime_floor, case when t.session_max_lifetime > 0
  then at - make_interval(mins => t.session_max_lifetime) end);

create or replace function tomo.timed_out(s tomo.sessions, t tomo.settings, at timestamptz) returns boolean
language sql stable parallel safe
return s.last_activity_at <= tomo.idle_cut(t, s.remember_me, at) or s.created_at <= tomo.lifetime_cut(t, at);

-- What the session itself and the settings say. A list filters by this before it joins the users.
create or replace function tomo.within_limits(s tomo.sessions, t tomo.settings, at timestamptz) returns boolean
language sql stable parallel safe
return s.ended_at is null and s.epoch >= t.min_epoch and not tomo.timed_out(s, t, at);

-- True when the server would accept the session at that moment.
create or replace function tomo.live(s tomo.sessions, u tomo.users, c tomo.user_controls, t tomo.settings,
  at timestamptz)
returns boolean
language sql stable parallel safe
return tomo.within_limits(s, t, at) and u.is_active and s.user_epoch >= coalesce(c.min_epoch, 0);

-- When the session runs out if nothing else happens to it: idle timeout or absolute lifetime, whichever is first.
create or replace function tomo.expires_at(s tomo.sessions, t tomo.settings) returns timestamptz
language sql stable parallel safe
return least(
  s.last_activity_at + make_interval(mins => case when s.remember_me then t.remember_me_timeout
    else t.session_timeout end),
  case when t.session_max_lifetime > 0 then s.created_at + make_interval(mins => t.session_max_lifetime) end);

-- active, expired or revoked. A session that is dead by epoch and not marked yet is revoked.
create or replace function tomo.state(s tomo.sessions, u tomo.users, c tomo.user_controls, t tomo.settings,
  at timestamptz)
returns text
language sql stable parallel safe
return case
  when s.end_reason = 'expired' then 'expired'
  when s.end_reason is not null then 'revoked'
  when s.epoch < t.min_epoch or s.user_epoch < coalesce(c.min_epoch, 0) or not u.is_active then 'revoked'
  when tomo.live(s, u, c, t, at) then 'active'
  else 'expired' end;

-- How many live sessions a user may have; 0: any number.
create or replace function tomo.session_limit(c tomo.user_controls, t tomo.settings) returns integer
language sql stable parallel safe
return coalesce(c.max_sessions, t.max_sessions_per_user);

create or replace view tomo.live_sessions as
select s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me, s.epoch, s.user_epoch,
       s.created_at, s.last_activity_at, s.activity_bucket, s.ended_at, s.end_reason, s.ended_by, s.revocation_id,
       s.country, s.region, s.city, s.isp, s.latitude, s.longitude
  from tomo.sessions s
  join tomo.users u on u.id = s.user_id
  left join tomo.user_controls c on c.user_id = s.user_id
 cross join tomo.settings t
 where tomo.live(s, u, c, t, now());
