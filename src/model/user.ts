import type { Timestamp } from './session.ts';

export const ROLES = ['admin', 'user', 'readonly'] as const;

/**
 * A user. This is also what `--json` prints: its keys are a contract. What an adopted server does not keep is null.
 */
export interface User {
  id: string;
  username: string;
  email: string | null;
  role: (typeof ROLES)[number] | null;
  /** Whether they may log in. */
  active: boolean | null;
  createdAt: Timestamp | null;
  liveSessions: number;
  /** How many they may have at once; null: any number. */
  sessionLimit: number | null;
  /** The user's own limit, or the setting max_sessions_per_user. */
  limitOrigin: 'own' | 'setting' | null;
  /** More live sessions than the limit: it has been lowered, and the next login trims. */
  overLimit: boolean | null;
  /** Latest activity that is known; null: never here. */
  lastSeenAt: Timestamp | null;
  lastLoginAt: Timestamp | null;
  /** On an adopted server: what it does not keep. */
  unknownFields?: readonly string[];
}

/** Whose name or sessions are asked for. */
export interface UserRow {
  id: string;
  username: string;
  /** Null where the server has none of ours. */
  role: User['role'] | null;
}

/** Which users. Missing keys: every one. */
export interface UserFilter {
  roles?: (typeof ROLES)[number][] | undefined;
  active?: boolean | undefined;
  /** Part of the user name or e-mail address; case does not matter. */
  name?: string | undefined;
  overLimit?: true | undefined;
  withSessions?: true | undefined;
  /** None that one of these selects. */
  not?: Pick<UserFilter, 'roles' | 'name'> | undefined;
}

/** `name`: alphabetically; `sessions`: most live sessions first; `seen`: latest seen first. */
export const USER_SORTS = ['name', 'sessions', 'seen'] as const;
export type UserSort = (typeof USER_SORTS)[number];

/** A country that a user has logged in from. */
export interface UserPlace {
  /** ISO 3166, two letters. */
  country: string;
  firstSeenAt: Timestamp;
  lastSeenAt: Timestamp;
}
