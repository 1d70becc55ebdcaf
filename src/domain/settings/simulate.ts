import {
  type ActivityToDelete,
  countActivityToDelete,
  countHistoryToDelete,
  countSessionsToClean,
  type HistoryToDelete,
} from '../../db/cleanup/forecast.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { selectSessionsById } from '../../db/session/sessions.ts';
import { type LimitEffect, selectEnding, selectLimitEffects, type UserAtLimit } from '../../db/settings/forecast.ts';
import type { SettingKey } from '../../model/settings.ts';
import type { Preview } from '../revocation/revoke.ts';
import {
  type ChangeRequest,
  hasNewValue,
  limitOf,
  planChanges,
  type SettingChange,
  type SettingValues,
  userOf,
} from './change.ts';
import { parseSettingKey } from './keys.ts';

export type { LimitEffect, UserAtLimit };

/** Something as the settings are, and as it would be. */
export interface Compared<T> {
  before: T;
  after: T;
}

/** What a change of settings would do. Null where the change does not concern it. */
export interface Simulation {
  /** Whose own limit it is; null: the settings of everybody. */
  user: string | null;
  changes: SettingChange[];
  /** Live sessions that it ends at once. Only where a timeout or lifetime gets shorter. */
  ends: Preview | null;
  /** What happens when each user logs in once more; `whom`: the ten who would lose the most. */
  limit: (Compared<LimitEffect> & { whom: UserAtLimit[] }) | null;
  /**
   * What the next cleanup deletes: ended sessions, activity, history. Of a change that is made: where a
   * retention gets shorter.
   */
  cleanup: {
    sessions: Compared<number> | null;
    activity: Compared<ActivityToDelete> | null;
    history: Compared<HistoryToDelete> | null;
  } | null;
}

const FIRST_ROWS = 5;

/**
 * What a change would do, by the conditions that then hold; changes nothing and locks nothing. `cleanup`: also what
 * the next cleanup would delete, for which every session is looked at, where a retention does not get shorter; `own`:
 * the id of the operator's session. Throws what the change would.
 */
export function simulateChange(
  db: Database,
  request: ChangeRequest,
  options: { cleanup: boolean; own?: string | undefined },
): Promise<Simulation> {
  const work = async (tx: Transaction): Promise<Simulation> => {
    for (const key of Object.keys(request.values)) parseSettingKey(key);
    const user = await userOf(tx, request);
    const changes = await planChanges(tx, request, user);
    const changed = new Set(changes.filter(hasNewValue).map(({ key }) => key));
    const values = user === null ? request.values : {};
    const own = user && { user: user.id, limit: limitOf(request.values) };
    const limits = changed.has('max_sessions_per_user') || changed.has('session_limit_action');
    if (!(limits || changes.some(isShorter))) tx.last();
    const [ends, limit, cleanup] = await Promise.all([
      changes.some(isShorter) ? previewEnding(tx, values, options.own) : null,
      limits ? selectLimitEffects(tx, values, own) : null,
      options.cleanup || changes.some(isForgetting) ? compareCleanups(tx, changed, values) : null,
    ]);
    return { user: user?.username ?? null, changes, ends, limit, cleanup };
  };
  const counting = options.cleanup || RETENTIONS.some((key) => key in request.values);
  return read(db, work, { statementTimeout: counting ? 0 : 60_000, parallel: true });
}

async function previewEnding(tx: Transaction, values: SettingValues, own: string | undefined): Promise<Preview> {
  const { first, ...counts } = await selectEnding(tx, values, own, FIRST_ROWS);
  const sessions = first.length > 0 ? await selectSessionsById(tx, first) : [];
  const rows = new Map(sessions.map((session) => [session.id, session]));
  return { ...counts, first: first.flatMap((id) => rows.get(id) ?? []), kept: [] };
}

async function compareCleanups(
  tx: Transaction,
  changed: ReadonlySet<SettingKey>,
  values: SettingValues,
): Promise<Simulation['cleanup']> {
  const compare = async <T>(
    key: SettingKey,
    forecast: (values: SettingValues | null) => Promise<T>,
  ): Promise<Compared<T> | null> => (changed.has(key) ? twice(forecast(null), forecast(values)) : null);
  const [sessions, activity, history] = await Promise.all([
    compare('retention_sessions', async (assumed) => (await countSessionsToClean(tx, null, assumed)).deleted),
    compare('retention_activity_logs', (assumed) => countActivityToDelete(tx, assumed)),
    compare('retention_audit_logs', (assumed) => countHistoryToDelete(tx, assumed)),
  ]);
  return sessions || activity || history ? { sessions, activity, history } : null;
}

async function twice<T>(asItIs: Promise<T>, asItWouldBe: Promise<T>): Promise<Compared<T>> {
  const [before, after] = await Promise.all([asItIs, asItWouldBe]);
  return { before, after };
}

const TIMEOUTS: readonly SettingKey[] = ['session_timeout', 'remember_me_timeout', 'session_max_lifetime'];

const RETENTIONS: readonly SettingKey[] = ['retention_sessions', 'retention_activity_logs', 'retention_audit_logs'];

/** A retention after which something is deleted earlier. */
function isForgetting({ key, from, to }: SettingChange): boolean {
  return RETENTIONS.includes(key) && Number(to) < Number(from);
}

/** A timeout or lifetime that ends sessions earlier; 0 is none. */
export function isShorter(change: SettingChange): boolean {
  return TIMEOUTS.includes(change.key) && minutes(change.to) < minutes(change.from);
}

/** A timeout or lifetime that would let sessions live longer. */
export function isLonger(change: SettingChange): boolean {
  return TIMEOUTS.includes(change.key) && minutes(change.to) > minutes(change.from);
}

function minutes(value: SettingChange['to']): number {
  return value === 0 ? Number.POSITIVE_INFINITY : Number(value);
}
