import type { HoldingRevocation, RuleFacts, RunOut } from '../../db/session/rules.ts';
import type { EndReason, Timestamp, TomoSession } from '../../model/session.ts';

/** Where the value of a setting comes from. */
export interface SettingSource {
  key: 'session_timeout' | 'remember_me_timeout' | 'session_max_lifetime';
  /** Minutes. */
  value: number;
  origin: 'default' | 'database' | 'environment';
  /** When and by whom it was set; null for the default. */
  at: Timestamp | null;
  by: string | null;
}

/** One rule and what it compared. Minutes and times; `floor`: what a raised setting must not bring back. */
export type Rule =
  | {
      rule: 'not-ended';
      passed: boolean;
      endedAt: Timestamp | null;
      endReason: EndReason | null;
      endedBy: string | null;
    }
  | { rule: 'user-active'; passed: boolean }
  | { rule: 'revoked-all' | 'revoked-user'; passed: boolean; epoch: number; minimum: number }
  | { rule: 'revoked-chosen'; passed: boolean }
  | { rule: 'idle' | 'lifetime'; passed: boolean; since: Timestamp; until: Timestamp | null; setting: SettingSource }
  | { rule: 'idle-floor' | 'lifetime-floor'; passed: boolean; since: Timestamp; floor: Timestamp | null };

export type RuleName = Rule['rule'];

const NOT_ENDED = { endedAt: null, endReason: null, endedBy: null };

/** The rules in the order of tomo.liveness(). A session is live when all of them are passed. */
export function rulesOf(session: TomoSession, facts: RuleFacts): Rule[] {
  const { lastActivityAt, createdAt } = session;
  const timeout = source(facts, session.rememberMe ? 'remember_me_timeout' : 'session_timeout', facts.timeout);
  const lifetime = source(facts, 'session_max_lifetime', facts.maxLifetime);
  const others: Rule[] = [
    { rule: 'user-active', passed: facts.userActive },
    { rule: 'revoked-all', passed: facts.epoch >= facts.minEpoch, epoch: facts.epoch, minimum: facts.minEpoch },
    {
      rule: 'revoked-user',
      passed: facts.userEpoch >= facts.minUserEpoch,
      epoch: facts.userEpoch,
      minimum: facts.minUserEpoch,
    },
    { rule: 'revoked-chosen', passed: !facts.chosen },
    { rule: 'idle', passed: facts.idlePassed, since: lastActivityAt, until: facts.idleUntil, setting: timeout },
    { rule: 'idle-floor', passed: facts.idleFloorPassed, since: lastActivityAt, floor: facts.idleFloor },
    { rule: 'lifetime', passed: facts.lifetimePassed, since: createdAt, until: facts.lifetimeUntil, setting: lifetime },
    { rule: 'lifetime-floor', passed: facts.lifetimeFloorPassed, since: createdAt, floor: facts.lifetimeFloor },
  ];
  // what has expired or was revoked is so by its rule, before and after cleanup writes its end, while
  // that is on record
  const byItself = facts.endReason === 'logout' || facts.endReason === 'evicted';
  const ended = byItself || (facts.written && others.every(({ passed }) => passed));
  const { endedAt, endReason, endedBy } = ended ? session : NOT_ENDED;
  return [{ rule: 'not-ended', passed: !ended, endedAt, endReason, endedBy }, ...others];
}

function source(facts: RuleFacts, key: SettingSource['key'], value: number): SettingSource {
  const { origin, at, by } = facts.origins[key] ?? { origin: 'default', at: null, by: null };
  return { key, value, origin, at, by };
}

/** The rule that it is dead by: of those that are not passed the one that came first in time; null: it is live. */
export function failedRule(
  rules: readonly Rule[],
  facts: RuleFacts,
  by: HoldingRevocation | undefined,
  expiry: Expiry | null,
): RuleName | null {
  if (facts.state === 'active') return null;
  if (rules.some(({ rule, passed }) => rule === 'not-ended' && !passed)) return 'not-ended';
  if (facts.endReason === 'revoked')
    return by?.scope === 'sessions' ? 'revoked-chosen' : by?.scope === 'user' ? 'revoked-user' : 'revoked-all';
  const failed = rules.filter(({ passed }) => !passed).map(({ rule }) => rule);
  return failed.find((rule) => !expiry?.rule || rule.startsWith(expiry.rule)) ?? null;
}

/** How long a live session goes on. */
export interface Outlook {
  /** When it dies if nothing happens, and by which rule. */
  expiresAt: Timestamp;
  by: 'idle' | 'lifetime';
  /** Minutes from a request to the end it sets. */
  extension: number;
  /** Seconds within which a second request moves nothing. */
  touchInterval: number;
  /** However much happens; null: no absolute lifetime. */
  latest: Timestamp | null;
}

export function outlookOf({ idleUntil, lifetimeUntil, timeout, touchInterval }: RuleFacts): Outlook {
  const byLifetime = lifetimeUntil !== null && Date.parse(lifetimeUntil) < Date.parse(idleUntil);
  return {
    expiresAt: byLifetime ? lifetimeUntil : idleUntil,
    by: byLifetime ? 'lifetime' : 'idle',
    extension: timeout,
    touchInterval,
    latest: lifetimeUntil,
  };
}

/** When and by which rule a session has expired; `rule` null: none of the timeouts on record says so. */
export type Expiry = RunOut | { at: Timestamp | null; rule: null; minutes: null; lowered: null; raised: null };
