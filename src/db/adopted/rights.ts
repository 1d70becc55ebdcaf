import type { Transaction } from '../port/database.ts';
import { selectDocument } from '../port/sql.ts';
import type { Right } from './needs.ts';

export interface Rights {
  role: string;
  /** USAGE on the schema. */
  schema: boolean;
  /** Of those that were asked about. */
  lacking: Right[];
  /** Tables of which row security may hide rows from this role. */
  guarded: string[];
}

/**
 * Which of these rights on tables of a schema the role of this connection lacks. The tables and
 * columns have to be there.
 */
export async function selectRights(tx: Transaction, schema: string, asked: readonly Right[]): Promise<Rights> {
  const numbered = JSON.stringify(asked.map((one, i) => ({ i, t: one.table, c: one.column, r: one.right })));
  const tables = [...new Set(asked.map(({ table }) => table))];
  const found = await selectDocument<Omit<Rights, 'lacking'> & { lacking: number[] }>(tx)`select json_build_object(
    'role', current_user,
    'schema', has_schema_privilege(${schema}::text, 'usage'),
    'guarded', array(select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = ${schema}::text and c.relname = any(${tables}::text[]) and c.relrowsecurity),
    'lacking', array(select w.i from json_to_recordset(${numbered}::json) as w(i int, t text, c text, r text)
       join pg_class k on k.relname = w.t join pg_namespace n on n.oid = k.relnamespace and n.nspname = ${schema}::text
       where not case when w.c is null then has_table_privilege(k.oid, w.r)
                      else has_column_privilege(k.oid, w.c, w.r) end
       order by w.i))::text`;
  return { ...found, lacking: found.lacking.flatMap((i) => asked[i] ?? []) };
}
