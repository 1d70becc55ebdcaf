import type { SessionState } from '../../src/model/session.ts';

/** Microseconds since 1970: what the database's clock resolves. */
export type Micros = number;

const MINUTE = 60_000_000;
export const UNDO = 24 * 60 * MINUTE;

export interface Timeouts {
  session: number;
  remember: number;
  lifetime: number;
}

interface ModelSession {
  id: string;
  user: string;
  remember: boolean;
  created: Micros;
  active: Micros;
  /** A logout or an eviction, which nothing can undo. */
  ended: { at: Micros; reason: 'logout' | 'evicted' } | null;
}

interface ModelRevocation {
  id: number;
  at: Micros;
  hits: Set<string>;
  compromised: boolean;
  restored: boolean;
  /** Of all sessions of this user; undefined: of everybody's, or of chosen ones. */
  user: string | undefined;
}

export interface Fate {
  state: SessionState;
  reason: string | null;
  at: Micros | null;
  revocation: number | null;
  final: boolean;
}

/**
 * Who is in, as simply as it can be said: every event is kept, and a session is judged by looking at all of them.
 * Nothing of how the database does it: no epochs, no floors, no cuts.
 */
export class TruthModel {
  readonly sessions = new Map<string, ModelSession>();
  readonly revocations: ModelRevocation[] = [];
  readonly inactive = new Set<string>();
  /** Each with the moment from which on it held. */
  #timeouts: { from: Micros; timeouts: Timeouts }[];

  constructor(timeouts: Timeouts) {
    this.#timeouts = [{ from: Number.NEGATIVE_INFINITY, timeouts }];
  }

  setTimeouts(timeouts: Timeouts, at: Micros): void {
    this.#timeouts.push({ from: at, timeouts });
  }

  open(session: ModelSession): void {
    this.sessions.set(session.id, session);
  }

  revoke(id: number, at: Micros, hits: Iterable<string>, compromised: boolean, user?: string): void {
    this.revocations.push({ id, at, hits: new Set(hits), compromised, restored: false, user });
  }

  /** Everything happened so much longer ago. */
  shift(by: Micros): void {
    for (const session of this.sessions.values()) {
      session.created -= by;
      session.active -= by;
      if (session.ended) session.ended.at -= by;
    }
    for (const revocation of this.revocations) revocation.at -= by;
    for (const period of this.#timeouts) period.from -= by;
  }

  restorable({ at, compromised, restored }: ModelRevocation, now: Micros): boolean {
    return !restored && !compromised && now - at < UNDO;
  }

  /** Whether asking for its undo now is granted: not while its user is inactive. */
  undoable(revocation: ModelRevocation, now: Micros): boolean {
    return this.restorable(revocation, now) && !this.inactive.has(revocation.user ?? '');
  }

  /** The first moment at which the timeouts of that moment had run out; infinity: never, if nothing changes. */
  expiry({ remember, created, active }: ModelSession): Micros {
    for (const [i, { from, timeouts }] of this.#timeouts.entries()) {
      const until = this.#timeouts[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      const idle = active + (remember ? timeouts.remember : timeouts.session) * MINUTE;
      const old = timeouts.lifetime === 0 ? Number.POSITIVE_INFINITY : created + timeouts.lifetime * MINUTE;
      const out = Math.min(idle, old);
      if (out <= until) return Math.max(out, from);
    }
    return Number.POSITIVE_INFINITY;
  }

  fate(session: ModelSession, now: Micros): Fate {
    if (session.ended) {
      const { reason, at } = session.ended;
      return { state: reason === 'logout' ? 'logged-out' : 'evicted', reason, at, revocation: null, final: true };
    }
    const expiry = this.expiry(session);
    const by = this.revocations.find(({ hits, restored }) => !restored && hits.has(session.id));
    if (by && by.at < expiry) {
      const final = !this.restorable(by, now);
      return { state: 'revoked', reason: 'revoked', at: Math.max(by.at, session.created), revocation: by.id, final };
    }
    if (expiry <= now) return { state: 'expired', reason: 'expired', at: expiry, revocation: null, final: true };
    if (this.inactive.has(session.user))
      return { state: 'revoked', reason: null, at: null, revocation: null, final: false };
    return { state: 'active', reason: null, at: null, revocation: null, final: false };
  }

  isLive(id: string, now: Micros): boolean {
    const session = this.sessions.get(id);
    return session !== undefined && this.fate(session, now).state === 'active';
  }

  live(now: Micros, user?: string): ModelSession[] {
    return [...this.sessions.values()].filter(
      (session) => (user === undefined || session.user === user) && this.isLive(session.id, now),
    );
  }
}
