import type { Transaction } from '../port/database.ts';

/** Somebody of whom the owner of the schema is no part, and who is no superuser, but who decides what is in it. */
export interface Stranger {
  role: string;
  what: string;
  /** What mends it. */
  fix: string;
}

/** Who has made the tables. */
export const MAKER = `(select relowner from pg_class where oid = 'tomo.schema_migrations'::regclass)`;

/**
 * Those who own the schema, or a function, table, view or sequence of it, or may create in it. A superuser is a part
 * of every role, and no owner is to be trusted for that. `owner`: an oid, in SQL.
 */
export function selectStrangers(tx: Transaction, owner: string): Promise<Stranger[]> {
  return tx.query<Stranger>(`
    with me as (select oid, rolsuper, rolname from pg_roles where oid = ${owner})
    select r.rolname::text as role, x.what, format(x.fix, me.rolname, r.rolname) as fix
      from (
        select n.nspowner as role, 'owns the schema' as what, 'alter schema tomo owner to %1$I;' as fix
          from pg_namespace n where n.nspname = 'tomo'
        union all
        select o.owner, 'owns ' || i.identity, format('alter %s %s owner to %%1$I;', i.type, replace(i.identity, '%', '%%'))
          from (select 'pg_proc'::regclass as classid, oid, proowner as owner from pg_proc where pronamespace = 'tomo'::regnamespace
                union all select 'pg_class', oid, relowner from pg_class
                           where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f', 'S')) o
         cross join lateral pg_identify_object(o.classid, o.oid, 0) i
        union all
        select a.grantee, 'may create in the schema', 'revoke create on schema tomo from %2$I;'
          from pg_namespace n cross join lateral aclexplode(n.nspacl) a
         where n.nspname = 'tomo' and a.privilege_type = 'CREATE' and a.grantee <> n.nspowner) x
      join pg_roles r on r.oid = x.role cross join me
     where not r.rolsuper and r.oid <> me.oid and (me.rolsuper or not pg_has_role(me.oid, r.oid, 'usage'))
     order by 1, 2`);
}
