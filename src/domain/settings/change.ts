import { type Database, type Transaction, write } from '../../db/port/database.ts';
import {
  applyEnvironmentValues,
  type SettingValues,
  type StoredSettings,
  selectSettings,
  selectUserLimit,
  setSettings,
  setUserLimit,
} from '../../db/settings/settings.ts';
import type { Actor } from '../../model/session.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey, type SettingValue, variableOf } from '../../model/settings.ts';
import { requireUsers, type UserRow } from '../user/users.ts';
import { checkUserSetting, type Environment, type SettingOrigin } from './show.ts';
import { parseSettingValue } from './values.ts';

export type { SettingValues };

/** What to set. `user`: as this user's own, which only max_sessions_per_user can be. */
export interface ChangeRequest {
  /** Null: back to the default, or for a user to the setting. */
  values: SettingValues;
  origin: 'database' | 'environment';
  user?: string | undefined;
}

/** One setting before and after. Only what is different, in its value or in where that comes from, is a change. */
export interface SettingChange {
  key: SettingKey;
  from: SettingValue;
  to: SettingValue;
  fromOrigin: SettingOrigin;
  toOrigin: SettingOrigin;
}

/** Sets them all or none. Throws INVALID_INPUT, NOT_FOUND for an unknown user. Returns what it has changed. */
export function changeSettings(
  db: Database,
  request: ChangeRequest,
  note: { actor: Actor; reason: string | null },
): Promise<SettingChange[]> {
  const work = async (tx: Transaction) => {
    const user = await userOf(tx, request);
    const changes = await planChanges(tx, request, user);
    if (changes.length === 0) return changes;
    if (user) await setUserLimit(tx, user.id, limitOf(request.values), note);
    else await setSettings(tx, request.values, { ...note, origin: request.origin });
    return changes;
  };
  return write(db, work, { looksFirst: true });
}

/**
 * Whose own limit is meant; null: the settings. Throws NOT_FOUND, and INVALID_INPUT for what no user can
 * have of their own.
 */
export async function userOf(tx: Transaction, { user, values }: ChangeRequest): Promise<UserRow | null> {
  if (user === undefined) return null;
  checkUserSetting(Object.keys(values) as SettingKey[]);
  const [found] = await requireUsers(tx, [user]);
  return found ?? null;
}

/** What a request would change, for everybody or for this user. */
export async function planChanges(
  tx: Transaction,
  { values, origin }: ChangeRequest,
  user: UserRow | null,
): Promise<SettingChange[]> {
  if (user !== null) {
    const [all, own] = await Promise.all([selectSettings(tx), selectUserLimit(tx, user.id)]);
    return planUserLimit(values, all, own);
  }
  const stored = await selectSettings(tx);
  return SETTING_KEYS.filter((key) => key in values)
    .map((key): SettingChange => {
      const value = values[key] ?? null;
      return {
        key,
        from: stored.values[key],
        to: value ?? SETTINGS[key].default,
        fromOrigin: stored.origins[key]?.origin ?? 'default',
        toOrigin: value === null ? 'default' : origin,
      };
    })
    .filter(isChange);
}

function planUserLimit(
  values: SettingValues,
  { values: all, origins }: StoredSettings,
  own: number | null,
): SettingChange[] {
  const to = limitOf(values);
  const inherited = all.max_sessions_per_user;
  const origin = origins.max_sessions_per_user?.origin ?? 'default';
  const change: SettingChange = {
    key: 'max_sessions_per_user',
    from: own ?? inherited,
    to: to ?? inherited,
    fromOrigin: own === null ? origin : 'user',
    toOrigin: to === null ? origin : 'user',
  };
  return [change].filter(isChange);
}

/** The limit among these values; null: none of the user's own. */
export function limitOf({ max_sessions_per_user: limit }: SettingValues): number | null {
  return typeof limit === 'number' ? limit : null;
}

function isChange(change: SettingChange): boolean {
  return hasNewValue(change) || change.fromOrigin !== change.toOrigin;
}

/** Whether the value itself is another one. */
export function hasNewValue({ from, to }: SettingChange): boolean {
  return JSON.stringify(from) !== JSON.stringify(to);
}

/**
 * The settings that an environment sets. A variable that is empty sets nothing. Throws INVALID_INPUT that
 * names the variable.
 */
export function settingsFrom(environment: Environment): SettingValues {
  const given = SETTING_KEYS.flatMap((key) => {
    const text = environment[variableOf(key)];
    return text?.trim() ? [[key, parseSettingValue(key, text, variableOf(key))] as const] : [];
  });
  return Object.fromEntries(given);
}

/**
 * Writes the settings that a server's environment names (SESSION_TIMEOUT=30, MAX_SESSIONS_PER_USER=5; the keys in
 * upper case, units as in docs/settings.md) into the database, with the origin `environment`. For a server to call
 * once when it starts: the database is what counts, for it and for every other program. What the environment does not
 * name stays as it is. A shorter timeout holds at once for every session, which ends some for good and is not asked
 * about here; a longer one brings none back. Several servers may do it at the same time; where all say the same, only
 * the first one writes.
 *
 * @param environment usually `process.env`; a variable that is empty counts as not set
 * @param actor who the audit names, e.g. `{ osUser: 'tomo', host: os.hostname() }`
 * @returns what was different before, by value or by origin
 * @throws TomoError INVALID_INPUT naming the variable (then nothing is changed); PERMISSION_DENIED where a retention
 *   would be shorter than it is and than the default, which is for an operator to set; DATABASE_READ_ONLY on a standby
 */
export async function applyEnvironment(db: Database, environment: Environment, actor: Actor): Promise<SettingChange[]> {
  const work = async (tx: Transaction) => {
    const request = { values: settingsFrom(environment), origin: 'environment' as const };
    const changes = await planChanges(tx, request, null);
    if (changes.length > 0) await applyEnvironmentValues(tx, request.values, actor);
    return changes;
  };
  return write(db, work, { looksFirst: true });
}
