import type { AuditFilter } from '../../model/audit.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
type AuditFilterInput = Negatable<PlainInput, 'action' | 'actor' | 'user'>;

interface PlainInput {
  action?: string[] | undefined;
  actor?: string | undefined;
  user?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseAuditFilter(input: AuditFilterInput, now: Date): AuditFilter {
  return { ...parseChoices(input), ...parsePeriod(input, now), not: parseNegated(input, parseChoices) };
}

function parseChoices({ action, actor, user }: PlainInput): NonNullable<AuditFilter['not']> {
  return { actions: action, actor, user };
}
