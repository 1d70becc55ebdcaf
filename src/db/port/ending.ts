import type { StoredActor } from '../../model/audit.ts';
import type { Session, SessionFilter, Timestamp } from '../../model/session.ts';
import type { UserRow } from '../../model/user.ts';

/** Which sessions are to end. The filter has what it names looked up; ids are whole. */
export type Choice =
  /** `filter`: what the record says of how they were chosen. */
  | { scope: 'ids'; ids: readonly string[]; filter?: object }
  | { scope: 'filter'; filter: SessionFilter }
  | { scope: 'users'; users: readonly UserRow[]; keep: readonly Session[] }
  | { scope: 'all'; keep: readonly string[] };

/** One of the sessions that a revocation would end; not live: it is out already, and from now on for good. */
export interface Revocable {
  id: string;
  live: boolean;
}

/** What has come of ending them. */
export interface Ended {
  /** One for each user of scope `users`, else one; none where nothing was live. */
  revocations: { id: number; revoked: number | null }[];
  /** Of scope `ids`: those that were live, and (claimed) those revoked before that can no longer be restored. */
  revocable: Revocable[];
  /** Sessions that a request in flight has brought back, and that were ended again. */
  cameBack: number;
  /** Those of them that came back every time, and are in. */
  stillIn: number;
  /** Servers of a cluster that did not answer meanwhile: what ends everybody does not need them. */
  silent?: string[];
}

/** Sessions that a revocation has ended, as it left them: when, by which clock, and by whom that is noted there. */
export interface Reviving {
  ids: readonly string[];
  moment: Timestamp;
  actor: StoredActor;
  /** Only looks what would come of it. */
  dryRun: boolean;
}

/** Changed: by somebody else since. Gone: not there any more. */
export type RevivalVerdict = 'live' | 'expired' | 'user-inactive' | 'changed' | 'gone';

export interface Revived {
  verdicts: Record<RevivalVerdict, number>;
  /** Those that stay dead and are there, the first of them. */
  dead: { session: Session; verdict: RevivalVerdict }[];
}
