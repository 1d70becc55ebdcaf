import { join } from 'node:path';
import type { Database } from '../../db/port/database.ts';
import { homeOf } from './config-file.ts';
import type { Connection } from './connection.ts';
import type { ServerReference } from './server-reference.ts';

/** The audit of this user: $XDG_STATE_HOME/tomo/audit.ndjson. */
function auditPath(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_STATE_HOME || join(homeOf(env), '.local', 'state'), 'tomo', 'audit.ndjson');
}

/** What is on record of the changes to a server that was named, where its database does not keep it. */
export async function ownAuditOf(
  db: Database,
  { server, target, context }: Pick<Connection, 'target' | 'context'> & { server: ServerReference | null },
  env: NodeJS.ProcessEnv,
  notice: (text: string) => void,
): Promise<Pick<Database, 'auditFile'>> {
  if (server === null || server.name === 'tomo') return {};
  const { openOwnAudit } = await import('../../db/audit-file/own-audit.ts');
  const site = { server: server.name, context: context?.name ?? null };
  const auditFile = await openOwnAudit(db, target.kind, auditPath(env), site, notice);
  return auditFile ? { auditFile } : {};
}
