import { TomoError } from '../../model/errors.ts';
import { type Database, read, type Transaction } from './database.ts';
import { TO_PRIMARY } from './failure-words.ts';

/** Adds to PERMISSION_DENIED which right the role of this connection lacks, and the statement that grants it. */
export async function explainDenied(db: Database, error: TomoError): Promise<TomoError> {
  const [, kind, name] =
    /permission denied for (table|view|function|schema|sequence|database) ([\w$]+)/.exec(error.message) ?? [];
  if (!kind || !name) return error;
  const names = kind === 'table' || kind === 'view' || kind === 'function' ? [name] : [];
  const ask = (tx: Transaction) => tx.query<Found>(RIGHTS[kind] ?? RIGHTS.other, names);
  const [found] = await read(db, ask, { anySchema: true }).catch(() => []);
  if (!found) return error;
  const { role, missing, signature } = found;
  const right =
    missing ?? { function: 'EXECUTE', schema: 'USAGE', database: 'CREATE', sequence: 'USAGE' }[kind] ?? 'a right';
  const whole = kind === 'schema' || kind === 'database' ? `${kind} ${name}` : null;
  const object = whole ?? `${kind === 'function' ? 'function ' : ''}tomo.${name}`;
  const exact = kind === 'function' ? `function tomo.${signature ?? name}` : object;
  return new TomoError('PERMISSION_DENIED', `The database role "${role}" lacks ${right} on ${object}.`, {
    hint: `An owner of the schema can allow it: grant ${right.toLowerCase()} on ${exact} to "${role.replaceAll('"', '""')}"`,
    cause: error,
  });
}

interface Found {
  role: string;
  missing: string | null;
  signature?: string | null;
}

const RIGHTS: Record<string, string> & { other: string } = {
  other: 'select current_user::text as role, null as missing',
  function: `select current_user::text as role, null as missing, (
            select format('%I(%s)', p.proname, oidvectortypes(p.proargtypes)) from pg_proc p
             where p.pronamespace = 'tomo'::regnamespace and p.proname = $1::text limit 1) as signature`,
  table: `select current_user::text as role, (
            select r from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) r
             where not has_table_privilege('tomo.' || $1::text, r) limit 1) as missing`,
};
RIGHTS.view = RIGHTS.table as string;

/** What a standby says to every change, before it is asked. */
export function refusedByStandby({ location }: Database): TomoError {
  const message = `The database at ${location} is a standby, which takes no changes.`;
  return new TomoError('DATABASE_READ_ONLY', message, { hint: TO_PRIMARY, outcome: 'unchanged' });
}
