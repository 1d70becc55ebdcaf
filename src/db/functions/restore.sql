-- Undo, within 24 hours. The minimum becomes the highest epoch of the revocations that still stand, so undoing an old
-- one lifts no newer one. Who is live again is so at commit; rows that were marked follow in batches (unmark). Refuses
-- with TM026 while the user of a revocation is not active: nobody would come back now, and whoever activates the user
-- later does not know that it would bring the sessions back.
create or replace function tomo.restore(p_revocation bigint, p_actor jsonb default null) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r tomo.revocations;
begin
  perform from tomo.settings for no key update;
  select * into r from tomo.revocations where id = p_revocation for update;
  if not found then
    raise exception 'no revocation %', p_revocation using errcode = 'TM024';
  elsif r.restored_at is not null then
    if exists (select from tomo.sessions where revocation_id = r.id) then
      return; -- un-marking was interrupted: go on with it
    end if;
    raise exception 'revocation % is already restored', p_revocation using errcode = 'TM023';
  elsif r.compromised then
    raise exception 'revocation % was made for a compromise', p_revocation using errcode = 'TM021';
  elsif r.at < clock_timestamp() - interval '24 hours' then
    raise exception 'revocation % is older than 24 hours', p_revocation using errcode = 'TM022';
  elsif r.scope = 'user' and exists (select from tomo.users where id = r.user_id and not is_active) then
    raise exception 'the user of revocation % is not active', p_revocation using errcode = 'TM026';
  end if;
  update tomo.revocations
     set restored_at = clock_timestamp(), restored_by = tomo.actor_name(tomo.full_actor(p_actor)) where id = r.id;
  delete from tomo.revocation_targets where revocation_id = r.id;
  if r.scope = 'all' then
    update tomo.settings set min_epoch = coalesce((
      select max(epoch) from tomo.revocations where scope = 'all' and restored_at is null), 0);
  elsif r.scope = 'user' then
    update tomo.user_controls set min_epoch = coalesce((
      select max(epoch) from tomo.revocations where scope = 'user' and user_id = r.user_id and restored_at is null), 0)
     where user_id = r.user_id;
  end if;
  -- rows that come back may still be dead by a later revocation: it has something to mark again
  update tomo.revocations set marked_at = null
   where id > r.id and restored_at is null and marked_at is not null and scope <> 'sessions';
  perform tomo.write_audit(p_actor, 'restore', null, jsonb_build_object('revocation', r.id));
end $$;
