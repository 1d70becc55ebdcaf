-- Undo, for as long as tomo.restorable_until() says. The minimum becomes the highest epoch of the revocations that
-- still stand, so undoing an old one lifts no newer one. Whom nothing else keeps out is in again at commit, however
-- many they are. Refuses with TM026 while the user of a revocation is not active: nobody would come back now, and
-- whoever activates the user later does not know that it would bring the sessions back.
create or replace function tomo.restore(p_revocation bigint, p_actor jsonb default null) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r tomo.revocations;
  moment timestamptz;
  name text;
  lowest bigint;
begin
  -- distributed: perform tomo.settle_revocations();
  perform from tomo.settings for no key update;
  select * into r from tomo.revocations where id = p_revocation for no key update;
  if not found then
    raise exception 'there is no revocation %', p_revocation using errcode = 'TM024';
  elsif r.restored_at is not null then
    raise exception 'revocation % is already restored', p_revocation using errcode = 'TM023';
  elsif r.compromised then
    raise exception 'revocation % was made for a compromise', p_revocation using errcode = 'TM021';
  elsif tomo.restorable_until(r.at, r.compromised) <= clock_timestamp() then
    raise exception 'revocation % is too old', p_revocation using errcode = 'TM022';
  elsif r.scope = 'user' and exists (select from tomo.users where id = r.user_id and not is_active) then
    raise exception 'the user of revocation % is not active', p_revocation using errcode = 'TM026';
  end if;
  moment := clock_timestamp();
  name := tomo.actor_name(tomo.full_actor(p_actor));
  update tomo.revocations set restored_at = moment, restored_by = name where id = r.id;
  if r.scope = 'all' then
    select coalesce(max(epoch), 0) into lowest from tomo.revocations where scope = 'all' and restored_at is null;
    update tomo.settings set min_epoch = lowest;
  elsif r.scope = 'user' then
    -- a revocation of the same user that is under way is seen by the next statement
    perform from tomo.user_controls where user_id = r.user_id for no key update;
    select coalesce(max(epoch), 0) into lowest from tomo.revocations
     where scope = 'user' and user_id = r.user_id and restored_at is null;
    update tomo.user_controls set min_epoch = lowest where user_id = r.user_id;
  end if;
  perform tomo.write_audit(p_actor, 'restore', null, jsonb_build_object('revocation', r.id));
end $$;
