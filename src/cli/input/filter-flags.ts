import * as Flags from '@oclif/core/flags';
import { ACTIVITY_KINDS } from '../../model/activity.ts';
import { ALERT_KINDS, DELIVERIES } from '../../model/alert.ts';
import { AUDIT_ACTIONS } from '../../model/audit.ts';
import { STATE_FILTERS } from '../../model/session.ts';
import { listed, several } from './flags.ts';

export const filtering = { helpGroup: 'FILTER' } as const;

/** A filter that takes a text. */
export function textFlag(helpValue: string, description: string) {
  return Flags.string({ ...filtering, helpValue, description });
}

/** A filter that takes several texts. `how`: whether one may hold a comma. */
export function textsFlag(helpValue: string, description: string, how: typeof several | typeof listed = listed) {
  return Flags.string({ ...filtering, ...how, helpValue, description });
}

/** A filter that takes some of these. */
export function choicesFlag<const T extends readonly string[]>(
  options: T,
  description: string,
  how: typeof several | typeof listed = several,
) {
  return Flags.option({ ...filtering, ...how, options, description })();
}

/** A filter for a beginning that is not --since. `what`: "Live at some moment at or after". */
export function beginningFlag(what: string, aliases: string[] = []) {
  const description = `${what} this time: ISO 8601, a date, 22:00, "yesterday 22:00", 90m, 1d12h, today.`;
  return Flags.string({ ...filtering, aliases, helpValue: '<time>', description });
}

/** The filter --since. `what`: "Logged in at or after". */
export function sinceFlag(what: string) {
  return beginningFlag(what, ['from']);
}

/** The filter --until. `what`: "Logged in". */
export function untilFlag(what: string) {
  return Flags.string({ ...filtering, aliases: ['to'], helpValue: '<time>', description: `${what} this time.` });
}

/** A filter for one user. */
export function userFlag(description: string) {
  return Flags.string({ ...filtering, char: 'u', description, helpValue: '<name>' });
}

/** A filter for users. */
export function usersFlag(whose: string) {
  const description = `${whose} this user; may be repeated.`;
  return Flags.string({ ...filtering, ...several, char: 'u', description, helpValue: '<name>' });
}

/** A flag of a filter, as oclif has it. */
interface FilterFlag {
  description?: string;
  char?: unknown;
}

/**
 * Those that have no opposite of their own: for a time it is the other one of the two, --relation says
 * how others are meant.
 */
const ONE_WAY = [
  'since',
  'until',
  'live-since',
  'live-until',
  'new-since',
  'relation',
  'restored',
  'standing',
] as const;

type OneWay = (typeof ONE_WAY)[number];

/**
 * Filters, and each that can be turned around once more as --not-…, which leaves out what the first selects: help
 * names it with the first.
 */
export function withOpposites<F extends Record<string, FilterFlag>>(
  flags: F,
): F & { [N in Exclude<keyof F & string, OneWay> as `not-${N}`]: F[N] } {
  const entries = Object.entries(flags).flatMap(([name, flag]) => {
    if (ONE_WAY.some((one) => one === name)) return [[name, flag] as const];
    const {
      char: _,
      aliases: __,
      exclusive: ___,
      ...rest
    } = flag as FilterFlag & { aliases?: unknown; exclusive?: unknown };
    const opposite = { ...rest, hidden: true, description: `Not: ${flag.description}` };
    const description = `${flag.description} Or not: --not-${name}.`;
    return [[name, { ...flag, description }] as const, [`not-${name}`, opposite] as const];
  });
  return Object.fromEntries(entries) as ReturnType<typeof withOpposites<F>>;
}

/** The filters, the same in every command that selects sessions. */
export const filterFlags = withOpposites({
  user: usersFlag('Sessions of'),
  ip: textsFlag('<address>', 'From this address or network (CIDR); may be repeated.'),
  since: sinceFlag('Logged in at or after'),
  until: untilFlag('Logged in before'),
  'live-since': beginningFlag('Live at some moment at or after'),
  'live-until': textFlag('<time>', 'Live at some moment before this time; with --live-since, between the two.'),
  'idle-for': textFlag('<duration>', 'Without activity for at least this long, e.g. 30m.'),
  device: textsFlag(
    '<text>',
    'Words of browser and system ("firefox on windows") or of its label, as in the column DEVICE; an id of device list; form:mobile; agent:TEXT for a part of the user agent. May be repeated.',
    several,
  ),
  country: textsFlag('<code>', 'From this country (two letters); may be repeated.'),
  method: textsFlag('<name>', 'Logged in with this method, e.g. password; may be repeated.', several),
  'related-to': textFlag(
    '<id>',
    'Sessions that share address, network (/24, IPv6 /64), device or its fingerprint with this one (id or prefix), itself included.',
  ),
  relation: Flags.string({
    ...filtering,
    ...listed,
    options: ['address', 'network', 'device', 'fingerprint'],
    description: 'With --related-to: sessions that share one of these.',
    dependsOn: ['related-to'],
  }),
});

/** Beside the filters, where a Tomo user may act on their own sessions. */
export const mineFlag = Flags.boolean({
  ...filtering,
  description: 'Only your own sessions; TOMO_TOKEN says who you are.',
  exclusive: ['user'],
});

/** `usual`: which ones without it. */
export function stateFlag(usual: string) {
  const description = `Which sessions: live ones, those that ended in one way (evicted: by the session limit), all that ended, or all. [default: ${usual}]`;
  return Flags.option({ ...filtering, options: STATE_FILTERS, description })();
}

/** What selects activity, for list and export alike. */
export const activityFilterFlags = withOpposites({
  session: textFlag('<id>', 'Of this session (id or prefix), also of one that is deleted.'),
  user: usersFlag('Of'),
  ip: textsFlag('<address>', 'From this address or network (CIDR); may be repeated.'),
  since: sinceFlag('At or after'),
  until: untilFlag('Before'),
  kind: choicesFlag(ACTIVITY_KINDS, 'Of this kind; may be repeated.', listed),
  path: textFlag('<text>', 'Its path contains this.'),
  status: textsFlag('<status>', 'Answered with this status: a code (404) or a family (4xx); may be repeated.'),
});

/** What selects alerts, for list and ack alike. */
export const alertFilterFlags = withOpposites({
  kind: choicesFlag(ALERT_KINDS, 'Of this kind; may be repeated.'),
  user: usersFlag('About'),
  since: sinceFlag('Raised at or after'),
  delivery: choicesFlag(DELIVERIES, 'Sent, waiting to be sent, or given up; may be repeated.'),
});

/** What selects rows of the audit. */
export const auditFilterFlags = withOpposites({
  action: textsFlag('<name>', `What was done; may be repeated: ${AUDIT_ACTIONS.slice(0, 8).join(', ')} …`),
  actor: textFlag('<text>', 'User, OS user, host or database role of whoever did it contains this.'),
  user: userFlag('What was done to this user.'),
  since: sinceFlag('At or after'),
  until: untilFlag('Before'),
});
