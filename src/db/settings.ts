import { TomoError } from '../domain/errors.ts';
import type { SettingKey, SettingValue } from '../domain/settings.ts';
import type { Actor } from '../domain/types.ts';
import type { Transaction } from './database.ts';
import type { StoredOrigin } from './session-rules.ts';
import { codeOf, SQLSTATE } from './sqlstate.ts';

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

/** Audited by the database. Throws INVALID_INPUT for what the database does not allow. */
export async function setSettings(
  tx: Transaction,
  values: SettingValues,
  note: { actor: Actor; origin: StoredOrigin['origin']; reason: string | null },
): Promise<void> {
  await allowed(
    tx.query('select tomo.set_settings($1::jsonb, $2::jsonb, $3, $4)', [
      JSON.stringify(values),
      JSON.stringify(note.actor),
      note.origin,
      note.reason,
    ]),
  );
}

/** A user's own limit; null: none, the setting counts. */
export async function selectUserLimit(tx: Transaction, user: string): Promise<number | null> {
  const [row] = await tx.query<{ limit: number | null }>('select max_sessions as limit from tomo.user_controls where user_id = $1::uuid', [user]);
  return row?.limit ?? null;
}

/** Audited by the database. Throws INVALID_INPUT for what the database does not allow. */
export async function setUserLimit(
  tx: Transaction,
  user: string,
  limit: number | null,
  note: { actor: Actor; reason: string | null },
): Promise<void> {
  await allowed(tx.query('select tomo.set_user_limit($1::uuid, $2::int, $3::jsonb, $4)', [user, limit, JSON.stringify(note.actor), note.reason]));
}

const NOT_ALLOWED: readonly (string | undefined)[] = [SQLSTATE.noSuchSetting, SQLSTATE.checkViolation, SQLSTATE.notOfItsType, SQLSTATE.outOfRange];

/** What the command line lets pass and the database does not: the two are of different versions. */
export async function allowed<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    if (!(error instanceof Error) || !NOT_ALLOWED.includes(codeOf(error))) throw error;
    throw new TomoError('INVALID_INPUT', `The database does not allow this: ${error.message}. Nothing was changed.`, {
      hint: 'It may be of another version: tomo db status',
      cause: error,
    });
  }
}
