-- Revoking. revoke_user and revoke_all raise a minimum epoch: one small write after which nobody who was in is
-- in, at any size. The rows are marked as ended afterwards.
-- SECURITY DEFINER, so that a role needs EXECUTE and no write right on the tables.

-- Chosen sessions, step 1 of 3: the revocation. The caller adds the ids to revocation_targets (step 2).
create or replace function tomo.begin_revocation(p_actor jsonb, p_reason text, p_filter jsonb, p_compromised boolean)
returns bigint
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into tomo.revocations (scope, actor, reason, filter, compromised)
  values ('sessions', tomo.full_actor(p_actor), p_reason, p_filter, coalesce(p_compromised, false)) returning id
$$;

-- Targets are added before the revocation is sealed, which is in the transaction that has begun it, and by nobody else.
create or replace function tomo.guard_targets() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from added a left join tomo.revocations r on r.id = a.revocation_id
              where r.id is null or r.scope <> 'sessions' or r.targets is not null) then
    raise exception 'a sealed revocation takes no more sessions' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;

-- Part of a revocation for a compromise, between its beginning and its sealing: of these sessions, those that another
-- revocation has ended and that could come back with it. From now on this one holds them, so they cannot. They keep
-- when and by whom they were ended. Returns their ids.
create or replace function tomo.claim_compromised(p_revocation bigint, p_ids uuid[]) returns uuid[]
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
           and (r.scope = 'all' and r.epoch > s.epoch or r.scope = 'user' and r.user_id = s.user_id
             and r.epoch > s.user_epoch)) h on true
     where s.id = any(p_ids)
       and (s.ended_at is null and h.at is not null and not tomo.timed_out(s, t, h.at)
         or s.end_reason = 'revoked' and exists (select from tomo.revocations r where r.id = s.revocation_id
           and not r.compromised))
     order by s.id for no key update of s),
  moved as (
    update tomo.sessions s
       set ended_at = coalesce(s.ended_at, greatest(s.created_at, d.at)), end_reason = 'revoked',
           ended_by = case when s.ended_at is null then d.by else s.ended_by end, revocation_id = p_revocation
      from dead d where s.id = d.id
    returning s.id, d.revocation_id),
  fewer as (
    update tomo.revocations r set marked = r.marked - m.n
      from (select revocation_id, count(*) as n from moved where revocation_id is not null group by 1) m
        where r.id = m.revocation_id)
  select coalesce(array_agg(id order by id), '{}') into claimed from moved;
  update tomo.revocations set marked = marked + cardinality(claimed),
    filter = coalesce(filter, '{}') || jsonb_build_object('claimed', cardinality(claimed))
   where id = p_revocation and cardinality(claimed) > 0;
  return claimed;
end $$;

