import type { Transaction } from '../port/database.ts';
import type { Schema } from './files.ts';
import { PUBLIC_FUNCTIONS, quoteName } from './grants.ts';

/** A function of ours, and the kinds of roles that call it. */
interface Callable {
  name: string;
  /** With its arguments, as GRANT takes it. */
  object: string;
  kinds: string[];
}

interface Held {
  role: string;
  on: 'function' | 'view';
  name: string;
  grantable: boolean;
}

/** Who may do what before a migration. */
export interface Rights {
  /** The roles that have every function of a kind, as `db grants` gives them. */
  holders: { role: string; kind: string }[];
  held: Held[];
  functions: Callable[];
  relations: { name: string; object: string }[];
}

const FUNCTIONS = `select split_part(split_part(signature, '(', 1), '.', 2) as name, signature as object, kinds
  from tomo.schema_functions`;

/** Reads them from the catalogue: a role is of a kind when it was granted all that the kind could call until now. */
export async function selectRights(tx: Transaction): Promise<Rights> {
  return {
    holders: await tx.query(`
      with granted as (
        select a.grantee, p.oid from pg_proc p cross join lateral aclexplode(p.proacl) a
         where p.pronamespace = 'tomo'::regnamespace and a.grantee <> p.proowner),
      known as (select k.kind, to_regprocedure(f.signature) as oid from tomo.schema_functions f cross join unnest(f.kinds) k(kind))
      select r.rolname::text as role, k.kind
        from pg_roles r join granted g on g.grantee = r.oid join known k on k.oid = g.oid
       group by 1, 2 having count(*) = (select count(*) from known a where a.kind = k.kind)`),
    held: await tx.query(`
      select r.rolname::text as role, 'function' as "on", p.proname::text as name, bool_or(a.is_grantable) as grantable
        from pg_proc p cross join lateral aclexplode(p.proacl) a join pg_roles r on r.oid = a.grantee
       where p.pronamespace = 'tomo'::regnamespace and a.grantee <> p.proowner group by 1, 3
      union all
      select r.rolname::text, 'view', c.relname::text, bool_or(a.is_grantable)
        from pg_class c cross join lateral aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
       where c.relnamespace = 'tomo'::regnamespace and c.relkind = 'v' and a.privilege_type = 'SELECT'
         and a.grantee <> c.relowner group by 1, 3`),
    functions: await tx.query(FUNCTIONS),
    relations: await selectRelations(tx),
  };
}

/**
 * Functions that everybody may call and should not: a restore without the rights (pg_restore --no-acl)
 * leaves all of them so.
 */
export async function selectOpen(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ name: string }>(
    `select distinct p.proname::text as name
       from pg_proc p cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
      where p.pronamespace = 'tomo'::regnamespace and a.grantee = 0 and p.proname <> all ($1) order by 1`,
    [PUBLIC_FUNCTIONS],
  );
  return rows.map(({ name }) => name);
}

/** Takes from everybody what is not for them; says so by the name of that work. */
export async function lockDown(tx: Transaction): Promise<string[]> {
  if ((await selectOpen(tx)).length === 0) return [];
  await tx.query('select tomo.lock_down()');
  return ['rights'];
}

/**
 * After a migration: grants again what was held, and to the roles of a kind what is new for it; takes away what the
 * kind has no more use for. What somebody has granted or revoked by hand stays so.
 */
export async function restoreRights(tx: Transaction, before: Rights, kinds: Schema['kinds']): Promise<void> {
  const after = { functions: await tx.query<Callable>(FUNCTIONS), relations: await selectRelations(tx) };
  const statements = before.held.flatMap(({ role, on, name, grantable }) => {
    const object = (on === 'function' ? after.functions : after.relations).find((made) => made.name === name)?.object;
    return object ? [grant(RIGHT[on], object, role) + (grantable ? ' with grant option' : '')] : [];
  });
  for (const role of new Set(before.holders.map((holder) => holder.role))) {
    const needs = before.holders.flatMap((holder) => (holder.role === role ? (kinds[holder.kind] ?? []) : []));
    const mine = before.holders.flatMap((holder) => (holder.role === role ? [holder.kind] : []));
    for (const { name, object, kinds: now } of after.functions) {
      const was = before.functions.some((old) => old.name === name && mine.some((kind) => old.kinds.includes(kind)));
      const is = mine.some((kind) => now.includes(kind));
      if (is && !was) statements.push(grant('execute on function', object, role));
      if (was && !is) statements.push(`revoke execute on function ${object} from ${quoteName(role)}`);
    }
    for (const { name, object } of after.relations) {
      const isNew = !before.relations.some((old) => old.name === name);
      if (needs.some(({ everything, tables }) => (everything && isNew) || tables.includes(name)))
        statements.push(grant('select on', object, role));
      if (needs.some(({ inserts }) => inserts.includes(name))) statements.push(grant('insert on', object, role));
    }
  }
  await tx.script(['select tomo.lock_down()', ...statements].join(';\n'));
}

const RIGHT = { function: 'execute on function', view: 'select on' } as const;

function grant(right: string, object: string, role: string): string {
  return `grant ${right} ${object} to ${quoteName(role)}`;
}

function selectRelations(tx: Transaction): Promise<{ name: string; object: string }[]> {
  return tx.query(`
    select relname::text as name, format('tomo.%I', relname) as object from pg_class
     where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition`);
}
