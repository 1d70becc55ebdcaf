import { withoutTokens } from '../../domain/text/token-text.ts';
import { type ErrorCode, type Outcome, TomoError } from '../../model/errors.ts';
import { asTyped, type Typed } from './as-typed.ts';
import { errorWords, usageError } from './error-words.ts';
import { EXIT_CODE } from './exit-codes.ts';

/** What oclif throws as well. */
export type OclifError = Error & { oclif?: { exit?: number }; parse?: unknown };

/** What a failure prints with `--json`. */
export interface ErrorDocument {
  error: {
    /** UNEXPECTED: a bug, or a fault that tomo does not know. */
    code: ErrorCode | 'UNEXPECTED';
    message: string;
    /** What to do next. */
    hint?: string;
    /** Facts for programs. */
    details?: Record<string, unknown>;
    /** Of a change that was cut off: none of it is in force, or its confirmation never came. */
    outcome?: Outcome;
  };
}

/**
 * What is said of an error, its documented exit code, and the same for `--json`. `id`, `flags`: of the command. What
 * is no failure that tomo knows is said as it is, with exit 1.
 */
export function failureOf(
  error: OclifError,
  id: string,
  flags: readonly string[],
  typed: readonly Typed[] = [],
): { said: Error; exitCode: number; document: ErrorDocument } {
  const usage = error.oclif?.exit === 2 || error.parse !== undefined || error.message.startsWith('Parsing --');
  const own = error instanceof TomoError ? errorWords(error, flags) : undefined;
  const words = usage ? usageError(error, id, flags, typed) : own;
  const known = words && named(words, typed);
  return {
    said: known ?? error,
    exitCode: known ? EXIT_CODE[known.code] : 1,
    document: {
      error: {
        code: known?.code ?? 'UNEXPECTED',
        message: withoutTokens((known ?? error).message),
        ...(known?.hint ? { hint: withoutTokens(known.hint) } : {}),
        ...(known?.details ? { details: known.details } : {}),
        ...(known?.outcome ? { outcome: known.outcome } : {}),
      },
    },
  };
}

/** The same, in which flags are called what they were called. */
function named(error: TomoError, typed: readonly Typed[]): TomoError {
  const { code, message, hint, details, outcome, cause } = error;
  const said = asTyped(message, typed);
  if (said === message) return error;
  return new TomoError(code, said, { ...(hint ? { hint } : {}), details, outcome, cause });
}
