-- A request: may this session go on? p_user: whose it is, where the caller knows that. Activity resets its timer; the
-- row is written at most once per touch_interval, and at least ten times per timeout. p_activity false: only ask, as
-- for a poll that nobody's hand has caused. A dead session is daily business and no error: accepted is false, and
-- reason says why: unknown (no such session of that user, or deleted), expired, revoked, evicted, logout, inactive
-- (the user).
create or replace function tomo.touch_session(p_session uuid, p_activity boolean default true, p_user uuid default null,
  out accepted boolean, out reason text, out user_id uuid, out username text, out role text, out remember_me boolean,
  out created_at timestamptz, out last_activity_at timestamptz, out expires_at timestamptz, out token_lifetime integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
  is_open boolean;
  is_active boolean;
  epoch bigint;
  user_epoch bigint;
  min_epoch bigint;
  min_user_epoch bigint;
  timeout integer;
  jwt_expiry integer;
  lifetime integer;
  touch_interval integer;
begin
  -- distributed: if p_user is null then
  -- distributed:   select s.user_id into p_user from tomo.sessions s where s.id = p_session;
  -- distributed: end if;
  -- Who is in as tomo.liveness has it, asked of one session, and of one table after the other, each by its key: a
  -- statement of all of them takes a third more. A revocation that stands when the request comes in is seen. A look
  -- does no write: "select, then update only when due". So written that only the key is searched by: a user may have
  -- any number of sessions.
  select s.user_id, s.ended_at is null, s.epoch, s.user_epoch, s.remember_me, s.created_at, s.last_activity_at
    into p_user, is_open, epoch, user_epoch, remember_me, created_at, last_activity_at
    from tomo.sessions s where s.id = p_session and (s.user_id = p_user) is not false;
  select u.id, u.username, u.role, u.is_active into user_id, username, role, is_active
    from tomo.users u where u.id = p_user;
  select c.min_epoch into min_user_epoch from tomo.user_controls c where c.user_id = p_user;
  select t.min_epoch, case when remember_me then t.remember_me_timeout else t.session_timeout end,
         t.session_max_lifetime, t.touch_interval, t.jwt_expiry
    into min_epoch, timeout, lifetime, touch_interval, jwt_expiry
    from tomo.settings t;
  accepted := is_open and is_active and epoch >= min_epoch and user_epoch >= coalesce(min_user_epoch, 0)
    and tomo.runs_out(last_activity_at, created_at, timeout, lifetime) > moment;
  if accepted then
    perform from tomo.past_timeouts p
      where tomo.runs_out(last_activity_at, created_at,
        case when remember_me then p.remember_me_timeout else p.session_timeout end, p.session_max_lifetime) <= p.until;
    accepted := not found;
  end if;
  if accepted then
    perform from tomo.revocation_targets g where g.user_id = p_user and g.session_id = p_session;
    -- chosen by a revocation: does one of these stand?
    if found then
      perform from tomo.holders_of_chosen(p_user, p_session);
      accepted := not found;
    end if;
  end if;
  if accepted and p_activity and last_activity_at < moment - make_interval(secs => least(touch_interval, timeout * 6)) then
    -- whoever holds the row is not waited for: what is decided here would be old by then. The next request writes it.
    update tomo.sessions s set last_activity_at = greatest(s.last_activity_at, moment)
     where s.ended_at is null and s.user_id = p_user and s.id = any(array(
       select x.id from tomo.sessions x where x.id = p_session and x.user_id = p_user for no key update skip locked));
    if found then
      last_activity_at := moment;
    else
      select s.live into accepted from tomo.liveness(moment) s where s.id = p_session and s.user_id = p_user;
    end if;
  end if;
  if accepted then
    expires_at := tomo.runs_out(last_activity_at, created_at, timeout, lifetime);
    token_lifetime := greatest(jwt_expiry, timeout) * 60;
    return;
  end if;
  accepted := false;
  select case when s.user_active or s.end_reason in ('logout', 'evicted') then coalesce(s.end_reason, case when not s.live then 'revoked' end)
              else 'inactive' end
    into reason
    from tomo.verdicts(moment) s where s.id = p_session and s.user_id = p_user;
  reason := coalesce(reason, 'unknown');
end $$;
