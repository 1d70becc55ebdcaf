-- The part of a logout that a login needs as well: p_by is written as it is. That a session is open is said in a way
-- no partial index answers to, as in tomo.write_ends.
create or replace function tomo.log_out(p_session uuid, p_by text, p_user uuid) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz;
  live boolean;
  name text;
begin
  if p_user is null then
    select s.user_id into p_user from tomo.sessions s where s.id = p_session;
  end if;
  perform from tomo.sessions s where s.id = p_session and s.user_id = p_user and num_nulls(s.ended_at) = 1
     for no key update;
  moment := clock_timestamp();
  select s.live, s.username into live, name from tomo.liveness(moment) s where s.id = p_session and s.user_id = p_user;
  if live is not true then
    return false;
  end if;
  update tomo.sessions x set ended_at = moment, end_reason = 'logout', ended_by = coalesce(p_by, left(name, 255))
   where x.id = p_session and x.user_id = p_user and num_nulls(x.ended_at) = 1;
  return found;
end $$;

-- A logout. p_by: who, if not the user, which is a claim; p_user: whose session it is, where the caller knows that.
-- Returns whether the session was live; what was dead before keeps its own end.
create or replace function tomo.close_session(p_session uuid, p_by text default null, p_user uuid default null)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return tomo.log_out(p_session, left(nullif(p_by, ''), 240) || ' (claimed)', p_user);
end $$;
