import type { Database } from '../port/database.ts';
import type { DatabaseTarget } from '../port/open.ts';
import { selectValue } from '../port/sql.ts';
import { type AuditFile, openAuditFile, type Site } from './file.ts';

/**
 * The operator's own audit of changes to the sessions of a server, where its database has no schema `tomo` to keep it in; undefined where
 * it has. `notice`: hears what was wrong with the file.
 */
export async function openOwnAudit(
  db: Database,
  engine: DatabaseTarget['kind'],
  path: string,
  { server, context }: Pick<Site, 'server' | 'context'>,
  notice: (text: string) => void,
): Promise<AuditFile | undefined> {
  const there =
    engine !== 'sqlite' &&
    (await selectValue<boolean>(db)`select exists (select from pg_catalog.pg_class c
      where c.relname = 'audit_log' and c.relnamespace in (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'tomo'))`);
  return there ? undefined : openAuditFile(path, { server, database: db.location, context }, notice);
}
