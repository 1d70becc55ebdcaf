import type { RevocationFilter, RevocationScope } from '../../model/revocation.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
type RevocationFilterInput = Negatable<PlainInput, 'user' | 'scope'>;

interface PlainInput {
  user?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  scope?: RevocationScope | undefined;
  restored?: boolean;
  standing?: boolean;
  restorable?: boolean;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseRevocationFilter(input: RevocationFilterInput, now: Date): RevocationFilter {
  return {
    ...parseChoices(input),
    not: parseNegated(input, parseChoices),
    restored: input.restored || input.standing ? input.restored === true : undefined,
    restorable: input.restorable || undefined,
    ...parsePeriod(input, now),
  };
}

function parseChoices({ user, scope }: PlainInput): NonNullable<RevocationFilter['not']> {
  return { user, scopes: scope && [scope] };
}
