import type { Transaction } from '../port/database.ts';
import { selectRows } from '../port/sql.ts';

/** Tables with row level security; forced: for their owner as well. */
export async function selectSecuredTables(tx: Transaction): Promise<{ name: string; forced: boolean }[]> {
  return selectRows<{ name: string; forced: boolean }>(tx)`
    select relname::text as name, relforcerowsecurity as forced from pg_class
     where relnamespace = 'tomo'::regnamespace and (relrowsecurity or relforcerowsecurity) order by 1`;
}

interface DefaultRight {
  role: string;
  right: string;
  /** What mends it. */
  fix: string;
}

/** Rights that others get of themselves on what a migration or a cleanup makes; role: who gets them. */
export async function selectDefaultRights(tx: Transaction): Promise<DefaultRight[]> {
  return tx.query<DefaultRight>(`
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
