import type { RevocationFilter, RevocationScope } from '../../model/revocation.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
interface RevocationFilterInput {
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
    user: input.user,
    scopes: input.scope && [input.scope],
    restored: input.restored || input.standing ? input.restored === true : undefined,
    restorable: input.restorable || undefined,
    ...parsePeriod(input, now),
  };
}
