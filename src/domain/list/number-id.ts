import { TomoError } from '../../model/errors.ts';

/** The number of an alert or a revocation. Throws INVALID_INPUT. */
export function parseNumberId(text: string, noun: 'alert' | 'revocation'): number {
  const id = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
  if (id > 0) return id;
  throw new TomoError('INVALID_INPUT', `"${text}" is not the number of ${noun === 'alert' ? 'an' : 'a'} ${noun}.`, {
    reason: `malformed-${noun}-id`,
  });
}
