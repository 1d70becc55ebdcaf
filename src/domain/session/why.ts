import { selectActivity } from '../../db/activity/activity.ts';
import { idsLike } from '../../db/list/id-range.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import {
  type HoldingRevocation,
  type RuleFacts,
  selectHoldingRevocations,
  selectRuleFacts,
  selectRunOut,
} from '../../db/session/rules.ts';
import type { Activity, SessionState, Timestamp, TomoSession } from '../../model/session.ts';
import type { Environment } from '../settings/show.ts';
import { requireTomoSession } from './id.ts';
import {
  type Expiry,
  failedRule,
  type Outlook,
  outlookOf,
  type Rule,
  type RuleName,
  rulesOf,
  type SettingSource,
} from './rules.ts';
import { changeHints, clockHints, environmentHints, type Hint, idleHints } from './why-hints.ts';

/** A revocation that a session is dead by. */
export type Holder = Omit<HoldingRevocation, 'restorableUntil' | 'tooOld'>;

/** Whether the revocations can be undone and the session then lives. */
export interface Restorability {
  possible: boolean;
  /** To be restored, in this order; none for one who may not. */
  revocations: number[];
  /** When it will be too late; null where it is not possible. */
  until: Timestamp | null;
  obstacle: 'compromised' | 'too-old' | 'expired' | 'user-inactive' | null;
}

export interface Explanation {
  session: TomoSession;
  /** The database's time that all this holds for. */
  at: Timestamp;
  live: boolean;
  state: SessionState;
  /** The rule that it is dead by: the one that came first. */
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
  return read(db, async (tx) => explain(tx, await requireTomoSession(tx, text), options));
}

/** The same for a session that has been looked up. */
export async function explain(tx: Transaction, session: TomoSession, options: WhyOptions): Promise<Explanation> {
  const at = options.at ?? null;
  const [facts, runOut, holders, clocks, activity] = await Promise.all([
    selectRuleFacts(tx, session.id, at),
    selectRunOut(tx, session.id),
    selectHoldingRevocations(tx, session, at),
    clockHints(tx, options.clock),
    selectActivity(tx, idsLike(session.id.replaceAll('-', '')), ACTIVITY),
  ]);
  if (!facts) throw new Error(`session ${session.id} has no user or settings`);
  const rules = rulesOf(session, facts);
  const { state } = facts;
  const expiry = state === 'expired' ? (runOut ?? endOf(session)) : null;
  const holding = facts.endReason === 'revoked' ? holders : [];
  const failed = failedRule(rules, facts, holding[0], expiry);
  return {
    session,
    at: facts.at,
    live: failed === null,
    state,
    failed,
    rules,
    outlook: failed === null ? outlookOf(facts) : null,
    expiry,
    revocations: holding.map(({ restorableUntil: _, tooOld: __, ...holder }) => holder),
    restore: restorability(facts, holding),
    hints: [
      ...environmentHints(settingsOf(rules), options.environment),
      ...clocks,
      ...(expiry ? changeHints(rules, expiry) : []),
      ...(expiry?.at && expiry.rule === 'idle' ? await idleHints(tx, session, facts.touchInterval, expiry.at) : []),
    ],
    activity,
  };
}

function settingsOf(rules: readonly Rule[]): SettingSource[] {
  return rules.flatMap((rule) => ('setting' in rule ? [rule.setting] : []));
}

function endOf({ endedAt }: TomoSession): Expiry {
  return { at: endedAt, rule: null, minutes: null, lowered: null, raised: null };
}

function restorability(facts: RuleFacts, holding: readonly HoldingRevocation[]): Restorability | null {
  if (holding.length === 0) return null;
  const timesPassed = facts.idlePassed && facts.idleFloorPassed && facts.lifetimePassed && facts.lifetimeFloorPassed;
  const obstacles = [
    holding.some(({ compromised }) => compromised) && 'compromised',
    holding.some(({ tooOld }) => tooOld) && 'too-old',
    !timesPassed && 'expired',
    !facts.userActive && 'user-inactive',
  ] as const;
  const obstacle = obstacles.find((found) => found !== false) ?? null;
  const ends = [facts.idleUntil, facts.lifetimeUntil, ...holding.map(({ restorableUntil }) => restorableUntil)];
  const [until = null] = ends.flatMap((end) => end ?? []).sort((a, b) => Date.parse(a) - Date.parse(b));
  return {
    possible: obstacle === null,
    revocations: holding.map(({ id }) => id),
    until: obstacle === null ? until : null,
    obstacle,
  };
}
