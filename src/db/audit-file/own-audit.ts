import { type Database, read } from '../port/database.ts';
import type { DatabaseTarget } from '../port/open.ts';
import { selectValue } from '../port/sql.ts';
import { type AuditFile, openAuditFile, type Site } from './file.ts';

/**
 * The operator's own audit of changes to the sessions of a server, where its database has no schema `tomo` to keep it
 * in; undefined where it has. `notice`: hears what was wrong with the file.
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
    // in a transaction, which calls nothing that somebody has put before PostgreSQL's own
    (await read(
      db,
      (tx) => selectValue<boolean>(tx)`select exists (select from pg_class c
        where c.relname = 'audit_log' and c.relnamespace in (select n.oid from pg_namespace n where n.nspname = 'tomo'))`,
      { anySchema: true },
    ));
  return there ? undefined : openAuditFile(path, { server, database: db.location, context }, notice);
}
