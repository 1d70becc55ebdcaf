-- Revoking. revoke_user and revoke_all raise a minimum epoch: one small write after which nobody who was in is
-- in, at any size. The rows are marked as ended afterwards, in batches; what is left undone is finished by cleanup.
--
-- SECURITY DEFINER, so that a role needs EXECUTE and no write right on the tables.
-- SQLSTATEs: TM020 a session to keep is not live; TM021 made for a compromise, cannot be restored; TM022 too old to
-- restore; TM023 already restored; TM024 no such revocation; TM025 not the number of sessions that was expected.

-- One batch of marking. p_watermark is null at first and then what the last call returned; done: the pass is over.
-- A row that another transaction holds is skipped where the epoch has made it dead already, and waited for where not.
-- The lock on the revocation keeps two markers, and a restore, from crossing each other.
create function tomo.mark_revoked(p_revocation bigint, p_watermark jsonb, p_batch integer,
  out revoked bigint, out expired bigint, out watermark jsonb, out done boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r tomo.revocations;
  moment timestamptz;
  remember boolean := coalesce((p_watermark ->> 'remember')::boolean, false);
  reached timestamptz := coalesce((p_watermark ->> 'at')::timestamptz, '-infinity');
  ids uuid[];
  tids tid[];
  seen bigint;
begin
  revoked := 0; expired := 0; done := true;
  select * into r from tomo.revocations where id = p_revocation for no key update;
  if not found or r.restored_at is not null or r.marked_at is not null then return; end if;

  if r.scope = 'sessions' then
    select array_agg(x.session_id) into ids from (
      select session_id from tomo.revocation_targets
       where revocation_id = r.id and session_id > coalesce((p_watermark ->> 'id')::uuid, '00000000-0000-0000-0000-000000000000')
       order by session_id limit p_batch) x;
    seen := coalesce(cardinality(ids), 0);
    watermark := jsonb_build_object('id', ids[seen]);
    select array_agg(x.tid) into tids from (
      select s.ctid as tid from tomo.sessions s
       where s.id = any(ids) and s.ended_at is null
       order by s.id for no key update) x;
    moment := clock_timestamp();
  elsif r.scope = 'user' then
    select array_agg(x.tid), count(*), max(x.created_at) into tids, seen, reached from (
      select s.ctid as tid, s.created_at from tomo.sessions s
       where s.user_id = r.user_id and s.ended_at is null and s.user_epoch < r.epoch and s.created_at >= reached
       order by s.created_at limit p_batch for no key update skip locked) x;
    watermark := jsonb_build_object('at', reached);
    moment := r.at;
  else
    -- chosen first and locked then: a row that was touched in between would come back from a lock with its new bucket,
    -- and the watermark would jump over everybody else; where it is now, it is met again
    select array_agg(x.tid), count(*), max(x.activity_bucket) into tids, seen, reached from (
      select s.ctid as tid, s.activity_bucket from tomo.sessions s
       where s.remember_me = remember and s.ended_at is null and s.epoch < r.epoch and s.activity_bucket >= reached
       order by s.activity_bucket limit p_batch) x;
    select array_agg(x.tid) into tids from (
      select s.ctid as tid from tomo.sessions s
       where s.ctid = any(tids) and s.ended_at is null and s.epoch < r.epoch for no key update skip locked) x;
    watermark := jsonb_build_object('remember', remember, 'at', reached);
    moment := r.at;
  end if;

  with ended as (
    update tomo.sessions s
       set ended_at = greatest(s.created_at, case when tomo.timed_out(s, t, moment) then least(tomo.expires_at(s, t), moment) else moment end),
           end_reason = case when tomo.timed_out(s, t, moment) then 'expired' else 'revoked' end,
           ended_by = case when tomo.timed_out(s, t, moment) then null else tomo.actor_name(r.actor) end,
           revocation_id = case when tomo.timed_out(s, t, moment) then null else r.id end
      from tomo.settings t
     where s.ctid = any(tids)
    returning s.end_reason)
  select count(*) filter (where end_reason = 'revoked'), count(*) filter (where end_reason = 'expired')
    into revoked, expired from ended;

  -- a whole batch that somebody else holds, in one bucket: the watermark would stand still
  done := seen < p_batch or (tids is null and r.scope <> 'sessions' and watermark = p_watermark);
  if done and r.scope = 'all' and not remember then
    done := false;
    watermark := jsonb_build_object('remember', true);
  end if;

  if done and r.scope = 'sessions' then
    delete from tomo.revocation_targets where revocation_id = r.id;
    perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r.id));
  end if;
  update tomo.revocations x
     set marked = x.marked + mark_revoked.revoked,
         marked_at = case when mark_revoked.done and not exists (
           select from tomo.sessions s
            where s.ended_at is null
              and (r.scope = 'all' and s.epoch < r.epoch or r.scope = 'user' and s.user_id = r.user_id and s.user_epoch < r.epoch))
           then clock_timestamp() end
   where x.id = r.id;
end $$;

