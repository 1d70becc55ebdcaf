import * as Flags from '@oclif/core/flags';
import { parsePeriod } from '../../domain/text/time.ts';
import { AUDIT_ACTIONS, type AuditFilter } from '../../model/audit.ts';

/** What selects rows of the audit. */
export const auditFilterFlags = {
  action: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    description: `What was done; may be repeated: ${AUDIT_ACTIONS.slice(0, 8).join(', ')} …`,
    helpValue: '<name>',
    helpGroup: 'FILTER',
  }),
  actor: Flags.string({
    description: 'User, OS user, host or database role of whoever did it contains this.',
    helpValue: '<text>',
    helpGroup: 'FILTER',
  }),
  user: Flags.string({
    char: 'u',
    description: 'What was done to this user.',
    helpValue: '<name>',
    helpGroup: 'FILTER',
  }),
  since: Flags.string({
    description: 'At or after this time: ISO 8601, a date, 90m, 2h, 7d, today, yesterday.',
    helpValue: '<time>',
    helpGroup: 'FILTER',
  }),
  until: Flags.string({ description: 'Before this time.', helpValue: '<time>', helpGroup: 'FILTER' }),
};

interface AuditFilterInput {
  action?: string[] | undefined;
  actor?: string | undefined;
  user?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/** Throws INVALID_INPUT. */
export function parseAuditFilter({ action, actor, user, ...period }: AuditFilterInput, now: Date): AuditFilter {
  return {
    ...parsePeriod(period, now),
    ...(action ? { actions: action } : {}),
    ...(actor === undefined ? {} : { actor }),
    ...(user === undefined ? {} : { user }),
  };
}
