import type { AuditAction, AuditOutcome } from '../../model/audit.ts';
import { TomoError } from '../../model/errors.ts';
import type { Actor } from '../../model/session.ts';
import { digestOf } from '../audit-file/revoked-ids.ts';
import { type Database, type Transaction, write } from '../port/database.ts';
import { selectRow, selectValue } from '../port/sql.ts';
import type { Mapping } from './mapping.ts';

/** A change to sessions of a server, for the record. */
export interface RecordedChange {
  action: Extract<AuditAction, 'revoke' | 'revoke-user' | 'revoke-all' | 'restore' | 'cleanup'>;
  actor: Actor;
  reason: string | null;
  detail: Record<string, unknown>;
  /** Null: nobody has put them together. */
  ids: readonly string[] | null;
  /** The ids are kept as long as it can be undone. */
  undo: boolean;
}

/** What is put on record of one change: before it, with it, and after it. */
export interface ChangeRecord {
  /** Before anything is changed. Throws AUDIT_UNUSABLE. */
  begin(): Promise<void>;
  /**
   * At the end of a transaction that changes something; `whole`: it is all that is done. What comes back
   * is for its commit.
   */
  within(tx: Transaction, whole: boolean): Promise<() => void>;
  after(outcome: AuditOutcome, more: Record<string, unknown>): Promise<void>;
  /** Its number; null: nothing is on record. */
  number(): number | null;
}

/** In schema `tomo` of the same database, where that is, else in the operator's own file. */
export function recordOf(db: Database, { catalogue }: Mapping, change: RecordedChange): ChangeRecord {
  return catalogue.tomo ? inSchema(db, change) : inFile(db, change);
}

/** A file and a database commit apart: what is to be done stands there before it is. */
function inFile({ auditFile }: Database, { ids, ...change }: RecordedChange): ChangeRecord {
  let number: number | null = null;
  return {
    begin: async () => {
      // a restore says by its number which they are
      number =
        (await auditFile?.begin(change.action === 'restore' || ids === null ? change : { ...change, ids })) ?? null;
    },
    within: async () => () => {},
    after: async (outcome, more) => {
      if (number !== null) await auditFile?.end(number, outcome, more);
    },
    number: () => number,
  };
}

/**
 * The first transaction that changes something has a row with it; one of several, or that fails later,
 * gets a second one.
 */
function inSchema(db: Database, { action, actor, reason, detail, ids }: RecordedChange): ChangeRecord {
  let number: number | null = null;
  let isWhole = false;
  const put = (tx: Transaction, more: Record<string, unknown>) =>
    selectValue<number>(tx)`select tomo.record_change(${JSON.stringify(actor)}::jsonb, ${action}, ${reason},
      ${JSON.stringify(more)}::jsonb)::int`;
  return {
    begin: async () => {},
    within: async (tx, whole) => {
      if (number !== null) return () => {};
      const outcome = whole ? 'done' : 'begun';
      const written = await put(tx, { ...detail, ...(ids && { count: ids.length, ids: digestOf(ids) }), outcome });
      return () => {
        number = written;
        isWhole = whole;
      };
    },
    after: async (outcome, more) => {
      const begun = number;
      if (begun === null || (isWhole && outcome === 'done' && more.cameBack === undefined)) return;
      await write(db, (tx) => put(tx, { server: detail.server, begun, outcome, ...more }));
    },
    number: () => number,
  };
}

/** Before anything is changed: throws PERMISSION_DENIED or SCHEMA_OLDER where it could not be put on record. */
export async function checkRecordable(tx: Transaction, { catalogue }: Mapping): Promise<void> {
  if (!catalogue.tomo) return;
  const { there, may, role } = await selectRow<{ there: boolean; may: boolean; role: string }>(tx)`
    select f.oid is not null as there, current_user::text as role,
           coalesce(has_schema_privilege('tomo', 'usage') and has_function_privilege(f.oid, 'execute'), false) as may
      from (select (select p.oid from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                     where n.nspname = 'tomo' and p.proname = 'record_change')) f(oid)`;
  if (!there) {
    throw new TomoError('SCHEMA_OLDER', 'The schema tomo of this database is too old to keep this on record.');
  }
  if (may) return;
  const name = `"${role.replaceAll('"', '""')}"`;
  throw new TomoError(
    'PERMISSION_DENIED',
    `Refused, since it could not be put on record: the database role "${role}" may not call tomo.record_change. Nothing was changed.`,
    {
      hint: `An owner of the schema tomo can allow it: grant usage on schema tomo to ${name}; grant execute on function tomo.record_change(jsonb,text,text,jsonb) to ${name}`,
    },
  );
}
