-- Who is in: the one definition, read by lists, limits, cleanup, undo and forecasts (touch_session asks the same of
-- one session, by what is cheapest for one). SQL language, STABLE, no SET and no SECURITY DEFINER, so that the planner
-- takes it apart: a query that asks for less pays for less. It does so only when the moment is now(),
-- statement_timestamp() or a variable: with clock_timestamp() all sessions would be read each time.

-- When a session runs out that does nothing more, under timeouts in minutes (a lifetime of 0: none).
create or replace function tomo.runs_out(
  last_activity_at timestamptz, created_at timestamptz, timeout integer, lifetime integer) returns timestamptz
language sql stable parallel safe
-- each argument once: the planner takes no function apart that would repeat a subquery
return least(last_activity_at + make_interval(mins => timeout),
  created_at + make_interval(mins => nullif(lifetime, 0)));

-- Until then a revocation of that moment can be undone; null: never.
create or replace function tomo.restorable_until(at timestamptz, compromised boolean) returns timestamptz
language sql stable parallel safe
return case when not compromised then at + interval '24 hours' end;

-- The timeouts of every period: those that were changed since, and today's.
create or replace function tomo.timeouts()
returns table (since timestamptz, until timestamptz, session_timeout integer, remember_me_timeout integer,
  session_max_lifetime integer)
language sql stable parallel safe
begin atomic
  select p.since, p.until, p.session_timeout, p.remember_me_timeout, p.session_max_lifetime from tomo.past_timeouts p
  union all
  select coalesce((select max(p.until) from tomo.past_timeouts p), '-infinity') as since, timestamptz 'infinity' as until,
         t.session_timeout, t.remember_me_timeout, t.session_max_lifetime
    from tomo.settings t;
end;

-- One row. A session has run out by that moment if its last activity is not after idle_cut (with Remember Me:
-- remember_cut) or its login not after lifetime_cut: under the timeouts of then, or under earlier ones while they
-- held, so that a raised timeout brings nothing back. The same rule as in tomo.verdicts, turned round into what an
-- index can be searched by.
create or replace function tomo.cuts(moment timestamptz)
returns table (min_epoch bigint, session_timeout integer, remember_me_timeout integer, session_max_lifetime integer,
  idle_cut timestamptz, remember_cut timestamptz, lifetime_cut timestamptz)
language sql stable parallel safe
begin atomic
  select t.min_epoch, h.session_timeout, h.remember_me_timeout, h.session_max_lifetime,
         greatest(moment - make_interval(mins => h.session_timeout), p.idle),
         greatest(moment - make_interval(mins => h.remember_me_timeout), p.remember),
         greatest('-infinity', p.lifetime,
           case when h.session_max_lifetime > 0 then moment - make_interval(mins => h.session_max_lifetime) end)
    from tomo.settings t
    -- all in one look
   cross join lateral (
     select max(x.until - make_interval(mins => x.session_timeout)) filter (where x.until <= moment) as idle,
            max(x.until - make_interval(mins => x.remember_me_timeout)) filter (where x.until <= moment) as remember,
            max(x.until - make_interval(mins => x.session_max_lifetime))
              filter (where x.until <= moment and x.session_max_lifetime > 0) as lifetime,
            -- of a moment that is past: the timeouts of then, those of the earliest period that was not over
            min(array[extract(epoch from x.until), x.session_timeout, x.remember_me_timeout, x.session_max_lifetime])
              filter (where x.until > moment) as held
       from tomo.past_timeouts x) p
   cross join lateral (
     select coalesce(p.held[2]::integer, t.session_timeout) as session_timeout,
            coalesce(p.held[3]::integer, t.remember_me_timeout) as remember_me_timeout,
            coalesce(p.held[4]::integer, t.session_max_lifetime) as session_max_lifetime) h
  -- worked out once, not for each session that it is compared with
  offset 0;
end;

