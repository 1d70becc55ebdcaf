-- Undo and audit.

-- Whose device looks the same: the filter --related-to.
create index devices_fingerprint on tomo.devices (fingerprint);

-- As before (0004), and refuses with TM026 while the user of a revocation is not active: nobody would come back now, and
-- whoever activates the user later does not know that it would bring the sessions back.
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

-- Part of a revocation for a compromise, between its beginning and its sealing: of these sessions, those that another
-- revocation has ended and that could come back with it. From now on this one holds them, so they cannot. They keep when
-- and by whom they were ended. Returns their ids.
create function tomo.claim_compromised(p_revocation bigint, p_ids uuid[]) returns uuid[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  claimed uuid[];
begin
  perform from tomo.revocations where id = p_revocation and scope = 'sessions' and compromised and targets is null;
  if not found then
    raise exception 'revocation % is not open, or not for a compromise', p_revocation using errcode = 'TM024';
  end if;
  -- revocations first and their sessions then, as marking and restoring lock them
  perform from tomo.revocations r
    where r.id in (select s.revocation_id from tomo.sessions s where s.id = any(p_ids)) order by r.id for no key update;
  with dead as (
    select s.id, s.revocation_id, h.at, h.by
      from tomo.sessions s cross join tomo.settings t
      left join lateral (
        select min(r.at) as at, (array_agg(tomo.actor_name(r.actor) order by r.id))[1] as by from tomo.revocations r
         where r.restored_at is null
           and (r.scope = 'all' and r.epoch > s.epoch or r.scope = 'user' and r.user_id = s.user_id and r.epoch > s.user_epoch)) h on true
     where s.id = any(p_ids)
       and (s.ended_at is null and h.at is not null and not tomo.timed_out(s, t, h.at)
         or s.end_reason = 'revoked' and exists (select from tomo.revocations r where r.id = s.revocation_id and not r.compromised))
     order by s.id for no key update of s),
  moved as (
    update tomo.sessions s
       set ended_at = coalesce(s.ended_at, greatest(s.created_at, d.at)), end_reason = 'revoked',
           ended_by = case when s.ended_at is null then d.by else s.ended_by end, revocation_id = p_revocation
      from dead d where s.id = d.id
    returning s.id, d.revocation_id),
  fewer as (
    update tomo.revocations r set marked = r.marked - m.n
      from (select revocation_id, count(*) as n from moved where revocation_id is not null group by 1) m where r.id = m.revocation_id)
  select coalesce(array_agg(id order by id), '{}') into claimed from moved;
  update tomo.revocations set marked = marked + cardinality(claimed), filter = coalesce(filter, '{}') || jsonb_build_object('claimed', cardinality(claimed))
   where id = p_revocation and cardinality(claimed) > 0;
  return claimed;
end $$;

select tomo.lock_down();
