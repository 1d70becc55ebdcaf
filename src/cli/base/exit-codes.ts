import type { ErrorCode } from '../../model/errors.ts';

/** The one table of exit codes; the README prints it. */
export const EXIT_CODES: Readonly<Record<string, string>> = {
  0: 'done (an empty list and "nothing to do" are done)',
  1: 'unexpected error',
  2: 'invalid arguments',
  3: 'authentication failed: TOMO_TOKEN or the inspected token is not accepted',
  4: 'not found',
  5: 'permission denied',
  6: 'refused (not confirmed, --expect differs, cannot be kept, restored or put on record, times in the future)',
  7: 'database unreachable, too busy, or its schema not usable',
  8: 'work remains: the budget is used up, a step of a cleanup failed, or alerts were not delivered',
  9: 'a check has found problems',
  130: 'interrupted',
};

export const EXIT_CODE: Record<ErrorCode, number> = {
  INVALID_INPUT: 2,
  AMBIGUOUS_ID: 2,
  AUTHENTICATION_FAILED: 3,
  NOT_FOUND: 4,
  PERMISSION_DENIED: 5,
  USER_INACTIVE: 5,
  NOT_CONFIRMED: 6,
  EXPECTATION_FAILED: 6,
  KEEP_NOT_LIVE: 6,
  NOT_RESTORABLE: 6,
  SESSION_LIMIT: 6,
  AUDIT_UNUSABLE: 6,
  TIMES_AHEAD: 6,
  DATABASE_UNREACHABLE: 7,
  DATABASE_BUSY: 7,
  DATABASE_READ_ONLY: 7,
  DATABASE_UNUSABLE: 7,
  SCHEMA_MISSING: 7,
  SCHEMA_OLDER: 7,
  SCHEMA_NEWER: 7,
  INTERRUPTED: 130,
};