-- Step 3: the number is compared, a first batch is marked and the audit written. Above p_batch sessions the caller
-- goes on with mark_revoked. Refuses with TM025 when p_expect is given and differs. Returns how many were chosen.
create or replace function tomo.seal_revocation(p_revocation bigint, p_expect bigint, p_batch integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r tomo.revocations;
  n bigint;
  digest text;
begin
  select count(*), encode(sha256(coalesce(string_agg(uuid_send(session_id), ''::bytea order by session_id), '')), 'hex')
    into n, digest from tomo.revocation_targets where revocation_id = p_revocation;
  if n <> coalesce(p_expect, n) then
    raise exception 'expected % sessions and found %', p_expect, n using errcode = 'TM025', detail = n::text;
  end if;
  update tomo.revocations set targets = n where id = p_revocation and scope = 'sessions' and targets is null
    returning * into r;
  if not found then
    raise exception 'revocation % is not open', p_revocation using errcode = 'TM024';
  end if;
  if n <= p_batch then
    perform tomo.mark_revoked(p_revocation, null, p_batch + 1);
  end if;
  perform tomo.write_audit(r.actor, 'revoke', r.reason, jsonb_strip_nulls(jsonb_build_object(
    'revocation', r.id, 'scope', r.scope, 'filter', r.filter, 'count', n, 'ids', digest)));
  return n;
end $$;

-- For servers: ends the sessions with these ids, those of them that are live. Returns the revocation, or null when
-- none was live.
create or replace function tomo.revoke_sessions(p_ids uuid[], p_actor jsonb default null, p_reason text default null,
  p_compromised boolean default false) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r bigint := tomo.begin_revocation(p_actor, p_reason, jsonb_build_object('ids', cardinality(p_ids)), p_compromised);
  n bigint;
begin
  insert into tomo.revocation_targets select r, s.id from tomo.live_sessions s where s.id = any(p_ids);
  get diagnostics n = row_count;
  if n = 0 then
    delete from tomo.revocations where id = r;
    return null;
  end if;
  perform tomo.seal_revocation(r, null, n::integer);
  return r;
end $$;

-- Before several users are revoked in one transaction: their locks in one order, and before the audit's, or two
-- such transactions deadlock.
create or replace function tomo.lock_user_controls(p_users uuid[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tomo.user_controls (user_id) select u from unnest(p_users) u order by u on conflict do nothing;
  perform from tomo.user_controls where user_id = any(p_users) order by user_id for no key update;
end $$;

-- The part of revoke_user without audit, for the trigger below too: the audit's lock is not for Tomo's transactions.
create or replace function tomo.raise_user_epoch(p_user uuid, p_actor jsonb, p_reason text, p_keep uuid[],
  p_compromised boolean)
returns tomo.revocations
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept uuid[];
  e bigint;
  r tomo.revocations;
begin
  insert into tomo.user_controls (user_id) values (p_user) on conflict do nothing;
  perform from tomo.user_controls where user_id = p_user for no key update;
  -- what to keep is decided before the epoch moves: it must be live now
  select coalesce(array_agg(x.id), '{}') into kept from (
    select s.id from tomo.sessions s
      join tomo.users u on u.id = s.user_id
      join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
     where s.id = any(p_keep) and s.user_id = p_user and tomo.live(s, u, c, t, clock_timestamp())
     order by s.id
       for no key update of s) x;
  if exists (select unnest(p_keep) except select unnest(kept)) then
    raise exception 'a session to keep is not a live session of this user' using errcode = 'TM020',
      detail = (select min(k::text) from unnest(p_keep) k where k <> all(kept));
  end if;
  update tomo.user_controls set epoch = epoch + 1, min_epoch = epoch + 1 where user_id = p_user returning epoch into e;
  update tomo.sessions set user_epoch = e where id = any(kept);
  insert into tomo.revocations (scope, user_id, actor, reason, epoch, kept, compromised)
  values ('user', p_user, tomo.full_actor(p_actor), p_reason, e, kept, coalesce(p_compromised, false))
    returning * into r;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r.id));
  return r;
end $$;

-- Every session of a user except those to keep. In force when the transaction commits, whatever holds the user's
-- row; a login that starts after that is not hit. ended: how many were live.
create or replace function tomo.revoke_user(p_user uuid, p_actor jsonb default null, p_reason text default null,
  p_keep uuid[] default '{}', p_compromised boolean default false, p_expect bigint default null,
  out revocation bigint, out ended bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r tomo.revocations;
begin
  p_keep := coalesce(p_keep, '{}');
  select count(*) into ended from tomo.live_sessions s where s.user_id = p_user and s.id <> all(p_keep);
  if ended <> coalesce(p_expect, ended) then
    raise exception 'expected % sessions and found %', p_expect, ended using errcode = 'TM025', detail = ended::text;
  end if;
  r := tomo.raise_user_epoch(p_user, p_actor, p_reason, p_keep, p_compromised);
  revocation := r.id;
  perform tomo.write_audit(r.actor, 'revoke-user', r.reason, jsonb_build_object(
    'revocation', r.id, 'user', p_user, 'username', (select username from tomo.users where id = p_user),
    'count', ended, 'kept', to_jsonb(r.kept)));
end $$;

-- Every session of everybody except those to keep. The live ones are counted only when p_expect is given, since
-- counting takes longer than revoking.
create or replace function tomo.revoke_all(p_actor jsonb default null, p_reason text default null,
  p_keep uuid[] default '{}',
  p_compromised boolean default false, p_expect bigint default null) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept uuid[];
  n bigint;
  e bigint;
  r tomo.revocations;
begin
  p_keep := coalesce(p_keep, '{}');
  if p_expect is not null then
    select count(*) into n from tomo.live_sessions s where s.id <> all(p_keep);
    if n <> p_expect then
      raise exception 'expected % sessions and found %', p_expect, n using errcode = 'TM025', detail = n::text;
    end if;
  end if;
  perform from tomo.settings for no key update;
  kept := '{}';
  if cardinality(p_keep) > 0 then
    select coalesce(array_agg(x.id), '{}') into kept from (
      select s.id from tomo.sessions s
        join tomo.users u on u.id = s.user_id
        left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
       where s.id = any(p_keep) and tomo.live(s, u, c, t, clock_timestamp())
       order by s.id
         for no key update of s) x;
  end if;
  if exists (select unnest(p_keep) except select unnest(kept)) then
    raise exception 'a session to keep is not live' using errcode = 'TM020',
      detail = (select min(k::text) from unnest(p_keep) k where k <> all(kept));
  end if;
  update tomo.settings set epoch = epoch + 1, min_epoch = epoch + 1 returning epoch into e;
  if cardinality(kept) > 0 then
    update tomo.sessions set epoch = e where id = any(kept);
  end if;
  insert into tomo.revocations (scope, actor, reason, epoch, kept, compromised)
  values ('all', tomo.full_actor(p_actor), p_reason, e, kept, coalesce(p_compromised, false)) returning * into r;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r.id));
  perform tomo.write_audit(r.actor, 'revoke-all', r.reason, jsonb_strip_nulls(jsonb_build_object(
    'revocation', r.id, 'count', n, 'kept', to_jsonb(kept))));
  return r.id;
end $$;

-- Deactivating a user is a revocation, so that reactivating revives nothing.
create or replace function tomo.user_deactivated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform tomo.raise_user_epoch(new.id, '{"user": "deactivation"}', 'user deactivated', '{}', false);
  return null;
end $$;

create or replace function tomo.user_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from tomo.user_controls where user_id = old.id;
  return null;
end $$;
