-- The small tables: audit (only its old end, and a row of it says so: where the log begins is part of the chain),
-- revocations, past timeouts, alerts, and devices, places and user agents that nobody has used for as long. One batch
-- of each; returns how many rows went.
create or replace function tomo.prune_history(p_batch integer, p_actor jsonb default null) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  cut timestamptz;
  last_cut bigint;
  last_hash bytea;
  old bigint;
  ids bigint[] := '{}';
  earliest timestamptz;
  used integer[];
  n bigint;
  total bigint := 0;
begin
  select tomo.retention_cut(retention_audit_logs, now()) into strict cut from tomo.settings;
  if exists (select from tomo.audit_log where at < cut) then
    perform from tomo.audit_head for update;
    select max(x.id) into last_cut from (
      select id from tomo.audit_log where id <= (select tomo.last_old_audit(cut)) order by id limit p_batch) x;
  end if;
  for old in select r.id from tomo.revocations r where r.at < cut order by r.id loop
    exit when cardinality(ids) >= p_batch;
    if tomo.is_history(old) then
      ids := ids || old;
    end if;
  end loop;
  delete from tomo.revocations where id in (
    select r.id from tomo.revocations r where r.id = any(ids) for update of r skip locked);
  get diagnostics n = row_count; total := total + n;
  -- those of a deleted user, once nothing of their epochs is left: a user of the same id goes on with them
  delete from tomo.user_controls c where not exists (select from tomo.users u where u.id = c.user_id)
    and not exists (select from tomo.revocations r where r.user_id = c.user_id);
  -- who logged in since then knows no other timeouts
  select min(s.created_at) into earliest from tomo.sessions s;
  delete from tomo.past_timeouts where until < earliest;
  delete from tomo.alerts where id in (select id from tomo.alerts
    where created_at < cut limit p_batch for update skip locked);
  get diagnostics n = row_count; total := total + n;
  delete from tomo.user_places where (user_id, country) in (
    select p.user_id, p.country from tomo.user_places p where p.last_seen_at < cut
       and not exists (select from tomo.sessions s where s.user_id = p.user_id and s.country = p.country)
     limit p_batch for update of p skip locked);
  get diagnostics n = row_count; total := total + n;
  delete from tomo.devices where id in (
    select x.id from tomo.devices x where x.last_seen_at < cut
       and not exists (select from tomo.sessions s where s.user_id = x.user_id and s.device_id = x.id)
     limit p_batch for update of x skip locked);
  get diagnostics n = row_count; total := total + n;
  if exists (select from tomo.user_agents where first_seen_at < cut) then
    used := array(select distinct s.user_agent_id from tomo.sessions s where s.user_agent_id is not null);
    used := used || array(select distinct d.user_agent_id from tomo.devices d where d.user_agent_id is not null);
    delete from tomo.user_agents where id in (
      select a.id from tomo.user_agents a where a.first_seen_at < cut and a.id <> all(used) limit p_batch);
    get diagnostics n = row_count; total := total + n;
  end if;
  if last_cut is not null then
    select hash into strict last_hash from tomo.audit_log where id = last_cut;
    delete from tomo.audit_log where id <= last_cut;
    get diagnostics n = row_count; total := total + n;
    perform tomo.write_audit(p_actor, 'cut', null,
      jsonb_build_object('row', last_cut, 'hash', encode(last_hash, 'hex'), 'rows', n));
  end if;
  return total;
end $$;

-- The end of a cleanup: which of its steps failed ("failed" of the detail), when it last ran without, and an audit row
-- if it changed anything. Returns the audit's head (hex), which a copy kept elsewhere turns into proof that no newer
-- row has been removed.
create or replace function tomo.record_cleanup(p_actor jsonb, p_detail jsonb) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
declare
  steps text[] := array(select f from unnest('{sessions,activity,partitions,history}'::text[]) f
                         where p_detail -> 'failed' ? f);
  moment timestamptz := case when steps = '{}' then clock_timestamp() end;
begin
  update tomo.settings set cleanup_failed = nullif(steps, '{}'), last_cleanup_at = coalesce(moment, last_cleanup_at);
  if p_detail is not null then
    perform tomo.write_audit(p_actor, 'cleanup', null, tomo.checked_report(p_detail));
  end if;
  return (select encode(hash, 'hex') from tomo.audit_head);
end $$;
