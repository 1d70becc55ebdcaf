import { type Database, read, readAtOnce } from '../../db/port/database.ts';
import { type StoredSettings, selectSettings, selectUserLimit } from '../../db/settings/settings.ts';
import { TomoError } from '../../model/errors.ts';
import type { Timestamp } from '../../model/session.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey, type SettingValue, variableOf } from '../../model/settings.ts';
import { requireUsers } from '../user/users.ts';
import { exactSetting, parseSettingValue } from './values.ts';

/** The variables of a process, as Node has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value comes from: nobody has set it, somebody has, or a server runs with it; or it is one user's own. */
export type SettingOrigin = 'default' | 'database' | 'environment' | 'user';

/** One setting as it is. This is also what `--json` prints: its keys are a contract. */
export interface Setting {
  key: SettingKey;
  value: SettingValue;
  unit: 'min' | 's' | 'days' | 'sessions' | null;
  default: SettingValue;
  origin: SettingOrigin;
  /** When and by whom it was set; null where nobody has. */
  at: Timestamp | null;
  by: string | null;
  meaning: string;
  /** What a server sets it by. */
  variable: string;
  /**
   * What that variable says to this command, where it differs from the value; null where it does not, or says nothing.
   */
  environment: string | null;
}

/** Every setting. */
export function readSettings(db: Database, environment: Environment): Promise<Setting[]> {
  return readAtOnce(db, async (tx) => {
    const stored = await selectSettings(tx);
    return SETTING_KEYS.map((key) => settingOf(key, stored, environment));
  });
}

/** One setting, or the limit that holds for a user. Throws NOT_FOUND for an unknown user. */
export function readSetting(
  db: Database,
  key: SettingKey,
  user: string | undefined,
  environment: Environment,
): Promise<Setting> {
  return read(db, async (tx) => {
    if (user === undefined) tx.last();
    else checkUserSetting([key]);
    const [stored, [found] = []] = await Promise.all([
      selectSettings(tx),
      user === undefined ? undefined : requireUsers(tx, [user]),
    ]);
    const setting = settingOf(key, stored, environment);
    const own = found ? await selectUserLimit(tx, found.id) : null;
    return own === null ? setting : { ...setting, value: own, origin: 'user', at: null, by: null, environment: null };
  });
}

/** Throws INVALID_INPUT unless this is the one setting that a user can have of their own. */
export function checkUserSetting(keys: readonly SettingKey[]): void {
  const other = keys.find((key) => key !== 'max_sessions_per_user');
  const hint = 'A user can have a max_sessions_per_user of their own.';
  if (other) throw new TomoError('INVALID_INPUT', `${other} holds for everybody.`, { field: 'user', hint });
}

function settingOf(key: SettingKey, { values, origins }: StoredSettings, environment: Environment): Setting {
  const { default: initial, meaning, ...definition } = SETTINGS[key];
  const value = values[key];
  const { origin, at, by } = origins[key] ?? { origin: 'default', at: null, by: null };
  return {
    key,
    value,
    unit: definition.type === 'amount' ? definition.unit : null,
    default: initial,
    origin,
    at,
    by,
    meaning,
    variable: variableOf(key),
    environment: differing(environment, key, value),
  };
}

/** What the environment says of a setting, as text, where that is not this value. */
export function differing(environment: Environment, key: SettingKey, value: SettingValue): string | null {
  const text = environment[variableOf(key)]?.trim();
  if (!text) return null;
  try {
    return exactSetting(parseSettingValue(key, text)) === exactSetting(value) ? null : text;
  } catch {
    return text;
  }
}
