import { printable } from '../views/printable.ts';

const MAX_LENGTH = 200;

/**
 * What a failed delivery says, on one line, without these secrets (or parts of URLs that may be some), to
 * be kept and shown.
 */
export function errorWords(error: unknown, secrets: readonly string[]): string {
  // of several addresses that were tried, the first
  const one = error instanceof AggregateError ? error.errors[0] : error;
  const cause =
    one instanceof Error && /^(Timeout|Abort)Error$/.test(one.name)
      ? 'no answer in time'
      : one instanceof Error
        ? one.message
        : String(one);
  const code = one instanceof Error && 'code' in one && typeof one.code === 'string' ? one.code : 'unknown error';
  let words = cause || code;
  for (const secret of secrets) if (secret.length > 1) words = words.replaceAll(secret, '…');
  return printable(words.trim()).slice(0, MAX_LENGTH);
}
