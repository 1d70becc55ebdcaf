import { selectActivity } from '../../db/activity/activity.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import {
  type HoldingRevocation,
  type RuleFacts,
  selectHoldingRevocations,
  selectRaise,
  selectRuleFacts,
} from '../../db/session/rules.ts';
import type { Activity, Session, SessionState, Timestamp } from '../../model/session.ts';
import type { Environment } from '../settings/show.ts';
import { requireSession } from './id.ts';
import {
  type Expiry,
  failedRule,
  type Outlook,
  outlookOf,
  type Rule,
  type RuleName,
  rulesOf,
  type SettingSource,
  stateOf,
} from './rules.ts';
import { changeHints, clockHints, environmentHints, type Hint, idleHints } from './why-hints.ts';

/** A revocation that a session is dead by. */
export interface Holder {
  id: number;
  at: Timestamp;
  scope: HoldingRevocation['scope'];
  by: string;
  reason: string | null;
  compromised: boolean;
}

/** Whether the revocations can be undone and the session then lives. */
export interface Restorability {
  possible: boolean;
  /** To be restored, in this order. */
  revocations: number[];
  /** When it will be too late; null where it is not possible. */
  until: Timestamp | null;
  obstacle: 'compromised' | 'too-old' | 'expired' | 'user-inactive' | null;
}

export interface Explanation {
  session: Session;
  /** The database's time that all this holds for. */
  at: Timestamp;
  live: boolean;
  state: SessionState;
  /** The first rule, in the order of the definition, that makes it dead. */
  failed: RuleName | null;
  rules: Rule[];
  /** Only of a live session. */
  outlook: Outlook | null;
  /** Only of an expired one. */
  expiry: Expiry | null;
  /** What it is revoked by, the first one first. */
  revocations: Holder[];
  /** Only of a session that a revocation has ended. */
  restore: Restorability | null;
  /** What else may be wrong. */
  hints: Hint[];
  /** What it did last, latest first. */
  activity: Activity[];
}

export interface WhyOptions {
  /** The variables that are named like settings, as the caller sees them. */
  environment: Environment;
  /** The clock of this machine, to compare with the database's. */
  clock: () => Date;
  /** At this moment instead of now. */
  at?: Timestamp;
}

const ACTIVITY = 5;

/** Which rule makes a session live or dead, and when that changes. Throws INVALID_INPUT, NOT_FOUND or AMBIGUOUS_ID. */
export function explainSession(db: Database, text: string, options: WhyOptions): Promise<Explanation> {
  return read(db, async (tx) => explain(tx, await requireSession(tx, text), options));
}

/** The same for a session that has been looked up. */
export async function explain(tx: Transaction, session: Session, options: WhyOptions): Promise<Explanation> {
  const at = options.at ?? null;
  const facts = await selectRuleFacts(tx, session.id, at);
  if (!facts) throw new Error(`session ${session.id} has no user or settings`);
  const rules = rulesOf(session, facts);
  const failed = failedRule(rules);
  const state = stateOf(failed, session.endReason);
  const expiry = state === 'expired' ? await expiryOf(tx, session, rules) : null;
  const holding = state === 'revoked' ? await selectHoldingRevocations(tx, session.id, at) : [];
  return {
    session,
    at: facts.at,
    live: failed === null,
    state,
    failed,
    rules,
    outlook: failed === null ? outlookOf(facts) : null,
    expiry,
    revocations: holding.map(({ id, at, scope, by, reason, compromised }) => ({
      id,
      at,
      scope,
      by,
      reason,
      compromised,
    })),
    restore: restorability(session, facts, holding),
    hints: [
      ...environmentHints(settingsOf(rules), options.environment),
      ...(await clockHints(tx, options.clock)),
      ...(expiry ? changeHints(rules, expiry) : []),
      ...(expiry?.at && expiry.rule === 'idle' ? await idleHints(tx, session, facts.touchInterval, expiry.at) : []),
    ],
    activity: await selectActivity(tx, session.id, ACTIVITY),
  };
}

function settingsOf(rules: readonly Rule[]): SettingSource[] {
  return rules.flatMap((rule) => ('setting' in rule ? [rule.setting] : []));
}

/** The earliest moment at which a rule had it expired: a floor means an earlier, smaller value of the setting. */
async function expiryOf(tx: Transaction, session: Session, rules: readonly Rule[]): Promise<Expiry> {
  const found: Expiry[] = session.endedAt ? [{ at: session.endedAt, rule: null, minutes: null, raised: null }] : [];
  const keys = Object.fromEntries(rules.flatMap((rule) => ('setting' in rule ? [[rule.rule, rule.setting.key]] : [])));
  for (const rule of rules) {
    if (rule.passed) continue;
    if (rule.rule === 'idle' || rule.rule === 'lifetime') {
      // what was marked before that was marked under another value, which was lowered since
      const lowered =
        session.endedAt !== null && rule.until !== null && Date.parse(rule.until) < Date.parse(session.endedAt);
      if (!lowered) found.push({ at: rule.until, rule: rule.rule, minutes: rule.setting.value, raised: null });
    }
    if (rule.rule === 'idle-floor' || rule.rule === 'lifetime-floor') {
      const by = rule.rule === 'idle-floor' ? 'idle' : 'lifetime';
      const raise = await selectRaise(tx, keys[by] ?? '', rule.since);
      found.push(
        raise
          ? {
              at: later(rule.since, raise.from),
              rule: by,
              minutes: raise.from,
              raised: { at: raise.at, by: raise.by },
            }
          : { at: null, rule: by, minutes: null, raised: { at: null, by: null } },
      );
    }
  }
  const time = ({ at }: Expiry) => (at === null ? Number.POSITIVE_INFINITY : Date.parse(at));
  // a rule says more than the mark of a cleanup, which may have come at the same moment
  const [first] = found.sort((a, b) => time(a) - time(b) || Number(a.rule === null) - Number(b.rule === null));
  return first ?? { at: null, rule: null, minutes: null, raised: null };
}

function later(since: Timestamp, minutes: number): Timestamp {
  return new Date(Date.parse(since) + minutes * 60_000).toISOString();
}

function restorability(
  session: Session,
  facts: RuleFacts,
  holding: readonly HoldingRevocation[],
): Restorability | null {
  if (holding.length === 0 || (session.endReason !== null && session.endReason !== 'revoked')) return null;
  // one that is restored already, with rows left to un-mark, goes on whenever it is asked to
  const standing = holding.filter(({ restoredAt }) => restoredAt === null);
  const timesPassed = facts.idlePassed && facts.idleFloorPassed && facts.lifetimePassed && facts.lifetimeFloorPassed;
  const obstacle = standing.some(({ compromised }) => compromised)
    ? 'compromised'
    : standing.some(({ tooOld }) => tooOld)
      ? 'too-old'
      : !timesPassed
        ? 'expired'
        : !facts.userActive
          ? 'user-inactive'
          : null;
  const ends = [
    facts.idleUntil,
    facts.lifetimeUntil,
    ...standing.map(({ restorableUntil }) => restorableUntil),
  ].flatMap((end) => end ?? []);
  const [until = null] = ends.sort((a, b) => Date.parse(a) - Date.parse(b));
  return {
    possible: obstacle === null,
    revocations: holding.map(({ id }) => id),
    until: obstacle === null ? until : null,
    obstacle,
  };
}
