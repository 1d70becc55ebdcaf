import * as Flags from '@oclif/core/flags';
import { ACTIVITY_KINDS } from '../../model/activity.ts';
import { filtering, listed, sinceFlag, textFlag, usersFlag } from './flags.ts';

/** What selects activity, for list and export alike. */
export const activityFilterFlags = {
  session: textFlag('<id>', 'Of this session (id or prefix), also of one that is deleted.'),
  user: usersFlag('Of'),
  since: sinceFlag('At or after'),
  until: textFlag('<time>', 'Before this time.'),
  kind: Flags.option({
    ...filtering,
    ...listed,
    options: ACTIVITY_KINDS,
    description: 'Of this kind; may be repeated.',
  })(),
  path: textFlag('<text>', 'Its path contains this.'),
  status: Flags.string({
    ...filtering,
    ...listed,
    description: 'Answered with this status: a code (404) or a family (4xx); may be repeated.',
    helpValue: '<status>',
  }),
};
