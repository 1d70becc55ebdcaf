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
  | 'SCHEMA_MISSING'
  | 'SCHEMA_OLDER'
  | 'SCHEMA_NEWER'
  | 'WORK_REMAINS'
  | 'INTERRUPTED';

/** An expected failure: what happened, with the value, and (`hint`) what to do next. */
export class TomoError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Facts for programs, e.g. the candidates of an ambiguous id. */
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'TomoError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}
