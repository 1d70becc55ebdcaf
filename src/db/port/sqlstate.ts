import { TomoError } from '../../model/errors.ts';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, and class TM of our own functions. */
export const SQLSTATE = {
  invalidPassword: '28P01',
  invalidAuthorization: '28000',
  noSuchDatabase: '3D000',
  permissionDenied: '42501',
  readOnly: '25006',
  queryCanceled: '57014',
  lockNotAvailable: '55P03',
  deadlock: '40P01',
  serializationFailure: '40001',
  undefinedTable: '42P01',
  undefinedSchema: '3F000',
  undefinedFunction: '42883',
  undefinedColumn: '42703',
  checkViolation: '23514',
  noSuchUser: 'TM001',
  inactiveUser: 'TM002',
  sessionLimit: 'TM003',
  wrongIsolation: 'TM004',
  noSuchSetting: 'TM010',
  keepNotLive: 'TM020',
  compromised: 'TM021',
  tooOldToRestore: 'TM022',
  alreadyRestored: 'TM023',
  noSuchRevocation: 'TM024',
  expectationFailed: 'TM025',
  userInactive: 'TM026',
} as const;

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
  'EACCES',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08004',
  '08006',
  '08P01',
]);
const TLS = /^(ERR_TLS|ERR_SSL|ERR_OSSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/;

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

/** Turns an error of a driver into a TomoError, or returns it as it is when it means a bug. */
export function translateError(error: unknown, location: string): unknown {
  if (error instanceof TomoError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const text = error instanceof AggregateError ? String(error.errors[0]?.message ?? error.message) : error.message;
  const unreachable = (message: string, hint: string) =>
    new TomoError('DATABASE_UNREACHABLE', message, { hint, cause: error });
  switch (code) {
    case SQLSTATE.invalidPassword:
    case SQLSTATE.invalidAuthorization:
      return unreachable(
        `The database at ${location} refused the log-in: ${text}.`,
        'Check user and password (TOMO_DATABASE_URL, PG* variables, ~/.pgpass).',
      );
    case SQLSTATE.noSuchDatabase:
      return unreachable(
        `There is no such database at ${location}: ${text}.`,
        'Check the name at the end of the connection URL, or PGDATABASE.',
      );
    case SQLSTATE.permissionDenied:
      return new TomoError('PERMISSION_DENIED', `The database refused this: ${text}.`, { cause: error });
    case SQLSTATE.readOnly:
      return new TomoError(
        'DATABASE_READ_ONLY',
        `The database at ${location} is read-only (a standby, or set so); nothing was changed.`,
        {
          hint: 'Connect to the primary server.',
          cause: error,
        },
      );
    case SQLSTATE.queryCanceled:
      return new TomoError('DATABASE_BUSY', `The database took too long and the query was stopped: ${text}.`, {
        hint: 'Narrow the selection with a filter, or try again later.',
        cause: error,
      });
    case SQLSTATE.lockNotAvailable:
      return new TomoError(
        'DATABASE_BUSY',
        'Another transaction holds a row or table this needs; nothing was changed.',
        {
          hint: 'Try again. If it stays, look for a hanging transaction in pg_stat_activity.',
          cause: error,
        },
      );
    case SQLSTATE.deadlock:
    case SQLSTATE.serializationFailure:
      return new TomoError('DATABASE_BUSY', `The database undid this in favour of another transaction: ${text}.`, {
        hint: 'Try again.',
        cause: error,
      });
    case SQLSTATE.undefinedTable:
    case SQLSTATE.undefinedSchema:
    case SQLSTATE.undefinedFunction:
    case SQLSTATE.undefinedColumn:
      if (!/\btomo\b|schema_migrations\.breaking/.test(text)) return error;
      return new TomoError(
        'SCHEMA_MISSING',
        `The database at ${location} has no Tomo session tables, or not all of them: ${text}.`,
        {
          hint: 'Check that it is the right database.',
          cause: error,
        },
      );
    case SQLSTATE.noSuchUser:
      return new TomoError('NOT_FOUND', `Nobody can log in: ${text}.`, { cause: error });
    case SQLSTATE.inactiveUser:
      return new TomoError('USER_INACTIVE', `Login refused: ${text}.`, {
        hint: 'Tomo decides who is active.',
        cause: error,
      });
    case SQLSTATE.sessionLimit:
      return new TomoError('SESSION_LIMIT', `Login refused: ${text}.`, {
        hint: 'The password is not the reason. One of the sessions has to end first, by logging out there.',
        cause: error,
      });
    case SQLSTATE.wrongIsolation:
      return new TomoError('INVALID_INPUT', `Login refused: ${text}.`, {
        hint: 'Set default_transaction_isolation to read committed for the role of the server.',
        cause: error,
      });
    case SQLSTATE.noSuchSetting:
      return new TomoError('INVALID_INPUT', `Refused: ${text}. Nothing was changed.`, { cause: error });
    case SQLSTATE.checkViolation:
      return invalidValue(error) ?? error;
    case SQLSTATE.keepNotLive:
      return new TomoError(
        'KEEP_NOT_LIVE',
        `A session to keep is not live, so nothing was revoked${detailOf(error)}.`,
        {
          hint: 'Only sessions that are live now, of the users concerned, can be kept.',
          cause: error,
        },
      );
    case SQLSTATE.compromised:
    case SQLSTATE.tooOldToRestore:
    case SQLSTATE.alreadyRestored:
    case SQLSTATE.userInactive:
      return new TomoError('NOT_RESTORABLE', `Refused: ${text}. Nothing was changed.`, { cause: error });
    case SQLSTATE.noSuchRevocation:
      return new TomoError('NOT_FOUND', `There is ${text}.`, {
        reason: 'no-such-revocation',
        cause: error,
      });
    case SQLSTATE.expectationFailed:
      return new TomoError('EXPECTATION_FAILED', `Refused: ${text}. Nothing was changed.`, { cause: error });
    default:
      break;
  }
  if (code && UNREACHABLE.has(code)) {
    return unreachable(
      `Cannot reach the database at ${location}: ${text || code}.`,
      'Is the server running, and the address right? (TOMO_DATABASE_URL, PGHOST, PGPORT)',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return unreachable(
      `The certificate of the database at ${location} is for another name: ${text}`,
      'Connect by the name in the certificate, or with sslmode=verify-ca.',
    );
  }
  if (code && TLS.test(code)) {
    return unreachable(
      `The certificate of the database at ${location} is not trusted: ${text}.`,
      'Name the certificate of its authority: sslrootcert=FILE in the URL, or PGSSLROOTCERT.',
    );
  }
  if (
    /does not support SSL|SSL connection|connection terminated|Connection terminated|timeout expired|server closed|not queryable/i.test(
      text,
    )
  ) {
    return unreachable(
      `The connection to the database at ${location} failed: ${text}.`,
      'Is the server running? With sslmode=disable it is not asked for TLS.',
    );
  }
  return error;
}

function detailOf(error: Error): string {
  return 'detail' in error && typeof error.detail === 'string' ? `: ${error.detail}` : '';
}

/** A value that a constraint of ours forbids. */
function invalidValue(error: Error & { schema?: string; table?: string; constraint?: string }): TomoError | undefined {
  if (error.schema !== 'tomo') return undefined;
  const [, setting] = /^settings_(\w+)_check$/.exec(error.constraint ?? '') ?? [];
  const message = setting
    ? `The value is out of the range of ${setting}.`
    : `The database refused a value: ${error.message}.`;
  return new TomoError('INVALID_INPUT', `${message} Nothing was changed.`, { cause: error });
}
