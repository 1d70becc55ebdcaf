-- The audit: one row per command that changes something, written as the last statement of its transaction, because the
-- lock on the head lasts until commit.

-- What a row's hash covers. The time as microseconds and jsonb in its canonical form: no setting of the
-- reader (time zone, date style) changes the text. docs/audit.md and the program make the same of it.
create or replace function tomo.audit_hash(prev bytea, id bigint, at timestamptz, actor jsonb, action text, reason text,
  detail jsonb)
returns bytea
language sql stable parallel safe
return sha256(prev || convert_to(jsonb_build_array(
  id, round(extract(epoch from at) * 1000000), actor, action, reason, detail)::text, 'UTF8'));

-- Who the caller says it is, in the words that an actor has and no others, and the role of the connection, which no
-- caller can choose. A user is a claim, whoever says so. The account of an operator is for tools to say, by roles that
-- restore or clean up: a server has none to name.
create or replace function tomo.full_actor(p_actor jsonb) returns jsonb
language sql stable
return (select coalesce(jsonb_object_agg(a.key, left(a.value, 255)), '{}')
    || case when bool_or(a.key = 'user') then '{"claimed": true}' else '{}'::jsonb end
    || jsonb_build_object('dbRole', session_user::text)
  from jsonb_each_text(case when jsonb_typeof(p_actor) = 'object' then p_actor else '{}' end) a
 where a.value is not null and (a.key in ('user', 'host') or a.key = 'osUser' and (
   has_function_privilege(session_user, 'tomo.restore(bigint,jsonb)', 'execute')
   or has_function_privilege(session_user, 'tomo.record_cleanup(jsonb,jsonb)', 'execute'))));

-- How an actor is called in ended_by: "alice (claimed)", olga@box, else the database role, which looks like neither.
create or replace function tomo.actor_name(p_actor jsonb) returns text
language sql stable
return left(coalesce(
  left(p_actor ->> 'user', 240) || ' (claimed)',
  (p_actor ->> 'osUser') || '@' || coalesce(p_actor ->> 'host', '?'),
  p_actor ->> 'dbRole', session_user::text), 255);

-- What a caller reports of a run of its own: numbers and names, and nothing by which the audit is searched for what
-- was done to whom.
create or replace function tomo.checked_report(p_detail jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if jsonb_typeof(p_detail) <> 'object' or p_detail ?| '{user,username,devices,device,revocation}' then
    raise exception 'a report is an object, and names no user, device or revocation'
      using errcode = 'invalid_parameter_value';
  end if;
  return p_detail;
end $$;

create or replace function tomo.write_audit(p_actor jsonb, p_action text, p_reason text, p_detail jsonb) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  head tomo.audit_head;
  at timestamptz;
  actor jsonb := tomo.full_actor(p_actor);
  detail jsonb := coalesce(p_detail, '{}');
  link bytea;
begin
  -- as text: a number of few bytes can be a hundred thousand digits
  if jsonb_typeof(detail) <> 'object' or octet_length(detail::text) > 65536 then
    raise exception 'a detail of the audit is an object of at most 64 kB' using errcode = 'invalid_parameter_value';
  end if;
  select * into strict head from tomo.audit_head for update;
  -- never before the row before it: retention cuts at a time, and a clock may be set back
  select greatest(clock_timestamp(), max(l.at)) into at from tomo.audit_log l where l.id = head.id;
  link := tomo.audit_hash(head.hash, head.id + 1, at, actor, p_action, p_reason, detail);
  insert into tomo.audit_log values (head.id + 1, at, actor, p_action, p_reason, detail, head.hash, link);
  update tomo.audit_head set id = head.id + 1, hash = link;
  return head.id + 1;
end $$;

-- A change to the sessions of another server in this database, whose tables are its own: called in the transaction
-- that makes it, as its last statement. Returns the number of the row.
create or replace function tomo.record_change(p_actor jsonb, p_action text, p_reason text, p_detail jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set datestyle = 'ISO' as $$
begin
  if p_action not in ('revoke', 'revoke-user', 'revoke-all', 'restore', 'cleanup') or p_detail ->> 'server' is null then
    raise exception 'that is no change to sessions of another server' using errcode = 'invalid_parameter_value';
  end if;
  return tomo.write_audit(p_actor, p_action, p_reason, p_detail);
end $$;
