import { type ErrorCode, type ErrorReason, TomoError } from '../../model/errors.ts';

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
  notTheirSession: 'TM030',
} as const;

const UNREACHABLE = new Set(
  `ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE ENOENT EACCES
  57P01 57P02 57P03 53300 08000 08001 08003 08004 08006 08P01`.split(/\s+/),
);
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

/** What an error is to our callers, from the driver's own text about it and from where it happened. */
type Meaning = (
  text: string,
  location: string,
) => [ErrorCode, message: string, hint?: string | undefined, reason?: ErrorReason];

const loginRefused: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The database at ${location} refused the log-in: ${text}.`,
  'Check user and password (TOMO_DATABASE_URL, PG* variables, ~/.pgpass).',
];
const gaveWay: Meaning = (text) => [
  'DATABASE_BUSY',
  `The database undid this in favour of another transaction: ${text}.`,
  'Try again.',
];
const schemaMissing: Meaning = (text, location) => [
  'SCHEMA_MISSING',
  `The database at ${location} has no Tomo session tables, or not all of them: ${text}.`,
  'Check that it is the right database.',
];
const refused =
  (code: ErrorCode): Meaning =>
  (text) => [code, `Refused: ${text}. Nothing was changed.`];

const MEANINGS: Partial<Record<string, Meaning>> = {
  [SQLSTATE.invalidPassword]: loginRefused,
  [SQLSTATE.invalidAuthorization]: loginRefused,
  [SQLSTATE.noSuchDatabase]: (text, location) => [
    'DATABASE_UNREACHABLE',
    `There is no such database at ${location}: ${text}.`,
    'Check the name at the end of the connection URL, or PGDATABASE.',
  ],
  [SQLSTATE.permissionDenied]: (text) => ['PERMISSION_DENIED', `The database refused this: ${text}.`],
  [SQLSTATE.readOnly]: (_, location) => [
    'DATABASE_READ_ONLY',
    `The database at ${location} is read-only (a standby, or set so); nothing was changed.`,
    'Connect to the primary server.',
  ],
  [SQLSTATE.queryCanceled]: (text) => [
    'DATABASE_BUSY',
    `The database took too long and the query was stopped: ${text}.`,
    'Narrow the selection with a filter, or try again later.',
  ],
  [SQLSTATE.lockNotAvailable]: () => [
    'DATABASE_BUSY',
    'Another transaction holds a row or table this needs; nothing was changed.',
    'Try again. If it stays, look for a hanging transaction in pg_stat_activity.',
  ],
  [SQLSTATE.deadlock]: gaveWay,
  [SQLSTATE.serializationFailure]: gaveWay,
  [SQLSTATE.undefinedTable]: schemaMissing,
  [SQLSTATE.undefinedSchema]: schemaMissing,
  [SQLSTATE.undefinedFunction]: schemaMissing,
  [SQLSTATE.undefinedColumn]: schemaMissing,
  [SQLSTATE.noSuchUser]: (text) => ['NOT_FOUND', `Nobody can log in: ${text}.`],
  [SQLSTATE.inactiveUser]: (text) => ['USER_INACTIVE', `Login refused: ${text}.`, 'Tomo decides who is active.'],
  [SQLSTATE.sessionLimit]: (text) => [
    'SESSION_LIMIT',
    `Login refused: ${text}.`,
    'The password is not the reason. One of the sessions has to end first, by logging out there.',
  ],
  [SQLSTATE.wrongIsolation]: (text) => [
    'INVALID_INPUT',
    `Login refused: ${text}.`,
    'Set default_transaction_isolation to read committed for the role of the server.',
  ],
  [SQLSTATE.noSuchSetting]: refused('INVALID_INPUT'),
  [SQLSTATE.compromised]: refused('NOT_RESTORABLE'),
  [SQLSTATE.tooOldToRestore]: refused('NOT_RESTORABLE'),
  [SQLSTATE.alreadyRestored]: refused('NOT_RESTORABLE'),
  [SQLSTATE.userInactive]: refused('NOT_RESTORABLE'),
  [SQLSTATE.noSuchRevocation]: (text) => ['NOT_FOUND', `There is ${text}.`, undefined, 'no-such-revocation'],
  [SQLSTATE.expectationFailed]: refused('EXPECTATION_FAILED'),
  [SQLSTATE.notTheirSession]: (text) => ['AUTHENTICATION_FAILED', `Refused: ${text}. Nothing was changed.`],
  ERR_TLS_CERT_ALTNAME_INVALID: (text, location) => [
    'DATABASE_UNREACHABLE',
    `The certificate of the database at ${location} is for another name: ${text}`,
    'Connect by the name in the certificate, or with sslmode=verify-ca.',
  ],
};

const unreachable: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `Cannot reach the database at ${location}: ${text}.`,
  'Is the server running, and the address right? (TOMO_DATABASE_URL, PGHOST, PGPORT)',
];
const untrusted: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The certificate of the database at ${location} is not trusted: ${text}.`,
  'Name the certificate of its authority: sslrootcert=FILE in the URL, or PGSSLROOTCERT.',
];
const connectionLost: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The connection to the database at ${location} failed: ${text}.`,
  'Is the server running? With sslmode=disable it is not asked for TLS.',
];
const LOST = /does not support SSL|SSL connection|connection terminated|timeout expired|server closed|not queryable/i;

/** Turns an error of a driver into a TomoError, or returns it as it is when it means a bug. */
export function translateError(error: unknown, location: string): unknown {
  if (error instanceof TomoError || !(error instanceof Error)) return error;
  const code = codeOf(error) ?? '';
  const text = error instanceof AggregateError ? String(error.errors[0]?.message ?? error.message) : error.message;
  if (code === SQLSTATE.checkViolation) return invalidValue(error) ?? error;
  if (code === SQLSTATE.keepNotLive) {
    const detail = 'detail' in error && typeof error.detail === 'string' ? `: ${error.detail}` : '';
    return new TomoError('KEEP_NOT_LIVE', `A session to keep is not live, so nothing was revoked${detail}.`, {
      hint: 'Only sessions that are live now, of the users concerned, can be kept.',
      cause: error,
    });
  }
  if ('routine' in error && error.routine === 'check_enable_rls') return hiddenRows(error);
  const meaning = MEANINGS[code] ?? otherMeaning(code, text);
  // somebody else's table is not there: a bug
  if (!meaning || (meaning === schemaMissing && !/\btomo\b|schema_migrations\.breaking/.test(text))) return error;
  const [known, message, hint, reason] = meaning(text || code, location);
  return new TomoError(known, message, { hint, reason, cause: error });
}

/** The rows of a statement of its own, on whatever runs it; its error translated. */
export async function rowsOf<Row>(
  client: { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> },
  location: string,
  text: string,
  params: readonly unknown[],
): Promise<Row[]> {
  try {
    return (await client.query(text, [...params])).rows as Row[];
  } catch (error) {
    throw translateError(error, location);
  }
}

function otherMeaning(code: string, text: string): Meaning | undefined {
  if (UNREACHABLE.has(code)) return unreachable;
  if (TLS.test(code)) return untrusted;
  return LOST.test(text) ? connectionLost : undefined;
}

/** We have row_security off, so that PostgreSQL refuses what it would otherwise leave rows out of; its text may be translated. */
function hiddenRows(error: Error): TomoError {
  const [, table = '…'] = /"([^"]+)"/.exec(error.message) ?? [];
  return new TomoError(
    'PERMISSION_DENIED',
    `Row level security on the table "${table}" hides rows from this database role, so that no answer would be true.`,
    {
      hint: `An owner of the schema can turn it off: alter table tomo.${table} disable row level security, no force row level security`,
      cause: error,
    },
  );
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
