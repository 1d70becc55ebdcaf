-- A request: may this session go on? Activity resets its timer; the row is written at most once per touch_interval, and
-- at least ten times per timeout. p_activity false: only ask, as for a poll that nobody's hand has caused. A dead
-- session is daily business and no error: accepted is false, and reason says why: unknown (no such session, or
-- deleted), expired, revoked, evicted, logout, inactive (the user).
create or replace function tomo.touch_session(p_session uuid, p_activity boolean default true,
  out accepted boolean, out reason text, out user_id uuid, out username text, out role text, out remember_me boolean,
  out created_at timestamptz, out last_activity_at timestamptz, out expires_at timestamptz, out token_lifetime integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  timeout integer;
  jwt_expiry integer;
  lifetime integer;
  touch_interval integer;
begin
  -- two steps, "select, then update only when due": the quickest form, and a look does no write
  select true, s.user_id, u.username, u.role, s.remember_me, s.created_at, s.last_activity_at, t.touch_interval,
    t.jwt_expiry,
         t.session_max_lifetime, case when s.remember_me then t.remember_me_timeout else t.session_timeout end
    into accepted, user_id, username, role, remember_me, created_at, last_activity_at, touch_interval, jwt_expiry,
      lifetime, timeout
    from tomo.sessions s
    join tomo.users u on u.id = s.user_id
    left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
   where s.id = p_session and tomo.live(s, u, c, t, at);
  if accepted and p_activity and last_activity_at < at - make_interval(secs => least(touch_interval, timeout * 6)) then
    update tomo.sessions s set last_activity_at = greatest(s.last_activity_at, at) where s.id = p_session
      and s.ended_at is null;
    accepted := found;
    last_activity_at := at;
  end if;
  if accepted then
    expires_at := least(last_activity_at + make_interval(mins => timeout), case when lifetime > 0
      then created_at + make_interval(mins => lifetime) end);
    token_lifetime := greatest(jwt_expiry, timeout) * 60;
    return;
  end if;
  accepted := false;
  select coalesce(s.end_reason, case
           when not u.is_active then 'inactive'
           when s.epoch < t.min_epoch or s.user_epoch < coalesce(c.min_epoch, 0) then 'revoked'
           else 'expired' end), s.user_id, u.username, u.role, s.remember_me, s.created_at, s.last_activity_at
    into reason, user_id, username, role, remember_me, created_at, last_activity_at
    from tomo.sessions s
    join tomo.users u on u.id = s.user_id
    left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
   where s.id = p_session;
  reason := coalesce(reason, 'unknown');
end $$;
