import * as Flags from '@oclif/core/flags';
import { AUDIT_ACTIONS } from '../../model/audit.ts';
import { filtering, listed, sinceFlag, textFlag } from './flags.ts';

/** What selects rows of the audit. */
export const auditFilterFlags = {
  action: Flags.string({
    ...filtering,
    ...listed,
    description: `What was done; may be repeated: ${AUDIT_ACTIONS.slice(0, 8).join(', ')} …`,
    helpValue: '<name>',
  }),
  actor: textFlag('<text>', 'User, OS user, host or database role of whoever did it contains this.'),
  user: Flags.string({ ...filtering, char: 'u', description: 'What was done to this user.', helpValue: '<name>' }),
  since: sinceFlag('At or after'),
  until: textFlag('<time>', 'Before this time.'),
};
