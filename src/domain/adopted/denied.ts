import { allRights } from '../../db/adopted/grants.ts';
import { mapServer } from '../../db/adopted/mapping.ts';
import { hasOf, type Right } from '../../db/adopted/needs.ts';
import { type Rights, selectRights } from '../../db/adopted/rights.ts';
import { type Database, read } from '../../db/port/database.ts';
import { explainDenied } from '../../db/port/rights.ts';
import { TomoError } from '../../model/errors.ts';

/** So many columns are named. */
const NAMED = 6;

/** Adds to PERMISSION_DENIED which right the role of this connection lacks, on whose table. */
export async function explainDeniedThere(db: Database, error: TomoError): Promise<TomoError> {
  const { adopted, engine } = db;
  const { message } = error;
  const denied = /permission denied for (table|view|schema) (.+?)\.?$/.exec(message);
  const [, kind, name = ''] = denied ?? /on the (table) "(.+)" hides rows/.exec(message) ?? [];
  if (!adopted || engine !== 'postgres' || kind === undefined) return explainDenied(db, error);
  const looked = await read(db, async (tx) => {
    const { description, options, catalogue } = await mapServer(tx, engine, adopted.description, adopted.options);
    const schema = options.get('schema') ?? description.schema ?? 'public';
    const rights = await selectRights(
      tx,
      schema,
      allRights(description, { kind: 'operator', options }, hasOf(catalogue)),
    );
    return { ...rights, schemaName: schema };
  }).catch(() => null);
  const what = looked && lacking(looked, kind === 'schema' ? null : name);
  if (!looked || !what) return explainDenied(db, error);
  return new TomoError('PERMISSION_DENIED', `The database role "${looked.role}" ${what}.`, {
    reason: 'lacks-rights-there',
    details: { server: adopted.reference },
    cause: error,
  });
}

function lacking(
  { schema, schemaName, lacking: rights, guarded }: Rights & { schemaName: string },
  table: string | null,
): string | null {
  if (!schema) return `lacks USAGE on the schema ${schemaName}`;
  if (table === null) return null;
  const here = rights.filter((right) => right.table === table);
  // reading comes first
  const right = (['SELECT', 'DELETE', 'UPDATE'] as const).find((one) => here.some((each) => each.right === one));
  if (right) return `lacks ${right}${columnsOf(here, right)} on ${schemaName}.${table}`;
  return guarded.includes(table) ? `does not see every row of ${schemaName}.${table}, whose row security is on` : null;
}

function columnsOf(rights: readonly Right[], right: Right['right']): string {
  const columns = rights.filter((one) => one.right === right).flatMap(({ column }) => column ?? []);
  if (columns.length === 0 || columns.length > NAMED) return '';
  return ` (${columns.join(', ')})`;
}
