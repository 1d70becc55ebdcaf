-- Marking what an epoch has made dead, in batches; what is left undone is finished by cleanup.

-- One batch of marking. p_watermark is null at first and then what the last call returned; done: the pass is over.
-- A row that another transaction holds is skipped where the epoch has made it dead already, and waited for where not.
-- The lock on the revocation keeps two markers, and a restore, from crossing each other.
create or replace function tomo.mark_revoked(p_revocation bigint, p_watermark jsonb, p_batch integer,
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
       where revocation_id = r.id and session_id > coalesce((p_watermark ->> 'id')::uuid,
         '00000000-0000-0000-0000-000000000000')
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
       set ended_at = greatest(s.created_at, case when tomo.timed_out(s, t, moment)
         then least(tomo.expires_at(s, t), moment) else moment end),
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
              and (r.scope = 'all' and s.epoch < r.epoch or r.scope = 'user' and s.user_id = r.user_id
                and s.user_epoch < r.epoch))
           then clock_timestamp() end
   where x.id = r.id;
end $$;

-- Gives up what a revocation of chosen sessions has not ended yet (the operator interrupted it).
create or replace function tomo.abandon_revocation(p_revocation bigint, p_actor jsonb default null) returns void
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
  perform tomo.write_audit(p_actor, 'abandon', null,
    jsonb_build_object('revocation', p_revocation, 'count', left_over));
end $$;

-- One batch of un-marking after restore. Returns how many rows; fewer than p_batch: done.
create or replace function tomo.unmark_restored(p_revocation bigint, p_batch integer) returns bigint
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
