/**
 * Places of many sessions at once, as geo enrich stores them: what a plain database does in one statement goes one
 * session after the other, each on the node of its user.
 */
export const PLACES = `
create or replace function tomo.store_places(p_places jsonb, p_trusted inet[])
returns table (session_id uuid, is_first boolean, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  g record;
  owner uuid;
begin
  for g in
    select x.*, row_number() over (partition by x.user_id order by x.created_at, x.id) = 1 as is_first
      from (select s.id, s.user_id, s.created_at, s.ip, s.country is null and s.latitude is null as is_new,
                   case when s.country is null and s.latitude is null then substring(p.country from '^[A-Z]{2}$')
                     else s.country end as country,
                   case when s.country is null and s.latitude is null then p.region else s.region end as region,
                   case when s.country is null and s.latitude is null then p.city else s.city end as city,
                   case when s.country is null and s.latitude is null then p.latitude else s.latitude end as latitude,
                   case when s.country is null and s.latitude is null then p.longitude else s.longitude end as longitude,
                   coalesce(s.isp, p.isp) as isp
              from tomo.sessions s
              join jsonb_to_recordset(p_places)
                     p(id uuid, country text, region text, city text, isp text, latitude real, longitude real)
                on p.id = s.id
             where coalesce(s.location_check, 'unknown') = 'unknown') x
     order by x.created_at, x.id
  loop
    owner := g.user_id;
    outcome := case when tomo.is_trusted(tomo.plain_address(g.ip), p_trusted) then 'skipped'
      when g.country is null and g.latitude is null then 'unknown' when not g.is_first then 'usual' end;
    if outcome is null then
      select k.outcome into outcome
        from tomo.judge_place(owner, g.id, g.created_at, g.country, g.latitude, g.longitude) k;
    end if;
    session_id := g.id;
    is_first := g.is_first;
    update tomo.sessions s
       set country = g.country, region = g.region, city = g.city, latitude = g.latitude, longitude = g.longitude,
           isp = g.isp, location_check = outcome
     where s.user_id = owner and s.id = g.id and s.location_check is distinct from outcome;
    if found then
      return next;
    end if;
  end loop;
end $$;

create or replace function tomo.judge_later_logins(p_sessions uuid[]) returns table (session_id uuid, outcome text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  g record;
  owner uuid;
begin
  for g in
    select s.id, s.user_id, s.created_at, s.country, s.latitude, s.longitude from tomo.sessions s
     where s.id = any(p_sessions) order by s.created_at, s.id
  loop
    owner := g.user_id;
    session_id := g.id;
    select k.outcome into outcome
      from tomo.judge_place(owner, g.id, g.created_at, g.country, g.latitude, g.longitude) k;
    if outcome <> 'usual' then
      update tomo.sessions s set location_check = outcome where s.user_id = owner and s.id = g.id;
      return next;
    end if;
  end loop;
end $$;
`;
