-- Takes or renews a lease for so many seconds. False: somebody else has it. Only for whoever may do what it is for,
-- so that nobody else can keep it from being done.
create or replace function tomo.take_lease(p_name text, p_owner uuid, p_seconds integer) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz := clock_timestamp();
begin
  if not (case p_name -- in brackets: PL/pgSQL ends the condition at the first "then" outside of any
      when 'cleanup' then has_function_privilege(session_user, 'tomo.record_cleanup(jsonb,jsonb)', 'execute')
      when 'geo' then has_function_privilege(session_user, 'tomo.record_places(jsonb,jsonb)', 'execute')
      when 'indexes' then pg_has_role(session_user, current_user, 'usage')
      else false end) then
    raise exception 'the lease % is not for the role %', p_name, session_user using errcode = 'insufficient_privilege';
  end if;
  insert into tomo.leases (name, owner, since, until) values (p_name, p_owner, moment, moment) on conflict do nothing;
  -- whoever renews it in this moment has it, and is not waited for
  update tomo.leases l
     set owner = p_owner, since = case when l.owner = p_owner then l.since else moment end,
         until = moment + make_interval(secs => least(greatest(p_seconds, 1), 3600))
   where l.name in (
     select x.name from tomo.leases x where x.name = p_name
       and (x.owner = p_owner or x.until <= moment) for no key update skip locked);
  return found;
end $$;

create or replace function tomo.release_lease(p_name text, p_owner uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  delete from tomo.leases where name = p_name and owner = p_owner
$$;
