import type { AlertFilter } from '../../model/alert.ts';
import { userNames } from '../list/filter-text.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
interface AlertFilterInput {
  kind?: AlertFilter['kinds'];
  user?: string[] | undefined;
  since?: string | undefined;
  delivery?: AlertFilter['deliveries'];
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseAlertFilter(
  { kind, user, since, delivery }: AlertFilterInput,
  state: AlertFilter['state'],
  now: Date,
): AlertFilter {
  return { state, kinds: kind, users: userNames(user), deliveries: delivery, ...parsePeriod({ since }, now) };
}
