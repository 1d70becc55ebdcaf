import type { AlertKind } from './alert.ts';
import type { Timestamp, TomoSession } from './session.ts';

/** What is known of a browser. All of it is outside text. */
interface Browser {
  browser: string | null;
  os: string | null;
  formFactor: string | null;
  userAgent: string | null;
}

/** A live session, as its user sees it. */
export interface OwnSession
  extends Browser,
    Pick<
      TomoSession,
      | 'deviceId'
      | 'deviceLabel'
      | 'ip'
      | 'country'
      | 'region'
      | 'city'
      | 'isp'
      | 'loginMethod'
      | 'rememberMe'
      | 'createdAt'
      | 'lastActivityAt'
    > {
  sessionId: string;
  /** The one that asks. */
  isCurrent: boolean;
  deviceTrusted: boolean;
  /** When it runs out if nothing else happens. */
  expiresAt: Timestamp;
}

/** A device, as its user sees it. */
export interface OwnDevice extends Browser {
  deviceId: string;
  /** That of the session that asks. */
  isCurrent: boolean;
  screen: string | null;
  timeZone: string | null;
  label: string | null;
  trusted: boolean;
  liveSessions: number;
  firstSeenAt: Timestamp;
  lastSeenAt: Timestamp;
}

/** An alert about a login, as its user sees it. */
export interface OwnAlert {
  alertId: number;
  kind: AlertKind;
  sessionId: string | null;
  /** It tells of the session that asks. */
  isCurrent: boolean;
  /** The session that it tells of is still in. */
  isLive: boolean;
  browser: string | null;
  os: string | null;
  ip: string | null;
  country: string | null;
  city: string | null;
  /** How many more logins it stands for. */
  repeated: number;
  createdAt: Timestamp;
  acknowledgedAt: Timestamp | null;
  /** The user has said that it was somebody else. */
  isDisowned: boolean;
}
