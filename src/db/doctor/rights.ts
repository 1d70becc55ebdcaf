import type { Transaction } from '../port/database.ts';
import { selectRows, selectValue, sql } from '../port/sql.ts';

export interface RoleFacts {
  role: string;
  superuser: boolean;
  owner: boolean;
  /** May execute. */
  functions: string[];
  /** Tables and views that it may not read. */
  unreadable: string[];
}

export async function selectRole(tx: Transaction): Promise<RoleFacts> {
  return selectValue<RoleFacts>(tx)`
    select json_build_object('role', current_user, 'superuser', (select rolsuper from pg_roles
        where rolname = current_user),
       'owner', (select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'tomo'),
       'functions', (select coalesce(json_agg(distinct proname), '[]') from pg_proc
                      where pronamespace = 'tomo'::regnamespace and has_function_privilege(oid, 'execute')),
       'unreadable', (select coalesce(json_agg(relname order by relname), '[]') from pg_class
                       where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
                         and not has_any_column_privilege(oid, 'select'))) as json`;
}

/** Rights on tables and views of the schema, also those on single columns. */
const GRANTED = sql`
  select c.relname as name, c.relowner as owner, a.grantee, a.privilege_type as privilege
    from pg_class c cross join lateral (
      select c.relacl as acl union all select t.attacl from pg_attribute t where t.attrelid = c.oid and not t.attisdropped) x
   cross join lateral aclexplode(x.acl) a
   where c.relnamespace = 'tomo'::regnamespace`;

/** What everybody has: tables and views of the schema, and whether everybody may create in it. */
export interface PublicRights {
  tables: string[];
  create: boolean;
}

export async function selectPublicRights(tx: Transaction): Promise<PublicRights> {
  return selectValue<PublicRights>(tx)`select json_build_object(
       'tables', (select coalesce(json_agg(distinct g.name), '[]') from (${GRANTED}) g where g.grantee = 0
          -- of a cluster: two numbers
          and not (g.name = 'epochs' and g.privilege = 'SELECT')),
       'create', (select coalesce(bool_or(a.privilege_type = 'CREATE'), false) from pg_namespace n cross
           join lateral aclexplode(n.nspacl) a
                   where n.nspname = 'tomo' and a.grantee = 0)) as json`;
}

/**
 * Roles, not the owner, that may write to the tables of the sessions themselves, past the rules that
 * the functions keep.
 */
export async function selectTableWriters(tx: Transaction): Promise<{ role: string; tables: string[] }[]> {
  return selectRows<{ role: string; tables: string[] }>(tx)`
    select r.rolname::text as role, json_agg(distinct g.name order by g.name) as tables
      from (${GRANTED}) g join pg_roles r on r.oid = g.grantee
       -- a trigger runs as whoever writes, which is the owner
     where g.grantee <> g.owner and g.privilege in ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
        -- users are Tomo's own, and a revocation's targets do nothing until it is sealed
       and not (g.name = 'users' or g.name = 'revocation_targets' and g.privilege = 'INSERT')
     group by r.rolname order by 1`;
}

/** Roles, not the owner, that may call one of these functions. */
export async function selectCallers(
  tx: Transaction,
  names: readonly string[],
): Promise<{ role: string; functions: string[] }[]> {
  return selectRows<{ role: string; functions: string[] }>(tx)`
    select r.rolname::text as role, json_agg(distinct p.proname order by p.proname) as functions
      from pg_proc p cross join lateral aclexplode(p.proacl) a join pg_roles r on r.oid = a.grantee
     where p.pronamespace = 'tomo'::regnamespace and p.proname = any(${names}) and a.grantee <> p.proowner
     group by r.rolname order by 1`;
}
