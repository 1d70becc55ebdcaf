import { type Outcome, TomoError } from '../../model/errors.ts';
import {
  CLASSES,
  INTERRUPTED,
  lacking,
  lacksTls,
  lost,
  MEANINGS,
  type Meaning,
  nodeLost,
  POOLER_FULL,
  poolerFull,
  schemaMissing,
  unreachable,
  untrusted,
} from './failure-words.ts';
import { codeOf, SQLSTATE } from './sqlstate.ts';

const UNREACHABLE = new Set(
  'ECONNREFUSED ECONNRESET ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE ENOENT EACCES'.split(' '),
);
const TLS = /^(ERR_TLS|ERR_SSL|ERR_OSSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_)/;
const PLAIN = /does not support SSL|SSL connection/i;
const LOST = /connection terminated|timeout expired|server closed|not queryable/i;
const NODE_LOST =
  /^(?:connection to the remote node|failure on connection marked as essential|could not establish any connections to the node)/;
/** The node of a cluster that has the row says it in words alone, of its part of the table. */
const OF_A_NODE = /^new row for relation "\w+_\d+" violates check constraint "(\w+)"$/;
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

/**
 * The parameters of a statement. Throws INVALID_INPUT for text that cannot be in a database, which the
 * protocol stumbles over.
 */
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
  if (POOLER_FULL.test(text)) return poolerFull;
  if (isLost && (!SQL_STATE.test(code) || code.startsWith('08'))) return lost;
  if (SQL_STATE.test(code)) return CLASSES[code.slice(0, 2)];
  if (UNREACHABLE.has(code)) return unreachable;
  if (TLS.test(code)) return untrusted;
  if (PLAIN.test(text)) return lacksTls;
  return LOST.test(text) ? unreachable : undefined;
}

/**
 * We have row_security off, so that PostgreSQL refuses what it would otherwise leave rows out of; its text
 * may be translated.
 */
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
  const [ofNode, named] = (error.schema === undefined && OF_A_NODE.exec(error.message)) || [];
  if (error.schema !== 'tomo' && !ofNode) return undefined;
  const [, setting] = /^settings_(\w+)_check$/.exec(named ?? error.constraint ?? '') ?? [];
  const message = setting
    ? `The value is out of the range of ${setting}.`
    : `The database refused a value: ${error.message}.`;
  return new TomoError('INVALID_INPUT', `${message} Nothing was changed.`, { cause: error });
}
