-- Revoking. A revocation is a row, and who is out follows from it (tomo.liveness): one of everybody or of a user
-- raises a minimum epoch, one of chosen sessions keeps the set of them. None writes a session, so each is over after
-- one short transaction and in force at its commit, at any size, and undone by one write (tomo.restore). SECURITY
-- DEFINER, so that a role needs EXECUTE and no write right on the tables.

-- Chosen sessions, step 1 of 3: the revocation. The caller adds the ids to revocation_targets (step 2).
create or replace function tomo.begin_revocation(p_actor jsonb, p_reason text, p_filter jsonb, p_compromised boolean)
returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r bigint;
begin
  if octet_length(p_filter::text) > 65536 then
    raise exception 'a filter has at most 64 kB' using errcode = 'invalid_parameter_value';
  end if;
  insert into tomo.revocations (scope, actor, reason, filter, compromised)
  values ('sessions', tomo.full_actor(p_actor), p_reason, p_filter, coalesce(p_compromised, false)) returning id into r;
  return r;
end $$;

-- Targets are added before the revocation is sealed, which is in the transaction that has begun it,
-- and by nobody else.
create or replace function tomo.guard_targets() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from added a left join tomo.revocations r on r.id = a.revocation_id
              where r.id is null or r.scope <> 'sessions' or r.sessions is not null) then
    raise exception 'a sealed revocation takes no more sessions' using errcode = 'insufficient_privilege';
  elsif exists (select from added a where not exists (
      select from tomo.sessions s where s.id = a.session_id and s.user_id = a.user_id)) then
    raise exception 'there is no such session of that user' using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;

-- At the commit: one that was not sealed would end sessions without audit, and could grow later.
create or replace function tomo.guard_seal() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from tomo.revocations where id = new.id and sessions is null) then
    raise exception 'revocation % was begun and not sealed', new.id using errcode = 'TM024';
  end if;
  return null;
end $$;

-- Step 3: the number is compared and the audit written. Refuses with TM025 when p_expect is given and differs.
-- Returns how many were chosen.
create or replace function tomo.seal_revocation(p_revocation bigint, p_expect bigint) returns bigint
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
  update tomo.revocations set sessions = n where id = p_revocation and scope = 'sessions'
    and sessions is null returning * into r;
  if not found then
    raise exception 'revocation % is not open', p_revocation using errcode = 'TM024';
  end if;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r.id));
  perform tomo.write_audit(r.actor, 'revoke', r.reason, jsonb_strip_nulls(jsonb_build_object(
    'revocation', r.id, 'scope', r.scope, 'filter', r.filter, 'count', n, 'ids', digest)));
  return n;
end $$;

-- Those of the ids that a revocation would end: live ones, and for a compromise also those that are out already by
-- something that can be undone, so that no undo brings them back.
create or replace function tomo.revocable(p_ids uuid[], p_compromised boolean)
returns table (id uuid, user_id uuid, live boolean)
language sql stable
begin atomic
  select s.id, s.user_id, s.live from tomo.verdicts(statement_timestamp()) s
   where s.id = any(p_ids) and (s.live or p_compromised and s.end_reason = 'revoked' and not s.final);
end;

-- Ends those of the ids that a revocation would end, and says which: `ended` were live, `claimed` were out already.
-- Nothing happens where there are none. Refuses with TM025 when p_expect is given and differs. p_filter: how they were
-- chosen, for the record; null: by their ids.
create or replace function tomo.revoke_ids(p_ids uuid[], p_actor jsonb, p_reason text, p_compromised boolean,
  p_filter jsonb default null, p_expect bigint default null,
  out revocation bigint, out ended uuid[], out claimed uuid[])
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  n bigint;
begin
  select count(*), coalesce(array_agg(s.id order by s.id) filter (where s.live), '{}'),
    coalesce(array_agg(s.id order by s.id) filter (where not s.live), '{}')
    into n, ended, claimed from tomo.revocable(p_ids, p_compromised) s;
  if n <> coalesce(p_expect, n) then
    raise exception 'expected % sessions and found %', p_expect, n using errcode = 'TM025', detail = n::text;
  end if;
  if n = 0 then return; end if;
  revocation := tomo.begin_revocation(p_actor, p_reason, coalesce(p_filter, jsonb_strip_nulls(jsonb_build_object(
    'ids', cardinality(p_ids), 'claimed', nullif(cardinality(claimed), 0)))), p_compromised);
  insert into tomo.revocation_targets (revocation_id, session_id, user_id)
  select revocation, s.id, s.user_id from tomo.sessions s where s.id = any(ended || claimed);
  perform tomo.seal_revocation(revocation, null);
end $$;

-- For servers: ends the sessions with these ids, those of them that are live. Returns the revocation, or null when
-- there was nothing to end.
create or replace function tomo.revoke_sessions(p_ids uuid[], p_actor jsonb default null, p_reason text default null,
  p_compromised boolean default false) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp
as $$
  select r.revocation from tomo.revoke_ids(p_ids, p_actor, p_reason, p_compromised) r
$$;