-- The revocations that stand and keep a session of these epochs out: those of everybody, of its user, and of chosen
-- sessions, and all of them.
create or replace function tomo.holders_of_all(p_epoch bigint) returns setof bigint
language sql stable parallel safe
begin atomic
  select r.id from tomo.revocations r where r.scope = 'all' and r.restored_at is null and r.epoch > p_epoch;
end;

create or replace function tomo.holders_of_user(p_user uuid, p_user_epoch bigint) returns setof bigint
language sql stable parallel safe
begin atomic
  select r.id from tomo.revocations r
   where r.scope = 'user' and r.restored_at is null and r.user_id = p_user and r.epoch > p_user_epoch;
end;

create or replace function tomo.holders_of_chosen(p_user uuid, p_session uuid) returns setof bigint
language sql stable parallel safe
begin atomic
  select r.id from tomo.revocation_targets g join tomo.revocations r on r.id = g.revocation_id
   where g.user_id = p_user and g.session_id = p_session and r.restored_at is null;
end;

create or replace function tomo.holders(p_user uuid, p_session uuid, p_epoch bigint, p_user_epoch bigint)
returns setof bigint
language sql stable parallel safe
begin atomic
  select h from tomo.holders_of_all(p_epoch) h
  union all
  select h from tomo.holders_of_user(p_user, p_user_epoch) h
  union all
  select h from tomo.holders_of_chosen(p_user, p_session) h;
end;

-- The epochs that open sessions have.
create or replace function tomo.open_epochs() returns setof bigint
language sql stable parallel safe
begin atomic
  with recursive epochs(epoch) as (
    -- from one to the next by the index of activity
    (select s.epoch from tomo.sessions s where s.ended_at is null order by s.epoch limit 1)
    union all
    select (select s.epoch from tomo.sessions s where s.ended_at is null and s.epoch > e.epoch order by s.epoch limit 1)
      from epochs e where e.epoch is not null)
  select epoch from epochs where epoch is not null;
end;

-- Those of them that may be live: one, unless a revoke-all was undone.
create or replace function tomo.live_epochs() returns setof bigint
language sql stable parallel safe
begin atomic
  select e from tomo.open_epochs() e where e >= (select t.min_epoch from tomo.settings t);
end;

-- Open sessions that their user, or a revocation of the user, keeps out; some of them twice.
create or replace function tomo.kept_out_with_user() returns setof uuid
language sql stable parallel safe
begin atomic
  select s.id from tomo.user_controls c
    join tomo.sessions s on s.user_id = c.user_id and s.user_epoch < c.min_epoch and s.ended_at is null
  union all
  select s.id from tomo.users u join tomo.sessions s on s.user_id = u.id and s.ended_at is null where not u.is_active;
end;

-- Those and the ones that a revocation of chosen ones keeps out; some of them twice.
create or replace function tomo.kept_out() returns setof uuid
language sql stable parallel safe
begin atomic
  select o from tomo.kept_out_with_user() o
  union all
  select s.id from tomo.revocations r
    join tomo.revocation_targets g on g.revocation_id = r.id
    join tomo.sessions s on s.id = g.session_id and s.user_id = g.user_id and s.ended_at is null
   where r.restored_at is null;
end;

-- Open sessions that have run out, by the indexes that know it; some of them twice. Those whose lifetime is over no
-- index of open ones has: where there is a lifetime, all are looked at.
create or replace function tomo.run_out(moment timestamptz) returns setof uuid
language sql stable parallel safe
begin atomic
  -- each a range of the index: of one with two ends the planner expects few rows, of a join a third of all
  select s.id from tomo.sessions s
   where s.ended_at is null and s.epoch = any (array(select e from tomo.open_epochs() e)) and not s.remember_me
     and s.activity_bucket >= '-infinity' and s.activity_bucket <= (select k.idle_cut from tomo.cuts(moment) k)
     and s.last_activity_at <= (select k.idle_cut from tomo.cuts(moment) k)
  union all
  select s.id from tomo.sessions s
   where s.ended_at is null and s.epoch = any (array(select e from tomo.open_epochs() e)) and s.remember_me
     and s.activity_bucket >= '-infinity' and s.activity_bucket <= (select k.remember_cut from tomo.cuts(moment) k)
     and s.last_activity_at <= (select k.remember_cut from tomo.cuts(moment) k)
  union all
  select s.id from tomo.sessions s
   where (select k.lifetime_cut from tomo.cuts(moment) k) > '-infinity' and s.ended_at is null
     and coalesce(s.created_at <= (select k.lifetime_cut from tomo.cuts(moment) k), false);
