// The library of @tomo/cli, for servers: docs/library.md. What the commands call, without anything of
// the command line.

export type { Database, Listener, Listening, Queryable, Transaction, TransactionOptions } from './db/port/database.ts';
export type { PgClient } from './db/port/line.ts';
export { type DatabaseTarget, openDatabase } from './db/port/open.ts';
export { fromPool, type PgPool, type PgPoolClient, type PoolOptions } from './db/port/pool.ts';
export type { EndedByRevocation } from './db/revocation/revoke.ts';
export { type CleanupOptions, type CleanupReport, cleanUp } from './domain/cleanup/cleanup.ts';
export { type RestoreReport, restoreSessions } from './domain/revocation/restore.ts';
export {
  type IdResult,
  type Preview,
  previewRevocation,
  type RevocationNote,
  type RevokeByFilterReport,
  type RevokeByIdReport,
  revokeByFilter,
  revokeByIds,
} from './domain/revocation/revoke.ts';
export {
  type RevokeAllReport,
  type RevokeUserReport,
  revokeEverybody,
  revokeUsers,
} from './domain/revocation/revoke-epoch.ts';
export { migrate, type SchemaStatus, schemaStatus } from './domain/schema/status.ts';
export { clearSessionCookie, readSessionCookie, sessionCookie, sessionCookieName } from './domain/server/cookie.ts';
export { makeCsrfToken, verifyCsrfToken } from './domain/server/csrf.ts';
export { type ListenOptions, listenForRevocations, type SessionsEnded } from './domain/server/listener.ts';
export {
  type Asking,
  type Disowned,
  disownLogin,
  distrustOwnDevice,
  forgetOwnDevice,
  listOwnAlerts,
  listOwnDevices,
  listOwnSessions,
  revokeOwnOthers,
  revokeOwnSession,
} from './domain/server/own-sessions.ts';
export { type PlaceOptions, type Places, placesFrom } from './domain/server/places.ts';
export {
  type ActivityInput,
  closeSession,
  findUser,
  type LoginInput,
  type LoginResult,
  loginSession,
  openSession,
  recordActivity,
  type SessionVerdict,
  type TouchResult,
  touchSession,
  verifySession,
} from './domain/server/session.ts';
export { countExactly, exportSessions, listSessions, type SessionPage } from './domain/session/list.ts';
export { type SessionDetails, showSession } from './domain/session/show.ts';
export { applyEnvironment, type SettingChange } from './domain/settings/change.ts';
export { type Environment, readSettings, type Setting, type SettingOrigin } from './domain/settings/show.ts';
export {
  makeSigningKeys,
  type SigningKey,
  type SigningKeys,
  signToken,
  type TokenClaims,
  type TokenInput,
  type TokenProblem,
  type TokenVerdict,
  type UnverifiedToken,
  type VerifyOptions,
  verifyToken,
} from './domain/token/token.ts';
export type { Alert, AlertKind, ChannelName, Delivery } from './model/alert.ts';
export { type ErrorCode, TomoError } from './model/errors.ts';
export type { OwnAlert, OwnDevice, OwnSession } from './model/own-session.ts';
export type {
  Activity,
  ActivityKind,
  Actor,
  DeadReason,
  EndReason,
  LiveSession,
  OpenedSession,
  Place,
  Session,
  SessionFilter,
  SessionSort,
  SessionState,
  StateFilter,
  Timestamp,
} from './model/session.ts';
export type { SettingKey, SettingValue } from './model/settings.ts';
