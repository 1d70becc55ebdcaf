import type { Transaction } from '../../db/port/database.ts';
import { selectLaterRequests } from '../../db/session/rules.ts';
import type { Timestamp, TomoSession } from '../../model/session.ts';
import { variableOf } from '../../model/settings.ts';
import { differing, type Environment } from '../settings/show.ts';
import { clockOffset } from './clock-offset.ts';
import type { Expiry, Rule, SettingSource } from './rules.ts';

/** What else to look at when a session lives shorter or longer than expected. */
export type Hint =
  /** A variable named like a setting says something else; the database decides. */
  | { kind: 'environment-differs'; key: string; variable: string; value: string; inForce: number }
  /** Seconds that the clock of this machine is ahead of the database's; negative: behind. */
  | { kind: 'clocks-differ'; ahead: number }
  /** The setting that it expired by was changed after the last activity (or the login). */
  | { kind: 'setting-changed'; key: string; at: Timestamp; by: string | null }
  /** Requests that were recorded while it was idle, without moving its last activity. */
  | { kind: 'activity-not-counted'; requests: number; last: Timestamp }
  /** Its user came back after it had expired. */
  | { kind: 'came-back'; requests: number; first: Timestamp };

export function environmentHints(settings: readonly SettingSource[], environment: Environment): Hint[] {
  return settings.flatMap(({ key, value: inForce }) => {
    const value = differing(environment, key, inForce);
    return value === null
      ? []
      : [{ kind: 'environment-differs' as const, key, variable: variableOf(key), value, inForce }];
  });
}

/** `clock`: of this machine. */
export async function clockHints(tx: Transaction, clock: () => Date): Promise<Hint[]> {
  const ahead = await clockOffset(tx, clock);
  return ahead === 0 ? [] : [{ kind: 'clocks-differ', ahead: Math.round(ahead) }];
}

export function changeHints(rules: readonly Rule[], expiry: Expiry): Hint[] {
  return rules.flatMap((rule) => {
    if (!('setting' in rule) || rule.rule !== expiry.rule || rule.setting.at === null) return [];
    const { key, at, by } = rule.setting;
    const lived = Date.parse(at) > Date.parse(rule.since) && Date.parse(at) <= Date.parse(expiry.at);
    return lived ? [{ kind: 'setting-changed' as const, key, at, by }] : [];
  });
}

export async function idleHints(
  tx: Transaction,
  session: TomoSession,
  touchInterval: number,
  expiredAt: Timestamp,
): Promise<Hint[]> {
  const later = await selectLaterRequests(tx, session.id, session.lastActivityAt, touchInterval, expiredAt);
  return [
    ...(later.lastBefore
      ? [{ kind: 'activity-not-counted' as const, requests: later.before, last: later.lastBefore }]
      : []),
    ...(later.firstAfter ? [{ kind: 'came-back' as const, requests: later.after, first: later.firstAfter }] : []),
  ];
}
