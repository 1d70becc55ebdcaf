import type { AuditFilter } from '../../model/audit.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
interface AuditFilterInput {
  action?: string[] | undefined;
  actor?: string | undefined;
  user?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseAuditFilter({ action, actor, user, ...period }: AuditFilterInput, now: Date): AuditFilter {
  return { actions: action, actor, user, ...parsePeriod(period, now) };
}
