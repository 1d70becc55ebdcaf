import * as Flags from '@oclif/core/flags';
import { ALERT_KINDS, DELIVERIES } from '../../model/alert.ts';
import { filtering, several, sinceFlag, usersFlag } from './flags.ts';

/** What selects alerts, for list and ack alike. */
export const alertFilterFlags = {
  kind: Flags.option({
    ...filtering,
    ...several,
    options: ALERT_KINDS,
    description: 'Of this kind; may be repeated.',
  })(),
  user: usersFlag('About'),
  since: sinceFlag('Raised at or after'),
  delivery: Flags.option({
    ...filtering,
    ...several,
    options: DELIVERIES,
    description: 'Sent, waiting to be sent, or given up; may be repeated.',
  })(),
};
