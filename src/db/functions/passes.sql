-- The definitions of live.sql once more, for whoever reads very many sessions: each in one pass over a plain table.

-- The same rule as in tomo.liveness for whoever reads all who are in: what it compares with is known before it begins,
-- so that several processes can share the work.
create or replace function tomo.live_pass(moment timestamptz)
returns table (
  id uuid, user_id uuid, device_id uuid, user_agent_id integer, ip inet, login_method text, remember_me boolean, epoch bigint,
  created_at timestamptz, last_activity_at timestamptz, activity_bucket timestamptz,
  country text, region text, city text, isp text, location_check text)
language sql stable parallel safe
begin atomic
  select s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me, s.epoch,
         s.created_at, s.last_activity_at, s.activity_bucket, s.country, s.region, s.city, s.isp, s.location_check
    from tomo.sessions s
   where s.ended_at is null and s.epoch >= (select k.min_epoch from tomo.cuts(moment) k)
     and s.last_activity_at > case when s.remember_me then (select k.remember_cut from tomo.cuts(moment) k)
                                   else (select k.idle_cut from tomo.cuts(moment) k) end
     -- in a way that no index answers to, and that costs nothing where there is no lifetime
     and ((select k.lifetime_cut from tomo.cuts(moment) k) = '-infinity'
       or s.created_at > (select k.lifetime_cut from tomo.cuts(moment) k))
     and not exists (select from tomo.kept_out_with_user() o where o = s.id)
     -- all of them, whether they are open or not: without looking up each
     and not exists (select from tomo.revocations r join tomo.revocation_targets g on g.revocation_id = r.id
                      where r.restored_at is null and g.user_id = s.user_id and g.session_id = s.id);
end;

-- What tomo.verdicts says of all open sessions that are not live; unless run_out_too, of those alone that a revocation
-- or their user keeps out, as of everyone who is revoked. They are read by the ranges of the index that have them, in
-- parts that have none in common; what keeps them out is known before.
create or replace function tomo.lapsed_pass(moment timestamptz, run_out_too boolean)
returns table (
  id uuid, user_id uuid, device_id uuid, user_agent_id integer, ip inet, login_method text, remember_me boolean,
  epoch bigint, user_epoch bigint, created_at timestamptz, last_activity_at timestamptz, activity_bucket timestamptz,
  country text, region text, city text, isp text, location_check text,
  ended_at timestamptz, end_reason text, ended_by text, revocation_id bigint, state text, final boolean)
language sql stable parallel safe
begin atomic
  -- the first revocation that keeps out: of everybody for each epoch, of a user or of chosen ones for each session
  -- (none: their user is inactive)
  with of_all as materialized (
    select e as epoch, (select min(h) from tomo.holders_of_all(e) h) as holder from tomo.open_epochs() e),
  apart as materialized (
    select x.id, min(x.holder) as holder from (
      select s.id, (select min(h) from tomo.holders_of_user(s.user_id, s.user_epoch) h) as holder
        from tomo.kept_out_with_user() o join tomo.sessions s on s.id = o
      union all
      select g.session_id as id, r.id as holder
        from tomo.revocations r join tomo.revocation_targets g on g.revocation_id = r.id
       where r.restored_at is null) x
     group by x.id),
  -- changed: since then no other timeouts have held
  today as materialized (
    select t.session_timeout, t.remember_me_timeout, t.session_max_lifetime,
           (select max(p.since) from tomo.timeouts() p) as changed
      from tomo.settings t),
  dead as (
    select s.* from tomo.sessions s
     where s.ended_at is null and s.epoch < (select k.min_epoch from tomo.cuts(moment) k)
    union all
    select s.* from tomo.sessions s
     where run_out_too and s.ended_at is null
       and s.epoch = any (array(select e from tomo.live_epochs() e)) and not s.remember_me
       and s.activity_bucket >= '-infinity' and s.activity_bucket <= (select k.idle_cut from tomo.cuts(moment) k)
       and s.last_activity_at <= (select k.idle_cut from tomo.cuts(moment) k)
    union all
    select s.* from tomo.sessions s
     where run_out_too and s.ended_at is null
       and s.epoch = any (array(select e from tomo.live_epochs() e)) and s.remember_me
       and s.activity_bucket >= '-infinity' and s.activity_bucket <= (select k.remember_cut from tomo.cuts(moment) k)
       and s.last_activity_at <= (select k.remember_cut from tomo.cuts(moment) k)
    union all
    select s.* from tomo.sessions s
     where run_out_too and (select k.lifetime_cut from tomo.cuts(moment) k) > '-infinity' and s.ended_at is null
       and s.epoch >= (select k.min_epoch from tomo.cuts(moment) k)
       and s.last_activity_at > case when s.remember_me then (select k.remember_cut from tomo.cuts(moment) k)
                                     else (select k.idle_cut from tomo.cuts(moment) k) end
       and coalesce(s.created_at <= (select k.lifetime_cut from tomo.cuts(moment) k), false)
    union all
    select s.* from apart a join tomo.sessions s on s.id = a.id
     where s.ended_at is null and s.epoch >= (select k.min_epoch from tomo.cuts(moment) k)
       and (not run_out_too
         or s.last_activity_at > case when s.remember_me then (select k.remember_cut from tomo.cuts(moment) k)
                                      else (select k.idle_cut from tomo.cuts(moment) k) end
           and coalesce(s.created_at > (select k.lifetime_cut from tomo.cuts(moment) k), false)))
  select s.id, s.user_id, s.device_id, s.user_agent_id, s.ip, s.login_method, s.remember_me, s.epoch, s.user_epoch,
         s.created_at, s.last_activity_at, s.activity_bucket, s.country, s.region, s.city, s.isp, s.location_check,
         case s.outcome when 'revoked' then greatest(s.created_at, s.revoked_at) when 'expired' then s.runs_out end,
         s.outcome, case s.outcome when 'revoked' then tomo.actor_name(s.actor) end,
         case s.outcome when 'revoked' then s.holder end,
         case s.outcome when 'expired' then 'expired' else 'revoked' end,
         coalesce(s.outcome = 'expired' or s.outcome = 'revoked'
           and coalesce(tomo.restorable_until(s.revoked_at, s.compromised) <= moment, true), false)
    from (
      select d.*, r.at as revoked_at, r.actor, r.compromised,
             case when r.at < d.runs_out then 'revoked' when d.runs_out <= moment then 'expired' end as outcome
        from (
          select d.*, least(o.holder, a.holder) as holder, case
              when least(d.created_at, d.last_activity_at) >= t.changed then tomo.runs_out(d.last_activity_at,
                d.created_at, case when d.remember_me then t.remember_me_timeout else t.session_timeout end,
                t.session_max_lifetime)
              else (select f.runs_out from tomo.fate(d.user_id, d.id, d.epoch, d.user_epoch, d.remember_me,
                d.created_at, d.last_activity_at, true) f) end as runs_out
            from dead d cross join today t
            left join of_all o on o.epoch = d.epoch
            left join apart a on a.id = d.id
           -- worked out once, not wherever it is asked
           offset 0) d
        left join tomo.revocations r on r.id = d.holder) s;
end;
