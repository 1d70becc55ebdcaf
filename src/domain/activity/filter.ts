import type { ActivityFilter } from '../../model/activity.ts';
import { invalidField } from '../../model/errors.ts';
import type { Activity } from '../../model/session.ts';
import { checkNetwork, notEmpty, userNames } from '../list/filter-text.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';
import { parsePeriod } from '../text/time.ts';

/** A filter as somebody types it. */
type ActivityFilterInput = Negatable<PlainInput, 'session' | 'user' | 'ip' | 'kind' | 'path' | 'status'>;

interface PlainInput {
  session?: string | undefined;
  user?: string[] | undefined;
  ip?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  kind?: Activity['kind'][] | undefined;
  path?: string | undefined;
  status?: string[] | undefined;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseActivityFilter(input: ActivityFilterInput, now: Date): ActivityFilter {
  return { ...parseChoices(input), ...parsePeriod(input, now), not: parseNegated(input, parseChoices) };
}

function parseChoices(input: PlainInput): NonNullable<ActivityFilter['not']> {
  return {
    session: input.session,
    users: userNames(input.user),
    ips: input.ip?.map(checkNetwork),
    kinds: input.kind,
    path: input.path === undefined ? undefined : notEmpty(input.path, 'path'),
    statuses: input.status?.map(parseStatus),
  };
}

/** "404", or "4xx" for all of 400 to 499. */
function parseStatus(text: string): [from: number, to: number] {
  const [, family, code] = /^(?:([1-5])xx|([1-5]\d\d))$/i.exec(text.trim()) ?? [];
  if (family) return [Number(family) * 100, Number(family) * 100 + 99];
  if (code) return [Number(code), Number(code)];
  throw invalidField('status', `"${text}" is not a status.`, 'Write a code (404) or a family (4xx).');
}
