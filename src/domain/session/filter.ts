import { invalidField } from '../../model/errors.ts';
import type { NegatedFilter, Relation, SessionFilter, StateFilter } from '../../model/session.ts';
import { checkNetwork, notEmpty, userNames } from '../list/filter-text.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';
import { parseDuration, parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
export type FilterInput = Negatable<PlainInput, (typeof NEGATABLE)[number]>;

interface PlainInput {
  user?: string[] | undefined;
  ip?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  'live-since'?: string | undefined;
  'live-until'?: string | undefined;
  'idle-for'?: string | undefined;
  device?: string[] | undefined;
  country?: string[] | undefined;
  method?: string[] | undefined;
  'related-to'?: string | undefined;
  relation?: string[] | undefined;
  state?: string | undefined;
  /** Of the operator; who that is, is not known when a filter is parsed. */
  mine?: boolean | undefined;
}

/** The filters that can be turned around. */
export const NEGATABLE = ['user', 'ip', 'idle-for', 'device', 'country', 'method', 'related-to'] as const;

/** The flags that narrow a selection; a bulk command needs at least one of them. */
export const NARROWING = [
  'user',
  'ip',
  'since',
  'until',
  'live-since',
  'live-until',
  'idle-for',
  'device',
  'country',
  'method',
  'related-to',
  'mine',
  ...NEGATABLE.map((name) => `not-${name}` as const),
] as const;

const FORMS = ['desktop', 'mobile', 'tablet', 'tv', 'bot', 'tool'];

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseFilter(input: FilterInput, now: Date): SessionFilter {
  const names = { since: 'live-since', until: 'live-until' } as const;
  const life = parsePeriod({ since: input[names.since], until: input[names.until] }, now, names);
  // a question about the past is not only about those who are still in
  const usual = life.since || life.until ? 'all' : 'active';
  return {
    state: (input.state ?? usual) as StateFilter,
    ...parseChoices(input),
    ...parsePeriod(input, now),
    liveSince: life.since,
    liveUntil: life.until,
    relations: input.relation as Relation[] | undefined,
    not: parseNegated(input, parseChoices),
  };
}

function parseChoices({ 'idle-for': idle, 'related-to': related, ...input }: PlainInput): NegatedFilter {
  return {
    users: userNames(input.user),
    ips: input.ip?.map(checkNetwork),
    idleFor: idle === undefined ? undefined : parseDuration(idle, 'idle-for'),
    devices: input.device?.map(checkDevice),
    countries: input.country?.map(parseCountry),
    methods: input.method?.map((method) => notEmpty(method, 'method')),
    relatedTo: related === undefined ? undefined : notEmpty(related, 'related-to'),
  };
}

/** Whether at least one flag narrows the selection. */
export function isNarrowed(input: FilterInput): boolean {
  return NARROWING.some((name) => input[name] !== undefined);
}

function checkDevice(text: string): string {
  // as a narrow table cuts it
  const device = text.trim().replace(/(…|\.\.\.)$/, '');
  notEmpty(device.replace(/^agent:/i, ''), 'device');
  const [, form] = /^form:(.*)$/i.exec(device) ?? [];
  if (form !== undefined && !FORMS.includes(form.toLowerCase()))
    throw invalidField('device', `"${form}" is not a form of devices.`, `There are: ${FORMS.join(', ')}.`);
  return device;
}

function parseCountry(text: string): string {
  if (!/^[a-z]{2}$/i.test(text.trim())) {
    throw invalidField('country', `"${text}" is not a country code.`, 'Write the two letters of ISO 3166, e.g. DE.');
  }
  return text.trim().toUpperCase();
}
