import type { Transaction } from '../port/database.ts';
import { selectRows, selectValue } from '../port/sql.ts';

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

/** What everybody has: tables and views of the schema, and whether everybody may create in it. */
export interface PublicRights {
  tables: string[];
  create: boolean;
}

export async function selectPublicRights(tx: Transaction): Promise<PublicRights> {
  return selectValue<PublicRights>(tx)`select json_build_object(
       'tables', (select coalesce(json_agg(distinct relname), '[]') from pg_class c cross
           join lateral aclexplode(c.relacl) a
                   where c.relnamespace = 'tomo'::regnamespace and a.grantee = 0),
       'create', (select coalesce(bool_or(a.privilege_type = 'CREATE'), false) from pg_namespace n cross
           join lateral aclexplode(n.nspacl) a
                   where n.nspname = 'tomo' and a.grantee = 0)) as json`;
}

/** Roles, not the owner, that may write to the tables of the sessions themselves, past the rules that the functions keep. */
export async function selectTableWriters(tx: Transaction): Promise<{ role: string; tables: string[] }[]> {
  return selectRows<{ role: string; tables: string[] }>(tx)`
    select r.rolname::text as role, json_agg(distinct c.relname order by c.relname) as tables
       from pg_class c cross join lateral aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
      where c.relnamespace = 'tomo'::regnamespace and a.grantee <> c.relowner and a.privilege_type in ('INSERT',
          'UPDATE', 'DELETE', 'TRUNCATE')
        -- users are Tomo's own, and a revocation's targets do nothing until it is sealed
        and not (c.relname = 'users' or c.relname = 'revocation_targets' and a.privilege_type = 'INSERT')
      group by r.rolname order by 1`;
}
