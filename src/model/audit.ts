import type { Timestamp } from './session.ts';

/**
 * An actor as the audit and the revocations keep it: the caller's words, and the database role that cannot be chosen.
 */
export interface StoredActor {
  user?: string;
  /** The user comes from a token, which whoever can check one can also forge. */
  claimed?: boolean;
  osUser?: string;
  host?: string;
  dbRole?: string;
}

/** What this program writes into the audit; a newer one may know more. */
export const AUDIT_ACTIONS = [
  'revoke',
  'revoke-user',
  'revoke-all',
  'restore',
  'create',
  'cleanup',
  'set',
  'set-user-limit',
  'acknowledge',
  'unacknowledge',
  'send-alerts',
  'geo-enrich',
  'trust-device',
  'untrust-device',
  'forget-device',
  'label-device',
  'disown-login',
  'delete-early',
  'cut',
  'begin',
  'demo',
  'set-aside',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * What became of a change whose record cannot commit together with it: of some of it, of nothing, or nobody knows,
 * since its confirmation never came. `begun`: nothing more is on record.
 */
export const AUDIT_OUTCOMES = ['done', 'partial', 'unchanged', 'unknown', 'begun'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One row of the audit. This is also what `--json` prints: its keys are a contract. */
export interface AuditEntry {
  id: number;
  at: Timestamp;
  by: string;
  actor: StoredActor;
  action: string;
  reason: string | null;
  /** What exactly; its keys depend on the action. */
  detail: Record<string, unknown>;
  /** Digest of this row and, through it, of all before it; hexadecimal. */
  hash: string;
}

/** What somebody needs to check a row without the database: sha256(prev, then covered in UTF-8) is the hash. */
export interface AuditRow extends AuditEntry {
  /** The hash of the row before it. */
  prev: string;
  /**
   * The text that the hash covers: number, microseconds since 1970, actor, action, reason, detail; null: larger than
   * any that is written.
   */
  covered: string | null;
}

/** What selects rows of the audit. Empty: all of them. */
export interface AuditFilter {
  actions?: string[] | undefined;
  /** Part of the name of whoever did it, OS user and host, or database role; case does not matter. */
  actor?: string | undefined;
  /** At or after, and before. */
  since?: Timestamp | undefined;
  until?: Timestamp | undefined;
  /** A user that it was done to. */
  user?: string | undefined;
  /** None that one of these selects. */
  not?: Pick<AuditFilter, 'actions' | 'actor' | 'user'> | undefined;
}
