import type { ActivityFilter } from '../../model/activity.ts';
import { TomoError } from '../../model/errors.ts';
import type { Activity } from '../../model/session.ts';
import { parseMoment } from '../text/time.ts';

/** A filter as somebody types it. */
interface ActivityFilterInput {
  session?: string | undefined;
  user?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  kind?: Activity['kind'][] | undefined;
  path?: string | undefined;
  status?: string[] | undefined;
}

/** Checks what was typed. Throws INVALID_INPUT naming the flag and the value. */
export function parseActivityFilter(input: ActivityFilterInput, now: Date): ActivityFilter {
  const since = input.since === undefined ? undefined : parseMoment(input.since, '--since', now);
  const until = input.until === undefined ? undefined : parseMoment(input.until, '--until', now);
  if (since && until && since >= until) {
    throw new TomoError(
      'INVALID_INPUT',
      `--since ${input.since} is not before --until ${input.until}, so nothing can match.`,
      {
        hint: 'Swap the two.',
      },
    );
  }
  for (const text of [...(input.user ?? []), ...(input.path === undefined ? [] : [input.path])]) {
    if (text.trim() === '')
      throw new TomoError('INVALID_INPUT', `${input.path === text ? '--path' : '--user'} is empty.`);
  }
  return {
    session: input.session,
    users: input.user,
    since,
    until,
    kinds: input.kind,
    path: input.path,
    statuses: input.status?.map(parseStatus),
  };
}

/** "404", or "4xx" for all of 400 to 499. */
function parseStatus(text: string): [from: number, to: number] {
  const [, family, code] = /^(?:([1-5])xx|([1-5]\d\d))$/i.exec(text.trim()) ?? [];
  if (family) return [Number(family) * 100, Number(family) * 100 + 99];
  if (code) return [Number(code), Number(code)];
  throw new TomoError('INVALID_INPUT', `--status: "${text}" is not a status.`, {
    hint: 'Write a code (404) or a family (4xx).',
  });
}
