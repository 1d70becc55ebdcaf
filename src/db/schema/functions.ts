import { distributedFunctions } from '../distributed/functions.ts';
import { IS_DISTRIBUTED } from '../port/begin.ts';
import type { Transaction } from '../port/database.ts';
import { selectRows, selectValue } from '../port/sql.ts';
import { digestOf, type Schema } from './files.ts';

/**
 * How the functions that are installed compare with those of a program; newer: they are of a later one, which stay.
 */
export async function compareSource(tx: Transaction, schema: Schema): Promise<'same' | 'stale' | 'newer'> {
  const [source] = await selectRows<{ digest: string; release: string; sameServer: boolean; distributed: boolean }>(tx)`
    select digest, release, ${IS_DISTRIBUTED} as distributed,
           -- another major version of the server prints some functions differently
           server = current_setting('server_version_num')::integer / 10000 as "sameServer"
      from tomo.schema_source`;
  if (!source) return 'stale';
  if (isLater(source.release, schema.release)) return 'newer';
  return source.digest === digestOf(asInstalled(schema, source.distributed)) && source.sameServer ? 'same' : 'stale';
}

/** With the functions as a database has them. */
function asInstalled(schema: Schema, distributed: boolean): Schema {
  return distributed ? { ...schema, functions: distributedFunctions(schema.functions) } : schema;
}

/** By the numbers: 0.10.0 after 0.9.1. */
function isLater(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}

/** A function that is not as it was installed; unknown: tomo has not installed it. */
export interface ForeignFunction {
  signature: string;
  state: 'changed' | 'missing' | 'unknown';
}

const SIGNATURE = `format('tomo.%I(%s)', p.proname, oidvectortypes(p.proargtypes))`;
const DIGEST = `encode(sha256(convert_to(pg_get_functiondef(p.oid), 'UTF8')), 'hex')`;

export function selectForeignFunctions(tx: Transaction): Promise<ForeignFunction[]> {
  return tx.query<ForeignFunction>(`
    select coalesce(f.signature, p.signature) as signature,
           case when p.signature is null then 'missing' when f.signature is null then 'unknown' else 'changed' end as state
      from tomo.schema_functions f
      full join (select ${SIGNATURE} as signature, ${DIGEST} as digest from pg_proc p
                  where p.pronamespace = 'tomo'::regnamespace and p.prokind in ('f', 'p')) p on p.signature = f.signature
     where p.digest is distinct from f.digest
     order by 1`);
}

/**
 * Makes functions, views and triggers as the schema has them, drops those it has no more, and notes what it has made.
 * `afresh`: all of them are dropped first, as a changed result or a changed column of a view needs it.
 */
export async function installFunctions(tx: Transaction, schema: Schema, afresh: boolean): Promise<void> {
  if (afresh) await dropFunctions(tx, schema);
  const distributed = await selectValue<boolean>(tx)`select ${IS_DISTRIBUTED}`;
  const installed = asInstalled(schema, distributed);
  // a body that is a text may name what a later file makes
  await tx.script(`set local check_function_bodies = off;\n${await withoutOldTriggers(tx, installed.functions)}`);
  // with row security forced even the owner sees less, and what is called as a statement of its own finds
  // no setting of ours
  await tx.script(`
    do $$ declare made regprocedure; begin
      for made in select oid from pg_proc where pronamespace = 'tomo'::regnamespace and prosecdef
                     and xmin = pg_current_xact_id()::xid loop
        execute 'alter function ' || made || ' set row_security = off';
      end loop;
    end $$`);
  // what this transaction has not written is of an earlier program
  await tx.script(`
    do $$ declare gone regprocedure; begin
      for gone in select p.oid from tomo.schema_functions f join pg_proc p on p.oid = to_regprocedure(f.signature)
                   where p.xmin <> pg_current_xact_id()::xid loop
        execute 'drop function ' || gone;
      end loop;
    end $$;
    delete from tomo.schema_functions`);
  await tx.query(
    `insert into tomo.schema_functions (signature, kinds, digest)
     select ${SIGNATURE}, array(select k.key from jsonb_each($1::text::jsonb) k where k.value -> 'functions' ? p.proname), ${DIGEST}
       from pg_proc p where p.pronamespace = 'tomo'::regnamespace and p.xmin = pg_current_xact_id()::xid`,
    [JSON.stringify(schema.kinds)],
  );
  await tx.query(
    `insert into tomo.schema_source (digest, release, server)
     values ($1, $2, current_setting('server_version_num')::integer / 10000)
     on conflict (one) do update set digest = excluded.digest, release = excluded.release, server = excluded.server,
       installed_at = clock_timestamp()`,
    [digestOf(installed), schema.release],
  );
}

async function withoutOldTriggers(tx: Transaction, script: string): Promise<string> {
  const rows = await tx.query<{ name: string }>(
    `select g.tgname::text as name from pg_trigger g join pg_class c on c.oid = g.tgrelid
      where c.relnamespace = 'tomo'::regnamespace`,
  );
  const there = new Set(rows.map(({ name }) => name));
  return script.replaceAll(/^create (?:constraint )?trigger (\w+)[^;]*;/gm, (statement, name) =>
    there.has(name) ? '' : statement,
  );
}

/** Not `cascade`: what somebody else has built on them is named in the error, and nothing is done. */
export async function dropFunctions(tx: Transaction, schema: Schema): Promise<void> {
  const views = [...schema.functions.matchAll(/^create or replace view (tomo\.\w+)/gm)].map(([, name]) => name);
  if (views.length > 0) await tx.query(`drop view if exists ${views.join(', ')}`);
  await tx.script(`
    do $$ declare made text; begin
      for made in select format('%I on %s', g.tgname, g.tgrelid::regclass) from pg_trigger g
                    join tomo.schema_functions f on to_regprocedure(f.signature) = g.tgfoid
                   where not g.tgisinternal and g.tgparentid = 0 loop
        execute 'drop trigger ' || made;
      end loop;
      select string_agg(signature, ', ') into made from tomo.schema_functions where to_regprocedure(signature) is not null;
      if made is not null then execute 'drop function ' || made; end if;
    end $$`);
}
