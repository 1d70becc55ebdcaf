-- What a cleanup ends and deletes: each condition once, for the functions that do it and for who asks before.

-- What is older than this is past a retention of so many days; of less than one there is none.
create or replace function tomo.retention_cut(p_days integer, at timestamptz) returns timestamptz
language sql stable parallel safe
return at - make_interval(days => greatest(p_days, 1));

-- Open, and without activity since `cut`. The five-minute bucket has the index.
create or replace function tomo.idle_since(s tomo.sessions, cut timestamptz) returns boolean
language sql stable parallel safe
return s.ended_at is null and s.activity_bucket <= cut and s.last_activity_at <= cut;

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

-- Whether nobody needs a revocation any more. The newest that stands of each scope stays: an undo of a later one falls
-- back on its epoch.
create or replace function tomo.is_history(r tomo.revocations, cut timestamptz) returns boolean
language sql stable parallel safe
return r.at < cut and (r.scope = 'sessions' or r.restored_at is not null or exists (
  select from tomo.revocations n
   where n.id > r.id and n.restored_at is null and n.scope = r.scope and n.user_id is not distinct from r.user_id));
