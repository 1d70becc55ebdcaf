import { didYouMean } from '../../domain/text/did-you-mean.ts';
import { optionWords } from '../../domain/text/shell-word.ts';
import { type ErrorCode, type ErrorReason, TomoError } from '../../model/errors.ts';
import { asTyped, fileGiven, type Typed } from './as-typed.ts';
import { adviceOnFlag } from './flag-advice.ts';

/** What to do next, by the reason of an error, or by its code where it has none. */
const NEXT: Record<ErrorReason, string> & Partial<Record<ErrorCode, string>> = {
  'malformed-session-id':
    'tomo session list shows them. Of a user by name: tomo user show NAME, tomo session revoke-user NAME',
  'malformed-device-id': 'tomo device list shows them.',
  'malformed-alert-id': 'tomo alert list shows the numbers.',
  'malformed-revocation-id': 'A revoke command prints it: (revocation 17). To look: tomo revocation list',
  'malformed-audit-row-id': 'tomo audit list shows the numbers.',
  'malformed-digest': 'tomo session cleanup and tomo audit verify print it.',
  'not-an-id':
    'tomo token inspect - takes tokens on stdin, says whose they are, and with --revoke ends their sessions.',
  'no-such-session': 'To look: tomo session list --state all',
  'no-such-device': 'To look: tomo device list',
  'no-such-alert': 'To look: tomo alert list --state all',
  'no-such-revocation': 'A revoke command prints its number. To look: tomo revocation list',
  'no-such-audit-row': 'To look: tomo audit list',
  'revocations-in-audit':
    'To look: tomo audit list --action revoke --action revoke-user --action revoke-all. Those of the schema tomo: --server tomo',
  'no-such-setting': 'tomo config show lists them.',
  'over-a-year-ago': 'At most --since 366d. To list older sessions: tomo session list --state all --until TIME',
  'no-session-of-yours': 'To look: tomo session list --mine --state all',
  'sessions-of-others': 'Your own: --mine',
  'related-to-others': 'Your own, without --related-to: --mine',
  'no-city-database': 'Name one with --city-database or TOMO_GEO_CITY_DATABASE. Where to get one: docs/geolocation.md',
  'names-asn-database': 'Did you mean --asn-database?',
  'names-city-database': 'Did you mean --city-database?',
  'database-in-use': 'Give the demo a folder of its own: XDG_DATA_HOME=~/tomo-demo tomo demo',
  'before-first-release':
    'Save what you need of it, then "drop schema tomo cascade" (users and sessions are lost) and tomo db migrate. An embedded database: delete its folder.',
  'file-of-another-server': 'Say whose sessions they are: --server or TOMO_SERVER.',
  'lacks-rights-there':
    'The owner of the tables can allow it. What it takes: tomo db grants --role operator --server NAME',
  'not-that-server': 'Its columns, times and rights: tomo server check',
  'another-server': '',
  'node-lost': 'Which are there: tomo db status',
  'distributed-already': 'Where it lies: tomo db status',
  DATABASE_UNUSABLE: 'To look further: tomo doctor',
  KEEP_NOT_LIVE: 'To look: tomo session list',
  SCHEMA_MISSING: 'To set it up: tomo db migrate',
  SCHEMA_OLDER: 'Run tomo db migrate with a role that owns the schema.',
  SCHEMA_NEWER: 'Update tomo: npm install --global @tomo/cli@latest',
  SESSION_LIMIT: 'To end one: tomo session revoke',
};

/**
 * An error of the domain in the words of the command line: its field as the flag of that name, and
 * which command helps.
 */
export function errorWords(error: TomoError, flags: readonly string[]): TomoError {
  const { code, field, reason, message, hint, details, outcome, cause } = error;
  const words = NEXT[reason ?? code]?.replace('--server NAME', () => optionWords('server', `${details?.server}`));
  const next = [hint, words].filter(Boolean).join(' ');
  const isFlag = field !== undefined && flags.includes(field) && message.startsWith(`${field}: `);
  return new TomoError(code, isFlag ? `--${message}` : message, {
    ...(next ? { hint: next } : {}),
    details,
    outcome,
    cause,
  });
}

/**
 * An error of parsing the arguments, without what oclif wraps around its message. `flags`: all that the command has;
 * `typed`: those that were called otherwise.
 */
export function usageError(
  error: Error,
  id: string,
  flags: readonly string[],
  typed: readonly Typed[] = [],
): TomoError {
  const message = error.message
    .replace(/\nSee more help.*/s, '')
    .replace(/\n+Note: .*/s, '')
    .replace(/^(Parsing --?\S+|The following errors? occurred:)\s+/, '')
    .replaceAll('=true', '')
    .trim();
  error.message = message;
  const own = error instanceof TomoError ? errorWords(error, flags) : undefined;
  if (own?.hint) return own;
  // where a question stands before the harm, no slip of the fingers is led past it
  const risky = (flag: string) => flags.includes('yes') && ['yes', 'all', 'compromised', 'revoke'].includes(flag);
  const [, unknown] = /^Nonexistent flags?: (-[^\s,]+)/.exec(message) ?? [];
  const advice = unknown && adviceOnFlag(unknown, id);
  const meant =
    unknown &&
    !advice &&
    didYouMean(
      unknown,
      // oclif itself knows --json where a command has none
      flags
        .filter((flag) => !risky(flag))
        .map((flag) => `--${flag}`)
        .filter((flag) => flag !== unknown),
    );
  const [, value = '', options] = /^Expected --\S+?=(.*) to be one of: (.*)$/.exec(message) ?? [];
  const option = options && (didYouMean(value, options.split(', ')) ?? intoFile(value));
  const dash = unknown && !unknown.startsWith('--') ? 'Put -- before a name that begins with a dash.' : undefined;
  const file = fileGiven(asTyped(message, typed), typed);
  const hint = [
    advice,
    meant,
    option,
    file && intoFile(file),
    !advice && dash,
    `See tomo ${id.replaceAll(':', ' ')} --help`,
  ]
    .filter(Boolean)
    .join('\n');
  return new TomoError('INVALID_INPUT', own?.message ?? message, { hint, cause: error });
}

/** Other tools take the name of a file where tomo takes a format. */
function intoFile(value: string): string | undefined {
  return /\.\w+$/.test(value) ? `Into a file: > ${value}` : undefined;
}
