-- What a cleanup ends and deletes: each condition once, for the functions that do it and for who asks before.

-- What is older than this is past a retention of so many days; of less than one there is none.
create or replace function tomo.retention_cut(p_days integer, at timestamptz) returns timestamptz
language sql stable parallel safe
return at - make_interval(hours => 24 * greatest(p_days, 1)); -- a day of 23 hours would be shorter than an undo

-- The activity partitions, by name, whose every row is past a retention of so many days, oldest first.
create or replace function tomo.old_activity_partitions(p_days integer) returns setof text
language sql stable parallel safe set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO'
as $$
  select c.relname::text
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
   where i.inhparent = 'tomo.session_activity'::regclass and c.relname ~ '^session_activity_[0-9]{8}$'
     and to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= now()::date - greatest(p_days, 1)
   order by 1
$$;

-- The last row of the audit that may go: up to the first one within the retention, whatever a wrong clock has written
-- behind it. Null: none may.
create or replace function tomo.last_old_audit(cut timestamptz) returns bigint
language sql stable parallel safe
return (select max(id) from tomo.audit_log
         where id < coalesce((select min(id) from tomo.audit_log where at >= cut), 9223372036854775807));

-- Whether nobody needs a revocation any more: no session hangs on it, and no undo of a later one would fall back on
-- its epoch.
create or replace function tomo.is_history(p_revocation bigint) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  v tomo.revocations;
begin
  select * into v from tomo.revocations r where r.id = p_revocation;
  if exists (select from tomo.revocation_targets g where g.revocation_id = v.id)
    or exists (select from tomo.sessions s where s.revocation_id = v.id) then
    return false;
  elsif v.restored_at is not null or v.scope = 'sessions' then
    return true;
  elsif v.scope = 'all' then
    return exists (select from tomo.revocations n
                    where n.scope = 'all' and n.restored_at is null and n.epoch > v.epoch)
      and not exists (select from tomo.sessions s where s.ended_at is null and s.epoch < v.epoch);
  end if;
  return exists (select from tomo.revocations n
                  where n.scope = 'user' and n.user_id = v.user_id and n.restored_at is null and n.epoch > v.epoch)
    and not exists (select from tomo.sessions s
                     where s.user_id = v.user_id and s.user_epoch < v.epoch and s.ended_at is null);
end $$;
