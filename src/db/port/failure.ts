import { type ErrorCode, type ErrorReason, type Outcome, TomoError } from '../../model/errors.ts';
import { codeOf, SQLSTATE } from './sqlstate.ts';

/** What an error is to our callers, from the driver's own text about it and from where it happened. */
type Meaning = (
  text: string,
  location: string,
) => [ErrorCode, message: string, hint?: string | undefined, reason?: ErrorReason];

const loginRefused: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The database at ${location} refused the log-in: ${text}.`,
  text.includes('no encryption')
    ? 'It may ask for TLS: sslmode=require in the URL, or PGSSLMODE.'
    : 'Check user and password (TOMO_DATABASE_URL, PG* variables, ~/.pgpass).',
];
const gaveWay: Meaning = (text, location) =>
  text.includes('conflict with recovery')
    ? [
        'DATABASE_BUSY',
        `The standby at ${location} stopped this query, as it stood in the way of a change from the primary: ${text}.`,
        'Try again. What reads for long is better asked of the primary, or raise max_standby_streaming_delay.',
      ]
    : ['DATABASE_BUSY', `The database undid this in favour of another transaction: ${text}.`, 'Try again.'];
const schemaMissing: Meaning = (text, location) => [
  'SCHEMA_MISSING',
  `The database at ${location} has no Tomo session tables, or not all of them: ${text}.`,
  'Check that it is the right database.',
];
/** Not ours, so something around us: another search path, a pooler, a database that only speaks like PostgreSQL. */
const lacking: Meaning = (text, location) => [
  'DATABASE_UNUSABLE',
  `The database at ${location} lacks something that PostgreSQL has: ${text}.`,
  'Is it PostgreSQL 15 or later, without a pooler or proxy that changes statements?',
];
const ended: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The database at ${location} ended this connection: ${text}.`,
  'Somebody, a restart or a failover did it; the log of PostgreSQL says more. Try again.',
];
const refused =
  (code: ErrorCode): Meaning =>
  (text) => [code, `Refused: ${text}. Nothing was changed.`];

export const TO_PRIMARY =
  'Changes go to the primary. To have it found, name both servers: postgres://one,other/database';