-- Before several users are revoked in one transaction: their locks in one order, and before the audit's, or two
-- such transactions deadlock.
create or replace function tomo.lock_user_controls(p_users uuid[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into tomo.user_controls (user_id)
  select u.id from tomo.users u where u.id = any(p_users) order by u.id on conflict do nothing;
  perform from tomo.user_controls where user_id = any(p_users) order by user_id for no key update;
end $$;

-- The part of revoke_user without audit, for the trigger below too: the audit's lock is not for Tomo's transactions.
create or replace function tomo.raise_user_epoch(p_user uuid, p_actor jsonb, p_reason text, p_keep uuid[],
  p_compromised boolean, p_sessions bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept uuid[];
  moment timestamptz;
  e bigint;
  r bigint;
begin
  insert into tomo.user_controls (user_id) values (p_user) on conflict do nothing;
  perform from tomo.user_controls where user_id = p_user for no key update;
  -- what to keep is decided before the epoch moves: it must be live now
  perform from tomo.sessions where user_id = p_user and id = any(p_keep) order by id for no key update;
  moment := clock_timestamp();
  select coalesce(array_agg(s.id order by s.id), '{}') into kept from tomo.liveness(moment) s
   where s.id = any(p_keep) and s.user_id = p_user and s.live;
  if exists (select unnest(p_keep) except select unnest(kept)) then
    raise exception 'a session to keep is not a live session of this user' using errcode = 'TM020',
      detail = coalesce((select min(k::text) from unnest(p_keep) k where k <> all(kept)), 'null');
  end if;
  update tomo.user_controls set epoch = epoch + 1, min_epoch = epoch + 1 where user_id = p_user returning epoch into e;
  update tomo.sessions set user_epoch = e where user_id = p_user and id = any(kept);
  insert into tomo.revocations (scope, user_id, actor, reason, epoch, kept, sessions, compromised)
  values ('user', p_user, tomo.full_actor(p_actor), p_reason, e, kept, p_sessions, coalesce(p_compromised, false))
  returning id into r;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r));
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
  name text := (select u.username from tomo.users u where u.id = p_user);
begin
  if name is null then
    raise exception 'there is no user %', p_user using errcode = 'TM001';
  end if;
  p_keep := coalesce(p_keep, '{}');
  select count(*) into ended from tomo.live_sessions s where s.user_id = p_user and s.id <> all(p_keep);
  if ended <> coalesce(p_expect, ended) then
    raise exception 'expected % sessions and found %', p_expect, ended using errcode = 'TM025', detail = ended::text;
  end if;
  revocation := tomo.raise_user_epoch(p_user, p_actor, p_reason, p_keep, p_compromised, ended);
  select * into strict r from tomo.revocations where id = revocation;
  perform tomo.write_audit(r.actor, 'revoke-user', r.reason, jsonb_build_object(
    'revocation', r.id, 'user', p_user, 'username', name,
    'count', ended, 'kept', to_jsonb(r.kept)));
end $$;

-- Every session of everybody except those to keep. Without p_expect the live ones are counted to 10,000 and no
-- further, since counting takes longer than revoking; ended is null then.
create or replace function tomo.revoke_all(p_actor jsonb default null, p_reason text default null,
  p_keep uuid[] default '{}', p_compromised boolean default false, p_expect bigint default null,
  out revocation bigint, out ended bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  kept uuid[] := '{}';
  held uuid;
  owner uuid;
  moment timestamptz;
  e bigint;
  r tomo.revocations;
  -- distributed: silent text[] := tomo.silent_nodes();
begin
  p_keep := coalesce(p_keep, '{}');
  -- distributed: if silent = '{}' or p_expect is not null then
  select count(*) into ended from (
    select from tomo.live_sessions s where s.id <> all(p_keep) limit case when p_expect is null then 10001 end) x;
  -- distributed: end if;
  if ended <> coalesce(p_expect, ended) then
    raise exception 'expected % sessions and found %', p_expect, ended using errcode = 'TM025', detail = ended::text;
  elsif p_expect is null then
    ended := nullif(ended, 10001);
  end if;
  perform from tomo.settings for no key update;
  if cardinality(p_keep) > 0 then
    for held, owner in select s.id, s.user_id from tomo.sessions s where s.id = any(p_keep) order by s.id loop
      perform from tomo.sessions s where s.user_id = owner and s.id = held for no key update;
    end loop;
    moment := clock_timestamp();
    select coalesce(array_agg(s.id order by s.id), '{}') into kept from tomo.liveness(moment) s
     where s.id = any(p_keep) and s.live;
  end if;
  if exists (select unnest(p_keep) except select unnest(kept)) then
    raise exception 'a session to keep is not live' using errcode = 'TM020',
      detail = coalesce((select min(k::text) from unnest(p_keep) k where k <> all(kept)), 'null');
  end if;
  update tomo.settings set epoch = epoch + 1, min_epoch = epoch + 1 returning epoch into e;
  if cardinality(kept) > 0 then
    update tomo.sessions set epoch = e where id = any(kept);
  end if;
  insert into tomo.revocations (scope, actor, reason, epoch, kept, sessions, compromised)
  values ('all', tomo.full_actor(p_actor), p_reason, e, kept, ended, coalesce(p_compromised, false)) returning * into r;
  -- distributed: if silent = '{}' then perform tomo.settle_revocations();
  -- distributed: else
  -- distributed:   update tomo.revocations_due d set filter = jsonb_build_object('silent', silent) where d.id = r.id;
  -- distributed: end if;
  perform pg_notify('tomo_session_ended', format('{"revocation":%s}', r.id));
  perform tomo.write_audit(r.actor, 'revoke-all', r.reason, jsonb_strip_nulls(jsonb_build_object(
    'revocation', r.id, 'count', ended, 'kept', to_jsonb(kept))));
  revocation := r.id;
end $$;

-- Deactivating a user is a revocation, so that reactivating revives nothing. It has ended those that nothing else has.
create or replace function tomo.user_deactivated() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz := clock_timestamp();
begin
  perform tomo.raise_user_epoch(new.id, null, 'user deactivated', '{}', false, (
    select count(*) from tomo.verdicts(moment) v where v.user_id = new.id and v.open and v.end_reason is null));
  return null;
end $$;