end;

-- Open sessions that a revocation or their user keeps out; some of them twice.
create or replace function tomo.shut_out(moment timestamptz) returns setof uuid
language sql stable parallel safe
begin atomic
  select s.id from tomo.sessions s
   where s.ended_at is null and s.epoch < (select k.min_epoch from tomo.cuts(moment) k)
  union all
  select o from tomo.kept_out() o;
end;

-- Open sessions that are not live; some of them twice.
create or replace function tomo.lapsed(moment timestamptz) returns setof uuid
language sql stable parallel safe
begin atomic
  select o from tomo.shut_out(moment) o
  union all
  select o from tomo.run_out(moment) o;
end;

-- Every session, and whether a server accepts it at that moment (live). open: nothing has written its end yet, which
-- says nothing of whether it is live. timeout and lifetime are those that hold for it, in minutes.
create or replace function tomo.liveness(moment timestamptz)
returns table (
  id uuid, user_id uuid, device_id uuid, user_agent_id integer, ip inet, login_method text, remember_me boolean,
  epoch bigint, user_epoch bigint, created_at timestamptz, last_activity_at timestamptz, activity_bucket timestamptz,
  ended_at timestamptz, end_reason text, ended_by text, revocation_id bigint,
  country text, region text, city text, isp text, latitude real, longitude real, location_check text,
  username text, role text, user_active boolean,
  timeout integer, lifetime integer, open boolean, live boolean)
language sql stable parallel safe
begin atomic
  select s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me,
         s.epoch, s.user_epoch, s.created_at, s.last_activity_at, s.activity_bucket,
         s.ended_at, s.end_reason, s.ended_by, s.revocation_id, s.country, s.region, s.city, s.isp,
         s.latitude, s.longitude, s.location_check, u.username, u.role, u.is_active,
         case when s.remember_me then k.remember_me_timeout else k.session_timeout end, k.session_max_lifetime,
         s.ended_at is null,
         s.ended_at is null and s.epoch >= k.min_epoch and s.user_epoch >= coalesce(c.min_epoch, 0)
           and s.last_activity_at > case when s.remember_me then k.remember_cut else k.idle_cut end
           -- in a way that no index answers to: nearly all of them are later
           and coalesce(s.created_at > k.lifetime_cut, false)
           and not exists (select from tomo.users i where i.id = s.user_id and not i.is_active)
           and not exists (select from tomo.holders_of_chosen(s.user_id, s.id))
    from tomo.sessions s
    -- each has its user; who asks nothing of them is spared the join
    left join tomo.users u on u.id = s.user_id
    left join tomo.user_controls c on c.user_id = s.user_id
   cross join tomo.cuts(moment) k;
end;

-- What has ended an open session that is not live: when it ran out under the first period whose timeouts it outlived
-- (of one that is revoked: when it would have), and the first revocation that stands. Either or both; nothing unless
-- p_dead.
create or replace function tomo.fate(p_user uuid, p_session uuid, p_epoch bigint, p_user_epoch bigint,
  p_remember boolean, p_created timestamptz, p_active timestamptz, p_dead boolean)
returns table (runs_out timestamptz, holder bigint)
language sql stable parallel safe
begin atomic
  select case when p_dead then (select min(greatest(p.since, tomo.runs_out(p_active, p_created,
             case when p_remember then p.remember_me_timeout else p.session_timeout end, p.session_max_lifetime)))
            from tomo.timeouts() p
           where tomo.runs_out(p_active, p_created,
             case when p_remember then p.remember_me_timeout else p.session_timeout end, p.session_max_lifetime)
               <= p.until) end as runs_out,
         case when p_dead then least((select min(h) from tomo.holders_of_all(p_epoch) h),
               (select min(h) from tomo.holders_of_user(p_user, p_user_epoch) h),
               (select min(h) from tomo.holders_of_chosen(p_user, p_session) h)) end as holder;