/** The code of the error for which the caller gives up a connection. */
export const INTERRUPTED = 'INTERRUPTED';

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
    `The database at ${location} is read-only (a standby, or set so).`,
    TO_PRIMARY,
  ],
  [SQLSTATE.queryCanceled]: (text) => [
    'DATABASE_BUSY',
    `The database took too long and the query was stopped: ${text}.`,
    'Narrow the selection with a filter, or try again later.',
  ],
  [SQLSTATE.lockNotAvailable]: () => [
    'DATABASE_BUSY',
    'Another transaction holds a row or table this needs.',
    'Try again. If it stays, look for a hanging transaction in pg_stat_activity.',
  ],
  [SQLSTATE.inUse]: (text) => ['DATABASE_BUSY', `Somebody uses what this needs: ${text}.`, 'Try again.'],
  [SQLSTATE.undefinedTable]: schemaMissing,
  [SQLSTATE.undefinedSchema]: schemaMissing,
  [SQLSTATE.undefinedFunction]: schemaMissing,
  [SQLSTATE.undefinedColumn]: schemaMissing,
  [SQLSTATE.tooManyClients]: (text, location) => [
    'DATABASE_UNREACHABLE',
    `The database at ${location} has no connection left: ${text}.`,
    'pg_stat_activity shows who holds them. Try again, raise max_connections, put a pooler in between, or connect as a superuser, for whom some are kept.',
  ],
  [SQLSTATE.cannotConnectNow]: (text, location) => [
    'DATABASE_UNREACHABLE',
    `The database at ${location} is starting or stopping: ${text}.`,
    'Try again in a moment.',
  ],
  [SQLSTATE.adminShutdown]: ended,
  [SQLSTATE.crashShutdown]: ended,
  '57P04': ended,
  '57P05': ended,
  [SQLSTATE.idleInTransaction]: (text, location) => [
    'DATABASE_UNREACHABLE',
    `The database at ${location} ended this connection, on which nothing had come for too long: ${text}.`,
    'This program was stopped, or the network was. Try again.',
  ],
  [SQLSTATE.notReady]: (text, location) => [
    'DATABASE_UNUSABLE',
    `The database at ${location} is not set up for this: ${text}.`,
    text.includes('replica identity')
      ? 'A publication takes this table, which has no key to name its rows by: alter table … replica identity full'
      : undefined,
  ],
  [SQLSTATE.failedTransaction]: (text, location) => [
    'DATABASE_UNUSABLE',
    `A statement before this one failed in the database at ${location}: ${text}.`,
    'Try again; the log of PostgreSQL says more.',
  ],
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
  [SQLSTATE.retentionTooShort]: refused('PERMISSION_DENIED'),
  [SQLSTATE.compromised]: refused('NOT_RESTORABLE'),
  [SQLSTATE.tooOldToRestore]: refused('NOT_RESTORABLE'),
  [SQLSTATE.alreadyRestored]: refused('NOT_RESTORABLE'),
  [SQLSTATE.userInactive]: refused('NOT_RESTORABLE'),
  [SQLSTATE.noSuchRevocation]: (text, location) =>
    text.startsWith('there is no')
      ? ['NOT_FOUND', `Refused: ${text}.`, undefined, 'no-such-revocation']
      : refused('INVALID_INPUT')(text, location),
  [SQLSTATE.expectationFailed]: refused('EXPECTATION_FAILED'),
  [SQLSTATE.notTheirSession]: (text) => ['AUTHENTICATION_FAILED', `Refused: ${text}. Nothing was changed.`],
  [INTERRUPTED]: () => ['INTERRUPTED', 'Interrupted.'],
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
/** Said by the coordinator of a distributed database, which itself is well. */
const NODE = /(?:remote node|marked as essential:|to) (?:\S+@)?(\S+:\d+)/;
const nodeLost: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `A server of the distributed database at ${location} does not answer: ${NODE.exec(text)?.[1] ?? text}.`,
  'What concerns all sessions takes all servers. Start it, or let its standby take its place: select citus_update_node(…).',
  'node-lost',
];
const lacksTls: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The connection to the database at ${location} failed: ${text}.`,
  'Is it the right server? With sslmode=disable it is not asked for TLS, and whoever is on the way can read along.',
];
const lost: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The connection to the database at ${location} broke: ${text}.`,
  'Is the server still running, and the network between? Try again.',
];
const untrusted: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The certificate of the database at ${location} is not trusted: ${text}.`,
  'Name the certificate of its authority: sslrootcert=FILE in the URL, or PGSSLROOTCERT.',
];
const failed =
  (what: string): Meaning =>
  (text, location) => [
    'DATABASE_UNUSABLE',
    `The database at ${location} ${what}: ${text}.`,
    'The log of PostgreSQL says more.',
  ];

/** By the first two characters of a SQLSTATE. */
const CLASSES: Partial<Record<string, Meaning>> = {
  '08': unreachable,
  '0A': lacking,
  '22': (text) => ['INVALID_INPUT', `The database cannot take a value: ${text}.`],
  '25': failed('cannot do this in its transaction'),
  '40': gaveWay,
  '53': failed('has run out of something'),
  '54': (text) => ['INVALID_INPUT', `That is more than the database can take at once: ${text}.`],
  '55': failed('is not set up for this'),
  '57': ended,
  '58': failed('has trouble with its machine'),
  F0: failed('has a fault in its configuration'),
  XX: failed('has a fault of its own'),
};
const UNREACHABLE = new Set(
  'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE ENOENT EACCES'.split(' '),
);
const TLS = /^(ERR_TLS|ERR_SSL|ERR_OSSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/;
const PLAIN = /does not support SSL|SSL connection/i;
const LOST = /connection terminated|timeout expired|server closed|not queryable/i;
const NODE_LOST =
  /^(?:connection to the remote node|failure on connection marked as essential|could not establish any connections to the node)/;
const SQL_STATE = /^[0-9A-Z]{5}$/;

/** Whether the connection is gone with it: the server has said its last word, or nothing came from it at all. */
export function endsConnection(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TomoError) return false;
  const code = codeOf(error) ?? '';
  if ('severity' in error) return error.severity === 'FATAL' || error.severity === 'PANIC';
  return (
    code === INTERRUPTED ||
    UNREACHABLE.has(code) ||
    PLAIN.test(error.message) ||
    LOST.test(error.message) ||
    (SQL_STATE.test(code) && code.startsWith('08'))
  );
}

/** `connected`: it was one, until then. */
interface Circumstances {
  connected?: boolean;
  outcome?: Outcome | undefined;
}

/** Turns an error of a driver into a TomoError, or returns it as it is when it means a bug. */
export function translateError(error: unknown, location: string, circumstances: Circumstances = {}): unknown {
  if (error instanceof TomoError || !(error instanceof Error)) return error;
  const { connected = false, outcome } = circumstances;
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
  const meaning =
    'severity' in error && NODE_LOST.test(text) ? nodeLost : meaningOf(code, text, connected && endsConnection(error));
  if (!meaning) return error;
  const [known, message, hint, reason] = meaning((text || code).replace(/\.$/, ''), location);
  return new TomoError(known, message, { hint, reason, outcome, cause: error });
}

/** The parameters of a statement. Throws INVALID_INPUT for text that cannot be in a database, which the protocol stumbles over. */
export function sendable(params: readonly unknown[]): unknown[] {
  const bad = params
    .flat()
    .some((value) => typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()));
  if (!bad) return [...params];
  throw new TomoError('INVALID_INPUT', 'A text has a character that no database can hold: NUL, or half of a pair.');
}

/** The rows of a statement of its own, on whatever runs it; its error translated. */
export async function rowsOf<Row>(
  client: { query(text: string, values: unknown[]): Promise<{ rows: unknown[] }> },
  location: string,
  text: string,
  params: readonly unknown[],
): Promise<Row[]> {
  try {
    return (await client.query(text, sendable(params))).rows as Row[];
  } catch (error) {
    throw translateError(error, location);
  }
}

function meaningOf(code: string, text: string, isLost: boolean): Meaning | undefined {
  const own = MEANINGS[code];
  if (own === schemaMissing) return /\btomo\b|schema_migrations\.breaking/.test(text) ? own : lacking;
  if (own) return own;
  if (isLost && (!SQL_STATE.test(code) || code.startsWith('08'))) return lost;
  if (SQL_STATE.test(code)) return CLASSES[code.slice(0, 2)];
  if (UNREACHABLE.has(code)) return unreachable;
  if (TLS.test(code)) return untrusted;
  if (PLAIN.test(text)) return lacksTls;
  return LOST.test(text) ? unreachable : undefined;
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
