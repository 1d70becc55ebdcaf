/** An instant as ISO 8601 with microseconds and UTC offset, as PostgreSQL writes it in JSON. */
export type Timestamp = string;

/** Derived, never stored: live, or how it ended. */
export const SESSION_STATES = ['active', 'expired', 'logged-out', 'evicted', 'revoked'] as const;

/** `ended`: its server does not say how. */
export type SessionState = (typeof SESSION_STATES)[number] | 'ended';

/** For people: "logged out". */
export function stateWords(state: StateFilter): string {
  return state.replace('-', ' ');
}

export type EndReason = 'logout' | 'revoked' | 'evicted' | 'expired';

/**
 * Whether a login came from where its user was to be expected. `skipped`: not asked, the network is private or
 * trusted; `unknown`: the place is not known; `first`: the first place that is known of the user; then `usual`, or
 * unusual: `new-country` (never seen there before) and `impossible-travel` (faster than anybody travels).
 */
export type LocationCheck = 'skipped' | 'unknown' | 'first' | 'usual' | 'new-country' | 'impossible-travel';

/**
 * One login of one user on one device. This is also what `--json` prints: its keys are a contract. Null is what is not
 * known; on an adopted server a session of nobody has no user, and `unknownFields` are what that server does not keep.
 */
export interface Session {
  id: string;
  username: string | null;
  userId: string | null;
  state: SessionState;
  /** Browser and operating system in words, e.g. "Firefox on Windows"; null when unknown. */
  device: string | null;
  browser: string | null;
  os: string | null;
  formFactor: string | null;
  /** What the client called itself: outside text. */
  userAgent: string | null;
  deviceId: string | null;
  deviceLabel: string | null;
  screen: string | null;
  timeZone: string | null;
  ip: string | null;
  loginMethod: string | null;
  rememberMe: boolean | null;
  createdAt: Timestamp | null;
  lastActivityAt: Timestamp | null;
  /** When it runs out if nothing else happens to it; null once it has ended. */
  expiresAt: Timestamp | null;
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
  /** Null: nobody has looked the address up yet. */
  locationCheck: LocationCheck | null;
  /** What it shares with the session that the filter `relatedTo` names; only with that filter. */
  relation?: ('self' | Relation)[];
  unknownFields?: readonly string[];
  /** What it is sorted by, where that is no field of it; of pages only. */
  sortKey?: Timestamp;
}

/** A session of the schema `tomo`, which keeps all of this of each. */
export type TomoSession = Session & {
  [K in 'username' | 'userId' | 'loginMethod' | 'createdAt' | 'lastActivityAt']: string;
} & { rememberMe: boolean };

/** What two sessions can share. An address implies its network (/24, IPv6 /64), a device its fingerprint. */
export type Relation = 'address' | 'network' | 'device' | 'fingerprint';

export type ActivityKind = 'page' | 'api' | 'action';

/** One recorded request of a session. */
export interface Activity {
  at: Timestamp;
  kind: ActivityKind;
  name: string | null;
  path: string | null;
  status: number | null;
  ip: string | null;
}

/** Which sessions: `ended` is every one that is not active. */
export const STATE_FILTERS = [...SESSION_STATES, 'ended', 'all'] as const;

export type StateFilter = (typeof STATE_FILTERS)[number];

/** What selects sessions, for list and revoke alike. Missing keys: every one of the state. */
export interface SessionFilter {
  state: StateFilter;
  /** User names; case does not matter. */
  users?: string[] | undefined;
  /** Of the user with this id. */
  userId?: string | undefined;
  /** Addresses or networks (CIDR). */
  ips?: string[] | undefined;
  /** Opened at or after, and before. */
  since?: Timestamp | undefined;
  until?: Timestamp | undefined;
  /** Live at some moment at or after, and before. */
  liveSince?: Timestamp | undefined;
  liveUntil?: Timestamp | undefined;
  /** What the id begins with. */
  idPrefix?: string | undefined;
  /** Seconds without activity. */
  idleFor?: number | undefined;
  /**
   * One of these: a device's id (or prefix), the beginning of words of browser and system ("firefox on win") or of the
   * device's label, "unknown", "form:mobile", or "agent:" and a part of the user agent. Case does not matter.
   */
  devices?: string[] | undefined;
  /** ISO 3166 codes of two letters. */
  countries?: string[] | undefined;
  methods?: string[] | undefined;
  /**
   * Sessions that share something with this one (id or prefix), itself among them; `relations`: one of these,
   * without any of them.
   */
  relatedTo?: string | undefined;
  relations?: Relation[] | undefined;
  /** Not these (whole ids). */
  except?: string[] | undefined;
  /**
   * None that one of these selects; whatever is not known of a session is not selected by it, so the session stays.
   */
  not?: NegatedFilter | undefined;
}

/** The parts of a filter that can be turned around. Of moments one is the other's opposite: `since` and `until`. */
export type NegatedFilter = Pick<
  SessionFilter,
  'users' | 'ips' | 'idleFor' | 'devices' | 'countries' | 'methods' | 'relatedTo'
>;

/** `activity`: latest first; `idle`: longest idle first; `login`: newest login first. */
export type SessionSort = 'activity' | 'idle' | 'login';

/** Who the audit names. The database adds its own role; a caller cannot choose that. */
export interface Actor {
  /**
   * The Tomo user that the operator's token names, which is a claim: whoever can verify such a token can forge one.
   */
  user?: string;
  claimed?: boolean;
  osUser: string;
  host: string;
}

/** A session that was live a moment ago, as a server learns it at a login or a request. */
export interface LiveSession {
  id: string;
  userId: string;
  username: string;
  role: 'admin' | 'user' | 'readonly';
  rememberMe: boolean;
  createdAt: Timestamp;
  lastActivityAt: Timestamp;
  /** When it runs out if nothing else happens. */
  expiresAt: Timestamp;
  /** Seconds that a token and the cookie of this session should last. */
  tokenLifetime: number;
}

/** A session that was just opened. */
export interface OpenedSession extends LiveSession {
  /** Clients of a user that say nothing of themselves are one device. */
  deviceId: string;
  deviceIsNew: boolean;
  /** What became of the check of the place; null: nobody has looked the address up yet. */
  location: LocationCheck | null;
  /** Sessions that the limit has ended for this one. */
  evicted: string[];
}

/** Why a session is not accepted; `unknown`: there is none, or it was deleted; `inactive`: its user is. */
export type DeadReason = 'unknown' | 'expired' | 'revoked' | 'evicted' | 'logout' | 'inactive';

/** Where an address is, as a geolocation service says. What cannot be stored is left out. */
export interface Place {
  /** ISO 3166, two letters. */
  country?: string | undefined;
  region?: string | undefined;
  city?: string | undefined;
  isp?: string | undefined;
  /** Degrees. */
  latitude?: number | undefined;
  longitude?: number | undefined;
}