end;

-- The same with how each came to its end, whether that is written already or follows from what stands:
--   state         active, or what has ended it: expired, logged-out, evicted, revoked
--   expires_at    when it runs out if nothing else happens to it; of one that is revoked: when it would have
--   ended_at, end_reason, ended_by, revocation_id
--                 when, by what (logout, evicted, revoked, expired), by whom, by which revocation; null: live, or
--                 its user is inactive and nothing else has ended it
--   final         nothing can bring it back: a session that is revoked comes back while its revocation can be undone
--   written_end   ended_at where it is written, so that an index finds it
-- A session is dead by whatever came first: the first revocation that stands, or the first period whose timeouts it
-- outlived.
create or replace function tomo.verdicts(moment timestamptz)
returns table (
  id uuid, user_id uuid, device_id uuid, user_agent_id integer, ip inet, login_method text, remember_me boolean,
  epoch bigint, user_epoch bigint, created_at timestamptz, last_activity_at timestamptz, activity_bucket timestamptz,
  ended_at timestamptz, end_reason text, ended_by text, revocation_id bigint,
  country text, region text, city text, isp text, latitude real, longitude real, location_check text,
  username text, role text, user_active boolean,
  open boolean, live boolean, state text, expires_at timestamptz, final boolean, written_end timestamptz)
language sql stable parallel safe
begin atomic
  select s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me,
         s.epoch, s.user_epoch, s.created_at, s.last_activity_at, s.activity_bucket,
         case when not s.open then s.ended_at
              when s.outcome = 'revoked' then greatest(s.created_at, s.revoked_at)
              when s.outcome = 'expired' then s.runs_out end,
         s.outcome,
         case when not s.open then s.ended_by when s.outcome = 'revoked' then tomo.actor_name(s.actor) end,
         case when not s.open then s.revocation_id when s.outcome = 'revoked' then s.holder end,
         s.country, s.region, s.city, s.isp, s.latitude, s.longitude, s.location_check,
         s.username, s.role, s.user_active, s.open, s.live,
         case when s.live then 'active' else case s.outcome
           when 'expired' then 'expired' when 'logout' then 'logged-out' when 'evicted' then 'evicted'
           else 'revoked' end end,
         case when s.live then tomo.runs_out(s.last_activity_at, s.created_at, s.timeout, s.lifetime)
              else s.runs_out end,
         case when s.open then coalesce(s.outcome = 'expired' or s.outcome = 'revoked'
           and coalesce(tomo.restorable_until(s.revoked_at, s.compromised) <= moment, true), false) else true end,
         s.ended_at
    from (
      select l.*, fate.runs_out as runs_out, fate.holder as holder, r.at as revoked_at, r.actor, r.compromised,
             case when not l.open then l.end_reason when r.at < fate.runs_out then 'revoked'
                  when fate.runs_out <= moment then 'expired' end as outcome
        from tomo.liveness(moment) l
        left join lateral tomo.fate(l.user_id, l.id, l.epoch, l.user_epoch, l.remember_me, l.created_at,
          l.last_activity_at, l.open and not l.live) fate on true
        left join tomo.revocations r on r.id = fate.holder) s;
end;

-- How many live sessions a user may have, by their own limit (null: none) and the setting; 0: any number.
create or replace function tomo.session_limit(own integer, setting integer) returns integer
language sql immutable parallel safe
return coalesce(own, setting);

create or replace view tomo.live_sessions as
select s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me, s.epoch, s.user_epoch,
       s.created_at, s.last_activity_at, s.country, s.region, s.city, s.isp, s.latitude, s.longitude, s.location_check
  from tomo.liveness(now()) s
 where s.live;
