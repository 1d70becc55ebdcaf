-- PostgreSQL lets everybody execute a new function, so db migrate ends with a call of this. What is left to everybody
-- reads nothing by itself: the definition of live, which addresses are private, how an actor is called.
create or replace function tomo.lock_down() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  revoke all on all functions in schema tomo from public;
  grant execute on function
    tomo.idle_cut(tomo.settings, boolean, timestamptz), tomo.lifetime_cut(tomo.settings, timestamptz),
    tomo.timed_out(tomo.sessions, tomo.settings, timestamptz),
    tomo.within_limits(tomo.sessions, tomo.settings, timestamptz),
    tomo.live(tomo.sessions, tomo.users, tomo.user_controls, tomo.settings, timestamptz),
    tomo.state(tomo.sessions, tomo.users, tomo.user_controls, tomo.settings, timestamptz),
    tomo.expires_at(tomo.sessions, tomo.settings), tomo.session_limit(tomo.user_controls, tomo.settings),
    tomo.is_stale(tomo.alerts, timestamptz), tomo.is_revivable(tomo.alerts, timestamptz),
    tomo.retention_cut(integer, timestamptz), tomo.idle_since(tomo.sessions, timestamptz),
    tomo.plain_address(inet), tomo.is_private(inet), tomo.actor_name(jsonb)
    to public;
end $$;
