import type { Actor } from '../../model/session.ts';
import type { SettingKey, SettingValue } from '../../model/settings.ts';
import type { Transaction } from '../port/database.ts';
import { execute, selectRows, selectValue } from '../port/sql.ts';
import type { StoredOrigin } from '../session/rules.ts';

/** Days that ended sessions are kept. */
export async function selectSessionRetention(tx: Transaction): Promise<number> {
  const [row] = await selectRows<{ days: number }>(tx)`select retention_sessions as days from tomo.settings`;
  return row?.days ?? 7;
}

/** New values; null is the default. */
export type SettingValues = Partial<Record<SettingKey, SettingValue | null>>;

export interface StoredSettings {
  values: Record<SettingKey, SettingValue>;
  origins: Partial<Record<SettingKey, StoredOrigin>>;
}

export async function selectSettings(tx: Transaction): Promise<StoredSettings> {
  return selectValue<StoredSettings>(tx)`
    select json_build_object('values', to_jsonb(t) - 'origins', 'origins', t.origins) as json from tomo.settings t`;
}

/** Audited by the database. */
export async function setSettings(
  tx: Transaction,
  values: SettingValues,
  note: { actor: Actor; origin: StoredOrigin['origin']; reason: string | null },
): Promise<void> {
  await execute(tx)`select tomo.set_settings(${JSON.stringify(values)}::jsonb, ${JSON.stringify(note.actor)}::jsonb,
        ${note.origin}, ${note.reason})`;
}

/** The same for a server's environment, by the role of a server. Audited by the database, in the name of the role. */
export function applyEnvironmentValues(tx: Transaction, values: SettingValues, actor: Actor): Promise<void> {
  return execute(tx)`
    select tomo.apply_environment(${JSON.stringify(values)}::jsonb, ${JSON.stringify(actor)}::jsonb)`;
}

/** A user's own limit; null: none, the setting counts. */
export async function selectUserLimit(tx: Transaction, user: string): Promise<number | null> {
  const [row] = await selectRows<{ limit: number | null }>(tx)`
    select max_sessions as limit from tomo.user_controls where user_id = ${user}::uuid`;
  return row?.limit ?? null;
}

/** Audited by the database. */
export async function setUserLimit(
  tx: Transaction,
  user: string,
  limit: number | null,
  note: { actor: Actor; reason: string | null },
): Promise<void> {
  await execute(tx)`
    select tomo.set_user_limit(${user}::uuid, ${limit}::int, ${JSON.stringify(note.actor)}::jsonb, ${note.reason})`;
}
