import type { AlertFilter } from '../../model/alert.ts';
import { userNames } from '../list/filter-text.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
type AlertFilterInput = Negatable<PlainInput, 'kind' | 'user' | 'delivery'>;

interface PlainInput {
  kind?: AlertFilter['kinds'];
  user?: string[] | undefined;
  since?: string | undefined;
  delivery?: AlertFilter['deliveries'];
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseAlertFilter(input: AlertFilterInput, state: AlertFilter['state'], now: Date): AlertFilter {
  const { since } = input;
  return { state, ...parseChoices(input), ...parsePeriod({ since }, now), not: parseNegated(input, parseChoices) };
}

function parseChoices({ kind, user, delivery }: PlainInput): NonNullable<AlertFilter['not']> {
  return { kinds: kind, users: userNames(user), deliveries: delivery };
}
