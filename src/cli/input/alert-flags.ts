import * as Flags from '@oclif/core/flags';
import { parseMoment } from '../../domain/text/time.ts';
import { ALERT_KINDS, type ALERT_STATES, type AlertFilter, DELIVERIES } from '../../model/alert.ts';
import { TomoError } from '../../model/errors.ts';

const group = { helpGroup: 'FILTER', multiple: true, multipleNonGreedy: true } as const;

/** What selects alerts, for list and ack alike. */
export const alertFilterFlags = {
  kind: Flags.option({ ...group, options: ALERT_KINDS, description: 'Of this kind; may be repeated.' })(),
  user: Flags.string({ ...group, char: 'u', description: 'About this user; may be repeated.', helpValue: '<name>' }),
  since: Flags.string({
    description: 'Raised at or after this time: ISO 8601, a date, 90m, 2h, 7d, today, yesterday.',
    helpValue: '<time>',
    helpGroup: 'FILTER',
  }),
  delivery: Flags.option({
    ...group,
    options: DELIVERIES,
    description: 'Sent, waiting to be sent, or given up; may be repeated.',
  })(),
};

interface AlertFilterInput {
  kind?: (typeof ALERT_KINDS)[number][] | undefined;
  user?: string[] | undefined;
  since?: string | undefined;
  delivery?: (typeof DELIVERIES)[number][] | undefined;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseAlertFilter(
  flags: AlertFilterInput,
  state: (typeof ALERT_STATES)[number],
  now: Date,
): AlertFilter {
  if (flags.user?.some((name) => name.trim() === '')) throw new TomoError('INVALID_INPUT', '--user is empty.');
  return {
    state,
    kinds: flags.kind,
    users: flags.user,
    deliveries: flags.delivery,
    since: flags.since === undefined ? undefined : parseMoment(flags.since, 'since', now),
  };
}
