import { parseMoment } from '../domain/text/time.ts';
import { TomoError } from './errors.ts';
import type { Activity, Timestamp } from './session.ts';

export const ACTIVITY_KINDS = ['page', 'api', 'action'] as const;

/** One recorded request with the session and the user it belongs to. This is also what `--json` prints: its keys are a contract. */
export interface ActivityEntry extends Activity {
  sessionId: string;
  /** Null when the session has been deleted since. */
  username: string | null;
}

/** Which activity. Missing keys: every one. */
export interface ActivityFilter {
  /** Of this session: an id or the beginning of one. */
  session?: string | undefined;
  /** User names; case does not matter. Only sessions that are not deleted are known to be theirs. */
  users?: string[] | undefined;
  /** At or after, and before. */
  since?: Timestamp | undefined;
  until?: Timestamp | undefined;
  kinds?: Activity['kind'][] | undefined;
  /** Part of the path; case does not matter. */
  path?: string | undefined;
  /** HTTP status codes, from and to. */
  statuses?: [from: number, to: number][] | undefined;
}

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
