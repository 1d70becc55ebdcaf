import type { ErrorCode, ErrorReason } from '../../model/errors.ts';
import { SQLSTATE } from './sqlstate.ts';

/** What an error is to our callers, from the driver's own text about it and from where it happened. */
export type Meaning = (
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
export const schemaMissing: Meaning = (text, location) => [
  'SCHEMA_MISSING',
  `The database at ${location} has no Tomo session tables, or not all of them: ${text}.`,
  'Check that it is the right database.',
];
/** Not ours, so something around us: another search path, a pooler, a database that only speaks like PostgreSQL. */
export const lacking: Meaning = (text, location) => [
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
  'Changes go to the primary. To have it found, name both servers: postgres://one,other/database?target_session_attrs=prefer-standby';

/** The code of the error for which the caller gives up a connection. */
export const INTERRUPTED = 'INTERRUPTED';

/** By SQLSTATE, or by the code that Node gives. */
export const MEANINGS: Partial<Record<string, Meaning>> = {
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

export const unreachable: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `Cannot reach the database at ${location}: ${text}.`,
  'Is the server running, and the address right? (TOMO_DATABASE_URL, PGHOST, PGPORT)',
];
/** PgBouncer's words for having no connection to lend, with the same SQLSTATE as everything else that it says. */
export const POOLER_FULL = /^query_wait_timeout|^no more connections allowed/;
export const poolerFull: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The pooler at ${location} has no connection free: ${text}.`,
  'On its console SHOW POOLS says who waits, SHOW DATABASES whether it is paused. Try again.',
];
/** Said by the coordinator of a distributed database, which itself is well. */
const NODE = /(?:remote node|marked as essential:|to) (?:\S+@)?(\S+:\d+)/;
export const nodeLost: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `A server of the distributed database at ${location} does not answer: ${NODE.exec(text)?.[1] ?? text}.`,
  'What concerns all sessions takes all servers. Start it, or let its standby take its place: select citus_update_node(…).',
  'node-lost',
];
export const lacksTls: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The connection to the database at ${location} failed: ${text}.`,
  'Is it the right server? With sslmode=disable it is not asked for TLS, and whoever is on the way can read along.',
];
export const lost: Meaning = (text, location) => [
  'DATABASE_UNREACHABLE',
  `The connection to the database at ${location} broke: ${text}.`,
  'Is the server still running, and the network between? Try again.',
];
export const untrusted: Meaning = (text, location) => [
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
export const CLASSES: Partial<Record<string, Meaning>> = {
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
