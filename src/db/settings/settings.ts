import type { Actor } from '../../model/session.ts';
import type { SettingKey, SettingValue } from '../../model/settings.ts';
import type { Transaction } from '../port/database.ts';
import type { StoredOrigin } from '../session/rules.ts';

/** Days that ended sessions are kept. */
export async function selectSessionRetention(tx: Transaction): Promise<number> {
  const [row] = await tx.query<{ days: number }>('select retention_sessions as days from tomo.settings');
  return row?.days ?? 7;
}

/** New values; null is the default. */
export type SettingValues = Partial<Record<SettingKey, SettingValue | null>>;

export interface StoredSettings {
  values: Record<SettingKey, SettingValue>;
  origins: Partial<Record<SettingKey, StoredOrigin>>;
}

export async function selectSettings(tx: Transaction): Promise<StoredSettings> {
  const [row] = await tx.query<{ json: StoredSettings }>(
    `select json_build_object('values', to_jsonb(t) - 'origins', 'origins', t.origins) as json from tomo.settings t`,
  );
  if (!row) throw new Error('tomo.settings has no row');
  return row.json;
}

/** Audited by the database. */
export async function setSettings(
  tx: Transaction,
  values: SettingValues,
  note: { actor: Actor; origin: StoredOrigin['origin']; reason: string | null },
): Promise<void> {
  await tx.query('select tomo.set_settings($1::jsonb, $2::jsonb, $3, $4)', [
    JSON.stringify(values),
    JSON.stringify(note.actor),
    note.origin,
    note.reason,
  ]);
}

/** A user's own limit; null: none, the setting counts. */
export async function selectUserLimit(tx: Transaction, user: string): Promise<number | null> {
  const [row] = await tx.query<{ limit: number | null }>(
    'select max_sessions as limit from tomo.user_controls where user_id = $1::uuid',
    [user],
  );
  return row?.limit ?? null;
}

/** Audited by the database. */
export async function setUserLimit(
  tx: Transaction,
  user: string,
  limit: number | null,
  note: { actor: Actor; reason: string | null },
): Promise<void> {
  await tx.query('select tomo.set_user_limit($1::uuid, $2::int, $3::jsonb, $4)', [
    user,
    limit,
    JSON.stringify(note.actor),
    note.reason,
  ]);
}
