/** Everything that can go wrong in a way the caller is expected to handle. */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'AMBIGUOUS_ID'
  | 'PERMISSION_DENIED'
  | 'NOT_CONFIRMED'
  | 'EXPECTATION_FAILED'
  | 'KEEP_NOT_LIVE'
  | 'NOT_RESTORABLE'
  | 'AUTHENTICATION_FAILED'
  | 'USER_INACTIVE'
  | 'SESSION_LIMIT'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_BUSY'
  | 'DATABASE_READ_ONLY'
  | 'DATABASE_UNUSABLE'
  | 'SCHEMA_MISSING'
  | 'SCHEMA_OLDER'
  | 'SCHEMA_NEWER'
  | 'AUDIT_UNUSABLE'
  | 'TIMES_AHEAD'
  | 'INTERRUPTED';

/** What failed, more exactly than the code, where what to do next depends on it. */
export type ErrorReason =
  | `malformed-${'session' | 'device' | 'alert' | 'revocation' | 'audit-row'}-id`
  | `no-such-${'session' | 'device' | 'alert' | 'revocation' | 'audit-row' | 'setting'}`
  | 'malformed-digest'
  | 'not-an-id'
  | 'over-a-year-ago'
  | 'no-session-of-yours'
  | 'sessions-of-others'
  | 'related-to-others'
  | 'no-city-database'
  | 'names-asn-database'
  | 'names-city-database'
  | 'database-in-use'
  | 'before-first-release'
  | 'file-of-another-server'
  | 'not-that-server'
  | 'revocations-in-audit'
  | 'lacks-rights-there'
  | 'another-server'
  | 'node-lost'
  | 'distributed-already';

/** What is known of a change that was cut off: nothing of it is in force, or its confirmation never came. */
export type Outcome = 'unchanged' | 'unknown';

interface ErrorFacts {
  /** The input that is at fault, by its name; the message begins with it: `since: "x" is not a time.` */
  field?: string | undefined;
  reason?: ErrorReason | undefined;
  /** More about it in plain words, e.g. what a value looks like; nothing of a command line. */
  hint?: string | undefined;
  details?: Record<string, unknown> | undefined;
  outcome?: Outcome | undefined;
  cause?: unknown;
}

/**
 * An expected failure: what happened, with the value. The command line adds its flags and commands:
 * cli/base/error-words.ts.
 */
export class TomoError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly reason: ErrorReason | undefined;
  readonly hint: string | undefined;
  /** Facts for programs, e.g. the candidates of an ambiguous id. */
  readonly details: Record<string, unknown> | undefined;
  /** Of the transaction that failed; undefined: it was none that changes anything, or that does not matter. */
  readonly outcome: Outcome | undefined;

  constructor(code: ErrorCode, message: string, { field, reason, hint, details, outcome, cause }: ErrorFacts = {}) {
    super(field === undefined ? message : `${field}: ${message}`, { cause });
    this.name = 'TomoError';
    this.code = code;
    this.field = field;
    this.reason = reason;
    this.hint = hint;
    this.details = details;
    this.outcome = outcome;
  }
}

/** For what somebody has typed or set up; `hint`: what to do instead. */
export function invalidInput(message: string, hint?: string): TomoError {
  return new TomoError('INVALID_INPUT', message, { hint });
}

/** The same for an input with a name. */
export function invalidField(field: string, message: string, hint?: string): TomoError {
  return new TomoError('INVALID_INPUT', message, { field, hint });
}
