import type { StoredActor } from './audit.ts';
import type { Actor, SessionFilter, Timestamp } from './session.ts';

/** What every revocation says about itself. */
export interface RevocationNote {
  actor: Actor;
  reason: string | null;
  compromised: boolean;
}

/** How long a revocation can be undone: in words, what tomo.restorable_until() decides. */
export const UNDO_PERIOD = '24 hours';
/** The same, where there is no schema `tomo` to decide it. */
export const UNDO_MILLISECONDS = 86_400_000;

export type RevocationScope = 'sessions' | 'user' | 'all';

/**
 * Whether it can be undone: now, done already, never, no more, not before its user is active again, or (`for-good`)
 * not on this server, which deletes what is revoked.
 */
export type RevocationState = 'restorable' | 'restored' | 'compromised' | 'too-old' | 'user-inactive' | 'for-good';

/** One revoke command. This is also what `--json` prints: its keys are a contract. */
export interface Revocation {
  id: number;
  at: Timestamp;
  scope: RevocationScope;
  /** Of scope user; the name is null when the user has been deleted since. */
  username: string | null;
  userId: string | null;
  by: string;
  actor: StoredActor;
  reason: string | null;
  /**
   * Of scope sessions: what they were chosen by, a filter, so many ids (`claimed`: ended before, by another
   * revocation) or so many tokens. `silent`: servers of a cluster that did not answer, so that nobody counted.
   */
  filter: SessionFilter | { ids: number; claimed?: number } | { tokens: number } | { silent: string[] } | null;
  /** How many sessions it ended; null: they were more than were counted, or nobody counted. */
  sessions: number | null;
  /** Ids that were left alone. */
  kept: string[];
  compromised: boolean;
  state: RevocationState;
  /** Null unless it can be restored. */
  restorableUntil: Timestamp | null;
  restoredAt: Timestamp | null;
  restoredBy: string | null;
}

/** What selects revocations. Empty: all of them. */
export interface RevocationFilter {
  /** Made at or after, and before. */
  since?: Timestamp | undefined;
  until?: Timestamp | undefined;
  scopes?: RevocationScope[] | undefined;
  restored?: boolean | undefined;
  restorable?: true | undefined;
  /** A user that is concerned: revoked as such or chosen by name, or the owner of a session that it ended. */
  user?: string | undefined;
  /** None that one of these selects. */
  not?: Pick<RevocationFilter, 'scopes' | 'user'> | undefined;
}
