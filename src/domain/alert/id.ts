import { TomoError } from '../../model/errors.ts';

/** The number of an alert. Throws INVALID_INPUT. */
export function parseAlertId(text: string, what = `"${text}"`): number {
  const id = /^\d{1,15}$/.test(text.trim()) ? Number(text) : 0;
  if (id > 0) return id;
  throw new TomoError('INVALID_INPUT', `${what} is not the number of an alert.`, {
    hint: 'tomo alert list shows the numbers.',
  });
}
