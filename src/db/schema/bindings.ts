import type { Transaction } from '../port/database.ts';
import { selectRows } from '../port/sql.ts';

/** Something of ours, and what it was bound to, or looks up, outside of the schema and of PostgreSQL. */
export interface Binding {
  /** As PostgreSQL calls it: "function", "trigger", "rule" (a view), "table constraint", "default value", … */
  type: string;
  /** As DROP takes it. */
  name: string;
  /** Null: it is a text that goes by its caller's search path. */
  needs: string | null;
  /** Its owner, who is neither the schema's nor a superuser. */
  stranger: string | null;
}

/**
 * What runs others' code with the rights of whoever uses the schema: a function, view, default, check, trigger
 * or index that was made while another schema stood in the search path. A foreign key runs nothing of the table
 * that it points to.
 */
export async function selectBindings(tx: Transaction): Promise<Binding[]> {
  return selectRows<Binding>(tx)`
    with ours (classid, objid) as (
      select 'pg_proc'::regclass::oid, oid from pg_proc where pronamespace = 'tomo'::regnamespace
      union all select 'pg_type'::regclass, oid from pg_type where typnamespace = 'tomo'::regnamespace
      union all select 'pg_constraint'::regclass, oid from pg_constraint
                 where connamespace = 'tomo'::regnamespace and contype <> 'f'
      union all select x.classid, x.oid from pg_class c cross join lateral (
        select 'pg_class'::regclass, c.oid
        union all select 'pg_rewrite'::regclass, r.oid from pg_rewrite r where r.ev_class = c.oid
        union all select 'pg_attrdef'::regclass, d.oid from pg_attrdef d where d.adrelid = c.oid
        union all select 'pg_policy'::regclass, p.oid from pg_policy p where p.polrelid = c.oid
        union all select 'pg_trigger'::regclass, g.oid from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal
      ) x(classid, oid) where c.relnamespace = 'tomo'::regnamespace)
    select distinct me.type, me.identity as name, other.type || ' ' || other.identity as needs, r.rolname::text as stranger
      from ours join pg_depend d on d.classid = ours.classid and d.objid = ours.objid
     cross join lateral pg_identify_object(d.classid, d.objid, 0) me
     cross join lateral pg_identify_object(d.refclassid, d.refobjid, 0) other
      -- what the superuser of initdb owns has no row there
      left join pg_shdepend o on o.classid = d.refclassid and o.objid = d.refobjid and o.deptype = 'o'
       and o.dbid = (select oid from pg_database where datname = current_database())
      left join pg_roles r on r.oid = o.refobjid and not r.rolsuper
       and r.oid <> (select nspowner from pg_namespace where nspname = 'tomo')
     where other.schema not in ('tomo', 'pg_catalog', 'information_schema')
    union all
    select 'function', p.oid::regprocedure::text, null, null
      from pg_proc p where p.pronamespace = 'tomo'::regnamespace and p.prosqlbody is null and p.prokind in ('f', 'p')
       and not exists (select from unnest(p.proconfig) setting where starts_with(setting, 'search_path='))
     order by 1, 2, 3`;
}
