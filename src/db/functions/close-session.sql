-- The part of a logout that a login needs as well: p_by is written as it is.
create or replace function tomo.log_out(p_session uuid, p_by text, p_user uuid) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  at timestamptz;
begin
  if p_user is null then
    select s.user_id into p_user from tomo.sessions s where s.id = p_session;
  end if;
  perform from tomo.sessions s where s.id = p_session and s.user_id = p_user and s.ended_at is null for no key update;
  at := clock_timestamp();
  update tomo.sessions x
     set ended_at = at, end_reason = 'logout', ended_by = coalesce(p_by, left(s.username, 255))
    from tomo.liveness(at) s
   where s.id = p_session and s.user_id = p_user and s.live and x.id = s.id and x.user_id = s.user_id
     and x.ended_at is null;
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
