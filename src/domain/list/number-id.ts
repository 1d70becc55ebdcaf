import { TomoError } from '../../model/errors.ts';

/** What has a number. */
export const NOUNS = { alert: 'an alert', revocation: 'a revocation', 'audit-row': 'a row of the audit' } as const;

/** The number of one of these. Throws INVALID_INPUT. */
export function parseNumberId(text: string, noun: keyof typeof NOUNS): number {
  const id = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
  if (id > 0) return id;
  throw new TomoError('INVALID_INPUT', `"${text}" is not the number of ${NOUNS[noun]}.`, {
    reason: `malformed-${noun}-id`,
  });
}
