import { TomoError } from '../../model/errors.ts';

/** The number of an alert. Throws INVALID_INPUT, naming `field` where there is one. */
export function parseAlertId(text: string, field?: string): number {
  const id = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
  if (id > 0) return id;
  throw new TomoError('INVALID_INPUT', `"${text}" is not the number of an alert.`, {
    field,
    reason: 'malformed-alert-id',
  });
}
