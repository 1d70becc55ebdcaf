import type { Transaction } from '../port/database.ts';
import { selectRows } from '../port/sql.ts';

/** Tables with row level security; forced: for their owner as well. */
export async function selectSecuredTables(tx: Transaction): Promise<{ name: string; forced: boolean }[]> {
  return selectRows<{ name: string; forced: boolean }>(tx)`
    select relname::text as name, relforcerowsecurity as forced from pg_class
     where relnamespace = 'tomo'::regnamespace and (relrowsecurity or relforcerowsecurity) order by 1`;
}

/** Somebody who is neither the schema's owner, nor who has made its tables, nor a superuser. */
interface Stranger {
  role: string;
  /** What mends it. */
  fix: string;
}

const OWNERS = `(select nspowner from pg_namespace where nspname = 'tomo'
  union select relowner from pg_class where oid = 'tomo.schema_migrations'::regclass union select oid from pg_roles where rolsuper)`;

/** Those who own a function, table, view or sequence of the schema, or may create in it. */
export async function selectStrangers(tx: Transaction): Promise<(Stranger & { what: string })[]> {
  return tx.query<Stranger & { what: string }>(`
    select r.rolname::text as role, 'owns ' || i.identity as what,
           format('alter %s %s owner to %I;', i.type, i.identity, (select relowner::regrole from pg_class
             where oid = 'tomo.schema_migrations'::regclass)) as fix
      from (select 'pg_proc'::regclass as classid, oid, proowner as owner from pg_proc where pronamespace = 'tomo'::regnamespace
            union all select 'pg_class', oid, relowner from pg_class
                       where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')) o
     cross join lateral pg_identify_object(o.classid, o.oid, 0) i join pg_roles r on r.oid = o.owner
     where o.owner not in ${OWNERS}
    union all
    select r.rolname::text, 'may create in the schema', format('revoke create on schema tomo from %I;', r.rolname)
      from pg_namespace n cross join lateral aclexplode(n.nspacl) a join pg_roles r on r.oid = a.grantee
     where n.nspname = 'tomo' and a.privilege_type = 'CREATE' and a.grantee not in ${OWNERS}
     order by 1, 2`);
}

/** Rights that others get of themselves on what a migration or a cleanup makes; role: who gets them. */
export async function selectDefaultRights(tx: Transaction): Promise<(Stranger & { right: string })[]> {
  return tx.query<Stranger & { right: string }>(`
    select coalesce(r.rolname::text, 'PUBLIC') as role, lower(a.privilege_type) || ' on ' || k.kind as right,
           format('alter default privileges for role %I %srevoke %s on %s from %s;', d.defaclrole::regrole,
             case when d.defaclnamespace <> 0 then 'in schema tomo ' else '' end, lower(a.privilege_type), k.kind,
             case when r.oid is null then 'public' else quote_ident(r.rolname) end) as fix
      from pg_default_acl d cross join lateral aclexplode(d.defaclacl) a left join pg_roles r on r.oid = a.grantee
      join (values ('r', 'tables'), ('f', 'functions'), ('S', 'sequences')) k(type, kind) on k.type = d.defaclobjtype::text
     where d.defaclnamespace in (0, 'tomo'::regnamespace) and a.grantee <> d.defaclrole
       -- everybody may execute what is new by nature, and loses it when a migration ends
       and not (d.defaclobjtype = 'f' and a.grantee = 0)
       and d.defaclrole in (select relowner from pg_class where oid = 'tomo.schema_migrations'::regclass)
     order by 1, 2`);
}
