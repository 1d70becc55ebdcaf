import { TomoError } from '../../model/errors.ts';
import type { Timestamp } from '../../model/session.ts';
import { parseMoment } from '../text/time.ts';

const LONGEST_DAYS = 366;

/** The beginning of a period that ends now. Throws INVALID_INPUT for the future and for more than a year. */
export function parseStatsSince(text: string, now: Date): Timestamp {
  const since = parseMoment(text, 'since', now);
  const days = (now.getTime() - Date.parse(since)) / 86_400_000;
  if (days <= 0) throw new TomoError('INVALID_INPUT', `"${text}" is not in the past.`, { field: 'since' });
  if (days <= LONGEST_DAYS) return since;
  const details = { field: 'since', reason: 'over-a-year-ago' } as const;
  throw new TomoError('INVALID_INPUT', `"${text}" is more than a year ago.`, details);
}
