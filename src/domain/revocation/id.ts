import { TomoError } from '../../model/errors.ts';

/** The number of a revocation. Throws INVALID_INPUT. */
export function parseRevocation(text: string): number {
  if (!/^\d{1,15}$/.test(text.trim())) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not the number of a revocation.`, {
      reason: 'malformed-revocation-id',
    });
  }
  return Number(text);
}
