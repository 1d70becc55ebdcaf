// The library of @tomo/cli: what the commands call, without anything of the command line.

export type { Database, Transaction, TransactionOptions } from './db/database.ts';
export { type DatabaseTarget, openDatabase } from './db/open.ts';
export { type CleanupOptions, type CleanupReport, cleanUp } from './domain/cleanup.ts';
export { type ErrorCode, TomoError } from './domain/errors.ts';
export { migrate, type SchemaStatus, schemaStatus } from './domain/schema-status.ts';
export { countExactly, exportSessions, listSessions, type SessionPage } from './domain/session-list.ts';
export { markRevocations } from './domain/session-marking.ts';
export { type RestoreReport, restoreSessions } from './domain/session-restore.ts';
export {
  type IdResult,
  type Preview,
  previewRevocation,
  type RevocationNote,
  type RevokeByFilterReport,
  type RevokeByIdReport,
  revokeByFilter,
  revokeByIds,
} from './domain/session-revoke.ts';
export { type RevokeAllReport, type RevokeUserReport, revokeEverybody, revokeUsers } from './domain/session-revoke-epoch.ts';
export { type SessionDetails, showSession } from './domain/session-show.ts';
export type { Activity, Actor, EndReason, Session, SessionFilter, SessionSort, SessionState, StateFilter, Timestamp } from './domain/types.ts';
