-- PostgreSQL lets everybody execute a new function, so db migrate ends with a call of this. What is left to everybody
-- reads nothing by itself: the definition of live, which addresses are private, how an actor is called.
create or replace function tomo.lock_down() returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  revoke all on all functions in schema tomo from public;
  grant execute on function
    tomo.runs_out(timestamptz, timestamptz, integer, integer), tomo.restorable_until(timestamptz, boolean),
    tomo.timeouts(),
    tomo.cuts(timestamptz), tomo.holders_of_all(bigint), tomo.holders_of_user(uuid, bigint),
    tomo.holders_of_chosen(uuid, uuid), tomo.holders(uuid, uuid, bigint, bigint),
    tomo.fate(uuid, uuid, bigint, bigint, boolean, timestamptz, timestamptz, boolean), tomo.open_epochs(),
    tomo.live_epochs(), tomo.kept_out_with_user(), tomo.kept_out(),
    tomo.shut_out(timestamptz), tomo.run_out(timestamptz), tomo.lapsed(timestamptz), tomo.live_pass(timestamptz),
    tomo.lapsed_pass(timestamptz, boolean), tomo.liveness(timestamptz),
    tomo.verdicts(timestamptz), tomo.revocable(uuid[], boolean), tomo.retention_cut(integer, timestamptz),
    tomo.session_limit(integer, integer),
    tomo.is_stale(text, integer, timestamptz, timestamptz), tomo.is_revivable(text, timestamptz, timestamptz),
    tomo.plain_address(inet), tomo.is_private(inet), tomo.actor_name(jsonb)
    to public;
end $$;
