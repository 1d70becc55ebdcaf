import type { Activity, Timestamp } from './session.ts';

export const ACTIVITY_KINDS = ['page', 'api', 'action'] as const;

/**
 * One recorded request with the session and the user it belongs to. This is also what `--json` prints: its
 * keys are a contract.
 */
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
  /** Addresses or networks (CIDR). */
  ips?: string[] | undefined;
  /** At or after, and before. */
  since?: Timestamp | undefined;
  until?: Timestamp | undefined;
  kinds?: Activity['kind'][] | undefined;
  /** Part of the path; case does not matter. */
  path?: string | undefined;
  /** HTTP status codes, from and to. */
  statuses?: [from: number, to: number][] | undefined;
  /** None that one of these selects; what is not known is not selected by it. */
  not?: Pick<ActivityFilter, 'session' | 'users' | 'ips' | 'kinds' | 'path' | 'statuses'> | undefined;
}
