import type { AuditFile } from '../../db/audit-file/file.ts';
import type { Database, Transaction, TransactionOptions } from '../../db/port/database.ts';
import { REVOCATION_ROWS, type ResolvedRevocationFilter } from '../../db/revocation/list.ts';
import type { Revocation, RevocationFilter } from '../../model/revocation.ts';
import { BY_NUMBER } from '../list/cursor.ts';
import { type List, makeList, makeListFrom } from '../list/list.ts';
import { requireUsers } from '../user/users.ts';
import { checkListed, FILE_ROWS } from './file-rows.ts';

const ORDER = { orders: BY_NUMBER, keys: ({ id }: Revocation) => [id] };
const IN_SCHEMA = makeList({ ...ORDER, rows: REVOCATION_ROWS, resolve });
const IN_FILE = makeListFrom(lendFile, {
  ...ORDER,
  rows: FILE_ROWS,
  resolve: async (_, filter: RevocationFilter) => filter,
});

/** Revocations, newest first, from where they are on record. */
export const REVOCATIONS: List<RevocationFilter, Revocation, 'newest'> = {
  page: (db, ...rest) => listOf(db).page(db, ...rest),
  stream: (db, ...rest) => listOf(db).stream(db, ...rest),
  count: (db, ...rest) => listOf(db).count(db, ...rest),
  byColumn: (db, ...rest) => listOf(db).byColumn(db, ...rest),
  cursor: IN_SCHEMA.cursor,
};

function listOf(db: Database): List<RevocationFilter, Revocation, 'newest'> {
  checkListed(db);
  return db.auditFile ? IN_FILE : IN_SCHEMA;
}

async function lendFile<T>(
  { auditFile }: Database,
  work: (file: AuditFile) => Promise<T>,
  _: TransactionOptions,
): Promise<T> {
  if (!auditFile) throw new Error('there is no audit file');
  return work(auditFile);
}

async function resolve(tx: Transaction, { not, ...filter }: RevocationFilter): Promise<ResolvedRevocationFilter> {
  return { ...(await named(tx, filter)), not: not && (await named(tx, not)) };
}

async function named<F extends { user?: string | undefined }>(tx: Transaction, { user: name, ...rest }: F) {
  const [user] = name === undefined ? [] : await requireUsers(tx, [name]);
  return { ...rest, user };
}
