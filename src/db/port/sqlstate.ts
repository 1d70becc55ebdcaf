import { TomoError } from '../../model/errors.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, and class TM of our own functions. */
export const SQLSTATE = {
  invalidPassword: '28P01',
  invalidAuthorization: '28000',
  noSuchDatabase: '3D000',
  permissionDenied: '42501',
  readOnly: '25006',
  failedTransaction: '25P02',
  idleInTransaction: '25P03',
  queryCanceled: '57014',
  lockNotAvailable: '55P03',
  notReady: '55000',
  inUse: '55006',
  tooManyClients: '53300',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  deadlock: '40P01',
  serializationFailure: '40001',
  undefinedTable: '42P01',
  undefinedSchema: '3F000',
  undefinedFunction: '42883',
  undefinedColumn: '42703',
  datatypeMismatch: '42804',
  cannotCoerce: '42846',
  checkViolation: '23514',
  foreignKey: '23503',
  noSuchUser: 'TM001',
  inactiveUser: 'TM002',
  sessionLimit: 'TM003',
  wrongIsolation: 'TM004',
  noSuchSetting: 'TM010',
  retentionTooShort: 'TM011',
  keepNotLive: 'TM020',
  compromised: 'TM021',
  tooOldToRestore: 'TM022',
  alreadyRestored: 'TM023',
  noSuchRevocation: 'TM024',
  expectationFailed: 'TM025',
  userInactive: 'TM026',
  notTheirSession: 'TM030',
} as const;

/** A lock or the statement was not to be had in the time that was given. */
export function isTimeout(error: unknown): boolean {
  const code = codeOf(error instanceof TomoError ? error.cause : error);
  return code === SQLSTATE.lockNotAvailable || code === SQLSTATE.queryCanceled;
}

/** Another transaction had what this one needed; what failed can be done again. */
export function hasGivenWay(error: unknown): boolean {
  const code = codeOf(error instanceof TomoError ? error.cause : error);
  return code === SQLSTATE.lockNotAvailable || code === SQLSTATE.deadlock;
}

/** The SQLSTATE or Node error code of an error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
