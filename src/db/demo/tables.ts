import type { Activity, EndReason, LocationCheck, Timestamp } from '../../model/session.ts';

// One interface for each table of the world. Ids are UUIDs; digests and fingerprints are written as PostgreSQL writes bytea.

export interface DemoUser {
  id: string;
  username: string;
  email: string;
  role: 'admin' | 'user' | 'readonly';
  isActive: boolean;
  createdAt: Timestamp;
}

export interface DemoControls {
  userId: string;
  epoch: number;
  minEpoch: number;
  maxSessions: number | null;
}

export interface DemoUserAgent {
  id: number;
  digest: string;
  raw: string;
  browser: string | null;
  os: string | null;
  formFactor: string | null;
  firstSeenAt: Timestamp;
}

export interface DemoDevice {
  id: string;
  userId: string;
  fingerprint: string;
  userAgentId: number;
  screen: string | null;
  timeZone: string | null;
  label: string | null;
  trusted: boolean;
  firstSeenAt: Timestamp;
  lastSeenAt: Timestamp;
}

export interface DemoUserPlace {
  userId: string;
  country: string;
  firstSeenAt: Timestamp;
  lastSeenAt: Timestamp;
}

export interface DemoSession {
  id: string;
  userId: string;
  deviceId: string;
  userAgentId: number;
  ip: string;
  loginMethod: string;
  rememberMe: boolean;
  createdAt: Timestamp;
  lastActivityAt: Timestamp;
  endedAt: Timestamp | null;
  endReason: EndReason | null;
  endedBy: string | null;
  revocationId: number | null;
  country: string | null;
  region: string | null;
  city: string | null;
  isp: string | null;
  latitude: number | null;
  longitude: number | null;
  locationCheck: LocationCheck;
}

export interface DemoActivity extends Activity {
  sessionId: string;
}

export interface DemoAlert {
  kind: 'new_device' | 'unusual_location';
  userId: string;
  sessionId: string;
  evidence: Record<string, unknown>;
  createdAt: Timestamp;
}

export interface DemoRevocation {
  id: number;
  at: Timestamp;
  scope: 'sessions' | 'user';
  userId: string | null;
  actor: Record<string, string>;
  reason: string;
  filter: Record<string, unknown> | null;
  epoch: number | null;
  marked: number;
}

/** Everything the demo puts into the database. */
export interface DemoWorld {
  users: DemoUser[];
  controls: DemoControls[];
  userAgents: DemoUserAgent[];
  devices: DemoDevice[];
  places: DemoUserPlace[];
  sessions: DemoSession[];
  activity: DemoActivity[];
  alerts: DemoAlert[];
  revocations: DemoRevocation[];
}
