import * as Flags from '@oclif/core/flags';
import { ACTIVITY_KINDS } from '../../model/activity.ts';

const group = { helpGroup: 'FILTER' };
const several = { ...group, multiple: true, multipleNonGreedy: true } as const;

/** What selects activity, for list and export alike. */
export const activityFilterFlags = {
  session: Flags.string({
    ...group,
    description: 'Of this session (id or prefix), also of one that is deleted.',
    helpValue: '<id>',
  }),
  user: Flags.string({ ...several, char: 'u', description: 'Of this user; may be repeated.', helpValue: '<name>' }),
  since: Flags.string({
    ...group,
    description: 'At or after this time: ISO 8601, a date, 90m, 2h, 7d, today, yesterday.',
    helpValue: '<time>',
  }),
  until: Flags.string({ ...group, description: 'Before this time.', helpValue: '<time>' }),
  kind: Flags.option({
    ...several,
    options: ACTIVITY_KINDS,
    delimiter: ',',
    description: 'Of this kind; may be repeated.',
  })(),
  path: Flags.string({ ...group, description: 'Its path contains this.', helpValue: '<text>' }),
  status: Flags.string({
    ...several,
    delimiter: ',',
    description: 'Answered with this status: a code (404) or a family (4xx); may be repeated.',
    helpValue: '<status>',
  }),
};
