-- A logout. Returns whether the session was live; what had run out before is marked as expired.
create or replace function tomo.close_session(p_session uuid, p_by text default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  s tomo.sessions;
  u tomo.users;
  t tomo.settings;
  c tomo.user_controls;
  at timestamptz;
  was_live boolean;
begin
  select * into s from tomo.sessions where id = p_session and ended_at is null for no key update;
  if not found then return false; end if;
  select * into strict t from tomo.settings;
  select * into strict u from tomo.users where id = s.user_id;
  select * into c from tomo.user_controls where user_id = s.user_id;
  at := clock_timestamp();
  was_live := tomo.live(s, u, c, t, at);
  if was_live then
    update tomo.sessions set ended_at = at, end_reason = 'logout',
      ended_by = left(coalesce(nullif(p_by, ''), u.username), 255) where id = s.id;
  elsif s.epoch >= t.min_epoch and s.user_epoch >= coalesce(c.min_epoch, 0) and tomo.timed_out(s, t, at) then
    update tomo.sessions set ended_at = least(tomo.expires_at(s, t), at), end_reason = 'expired' where id = s.id;
  end if;
  return was_live;
end $$;
