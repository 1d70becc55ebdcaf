import type { Timestamp } from './session.ts';

export const ALERT_KINDS = ['new_device', 'unusual_location', 'login'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** `pending`: waits for its (next) attempt; `sent`: everybody has it; `dead`: given up, see `lastError`. */
export const DELIVERIES = ['pending', 'sent', 'dead'] as const;
export type Delivery = (typeof DELIVERIES)[number];

export const ALERT_STATES = ['open', 'acknowledged', 'all'] as const;

/** `mail`: to the user; `copy`: the mail to the operator. */
export type ChannelName = 'mail' | 'copy' | 'webhook';

/** Something about a login that somebody should know. This is also what `--json` prints: its keys are a contract. */
export interface Alert {
  id: number;
  kind: AlertKind;
  username: string;
  userId: string;
  sessionId: string | null;
  createdAt: Timestamp;
  /** How often the same has happened again within the cool-down, and in which session the last time. */
  repeated: number;
  lastSessionId: string | null;
  acknowledgedAt: Timestamp | null;
  acknowledgedBy: string | null;
  delivery: Delivery;
  /** When each channel got it. */
  delivered: Partial<Record<ChannelName, Timestamp>>;
  attempts: number;
  /** Null unless it is pending. */
  nextAttemptAt: Timestamp | null;
  lastError: string | null;
  /** As tomo.open_session wrote it; see alertFacts. */
  evidence: Record<string, unknown>;
}

/** An alert and where its user gets mail. */
export interface OutgoingAlert {
  alert: Alert;
  email: string | null;
}

/** Which alerts. Empty lists and missing keys: every one. */
export interface AlertFilter {
  state: (typeof ALERT_STATES)[number];
  kinds?: AlertKind[] | undefined;
  /** User names; case does not matter. */
  users?: string[] | undefined;
  /** Raised at or after. */
  since?: Timestamp | undefined;
  deliveries?: Delivery[] | undefined;
  /** None that one of these selects. */
  not?: Pick<AlertFilter, 'kinds' | 'users' | 'deliveries'> | undefined;
}
