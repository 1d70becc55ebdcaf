import { schemaTrail } from '../../db/audit/audit.ts';
import type { AuditTrail } from '../../db/audit/trail.ts';
import { type Database, read, type Transaction, type TransactionOptions } from '../../db/port/database.ts';

/** Where the audit is read from. */
export interface AuditSource {
  trail: AuditTrail;
  /** Where the users of the audit are; null: it is a file, which is all there is. */
  tx: Transaction | null;
}

/** Lends the audit of a database: that of schema `tomo`, from one snapshot, or the operator's file. */
export async function readAudit<T>(
  db: Database,
  work: (source: AuditSource) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  if (db.auditFile) return work({ trail: db.auditFile, tx: null });
  return read(db, (tx) => work({ trail: schemaTrail(tx), tx }), options);
}