-- Chosen sessions, step 1 of 3: the revocation. The caller adds the ids to revocation_targets (step 2).
create function tomo.begin_revocation(p_actor jsonb, p_reason text, p_filter jsonb, p_compromised boolean) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  insert into tomo.revocations (scope, actor, reason, filter, compromised)
  values ('sessions', tomo.full_actor(p_actor), p_reason, p_filter, coalesce(p_compromised, false)) returning id
$$;

-- Step 3: the number is compared, a first batch is marked and the audit written. Above p_batch sessions the caller
-- goes on with mark_revoked. Refuses with TM025 when p_expect is given and differs. Returns how many were chosen.
create function tomo.seal_revocation(p_revocation bigint, p_expect bigint, p_batch integer) returns bigint
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
  update tomo.revocations set targets = n where id = p_revocation and scope = 'sessions' and targets is null returning * into r;
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

-- Targets are added before the revocation is sealed, which is in the transaction that has begun it, and by nobody else.
create function tomo.guard_targets() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from added a left join tomo.revocations r on r.id = a.revocation_id
              where r.id is null or r.scope <> 'sessions' or r.targets is not null) then
    raise exception 'a sealed revocation takes no more sessions' using errcode = 'insufficient_privilege';
  end if;
  return null;
end $$;
create trigger revocation_targets_guard after insert on tomo.revocation_targets
  referencing new table as added for each statement execute function tomo.guard_targets();

-- Gives up what a revocation of chosen sessions has not ended yet (the operator interrupted it).
create function tomo.abandon_revocation(p_revocation bigint, p_actor jsonb default null) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  left_over bigint;
begin
  perform from tomo.revocations where id = p_revocation and scope = 'sessions' and marked_at is null for no key update;
  if not found then return; end if;
  select count(*) into left_over from tomo.revocation_targets g join tomo.sessions s on s.id = g.session_id
   where g.revocation_id = p_revocation and s.ended_at is null;
  delete from tomo.revocation_targets where revocation_id = p_revocation;
  update tomo.revocations set marked_at = clock_timestamp() where id = p_revocation;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', p_revocation));
  perform tomo.write_audit(p_actor, 'abandon', null, jsonb_build_object('revocation', p_revocation, 'count', left_over));
end $$;

-- For servers: ends the sessions with these ids, those of them that are live. Returns the revocation, or null when
-- none was live.
create function tomo.revoke_sessions(p_ids uuid[], p_actor jsonb default null, p_reason text default null,
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
create function tomo.lock_user_controls(p_users uuid[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tomo.user_controls (user_id) select u from unnest(p_users) u order by u on conflict do nothing;
  perform from tomo.user_controls where user_id = any(p_users) order by user_id for no key update;
end $$;

-- The part of revoke_user without audit, for the trigger below too: the audit's lock is not for Tomo's transactions.
create function tomo.raise_user_epoch(p_user uuid, p_actor jsonb, p_reason text, p_keep uuid[], p_compromised boolean)
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
      join tomo.users u on u.id = s.user_id join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
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
  values ('user', p_user, tomo.full_actor(p_actor), p_reason, e, kept, coalesce(p_compromised, false)) returning * into r;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r.id));
  return r;
end $$;

-- Every session of a user except those to keep. In force when the transaction commits, whatever holds the user's
-- row; a login that starts after that is not hit. ended: how many were live.
create function tomo.revoke_user(p_user uuid, p_actor jsonb default null, p_reason text default null,
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
create function tomo.revoke_all(p_actor jsonb default null, p_reason text default null, p_keep uuid[] default '{}',
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
        join tomo.users u on u.id = s.user_id left join tomo.user_controls c on c.user_id = s.user_id cross join tomo.settings t
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
create function tomo.user_deactivated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform tomo.raise_user_epoch(new.id, '{"user": "deactivation"}', 'user deactivated', '{}', false);
  return null;
end $$;
create function tomo.user_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from tomo.user_controls where user_id = old.id;
  return null;
end $$;
create trigger user_deleted after delete on tomo.users for each row execute function tomo.user_deleted();

create trigger user_deactivated after update of is_active on tomo.users
  for each row when (old.is_active and not new.is_active) execute function tomo.user_deactivated();

-- Undo, within 24 hours. The minimum becomes the highest epoch of the revocations that still stand, so undoing an
-- old one lifts no newer one. Who is live again is so at commit; rows that were marked follow in batches (unmark).
create function tomo.restore(p_revocation bigint, p_actor jsonb default null) returns void
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

-- One batch of un-marking after restore. Returns how many rows; fewer than p_batch: done.
create function tomo.unmark_restored(p_revocation bigint, p_batch integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  n bigint;
begin
  perform from tomo.revocations where id = p_revocation and restored_at is not null for share;
  if not found then return 0; end if;
  update tomo.sessions set ended_at = null, end_reason = null, ended_by = null, revocation_id = null
   where id = any(array(
     select s.id from tomo.sessions s where s.revocation_id = p_revocation limit p_batch for no key update));
  get diagnostics n = row_count;
  return n;
end $$;

select tomo.lock_down();
