import type { Fate } from './helpers.ts';

/** When something was asked for and when it was answered, in the order of the callers. */
export interface Span {
  begin: number;
  end: number;
}

export interface LoggedLogin extends Span {
  user: string;
  id: string;
  method: string;
  evicted: string[];
  replaces: string | null;
  /** Live sessions of the user, as the login saw them before it committed. */
  liveThen: number;
  /** Old enough for a shortened timeout to end it. */
  elder: boolean;
}

/** Something that ends sessions: `covers` says which. */
export interface LoggedKill extends Span {
  kind: 'user' | 'all' | 'chosen' | 'deactivation' | 'logout' | 'timeout';
  revocation: number | null;
  covers: (session: LoggedLogin) => boolean;
  /** Refused or failed: it may have happened or not. */
  maybe: boolean;
}

export interface LoggedRestore extends Span {
  revocation: number;
}

export interface LoggedTouch extends Span {
  id: string;
  accepted: boolean;
}

export class Log {
  #clock = 0;
  logins: LoggedLogin[] = [];
  kills: LoggedKill[] = [];
  restores: LoggedRestore[] = [];
  touches: LoggedTouch[] = [];
  refusals: string[] = [];

  tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  /** What is wrong with what was answered meanwhile, and with what is there now. */
  judge(found: Map<string, Fate>, limit: number): string[] {
    const restored = new Set(this.restores.map((restore) => restore.revocation));
    const standing = this.kills.filter((kill) => kill.revocation === null || !restored.has(kill.revocation));
    const sessions = new Map(this.logins.map((login) => [login.id, login]));
    return [
      ...this.logins.flatMap((session) => this.#judgeSession(session, standing, found.get(session.id))),
      ...this.touches.flatMap((touch) => this.#judgeTouch(touch, sessions.get(touch.id))),
      ...this.logins.flatMap((login) =>
        login.liveThen <= limit || this.restores.some((restore) => overlaps(restore, login))
          ? []
          : [`login ${login.id} left ${login.liveThen} live sessions`],
      ),
    ];
  }

  #judgeSession(session: LoggedLogin, standing: LoggedKill[], fate: Fate | undefined): string[] {
    if (!fate) return [`${session.id} is not there`];
    const kills = standing.filter((kill) => kill.covers(session) && !this.#savedFrom(kill, session));
    const evictions = this.logins.filter((login) => login.evicted.includes(session.id));
    const replaced = this.logins.some((login) => login.replaces === session.id);
    if (evictions.length > 1) return [`${session.id} was evicted by ${evictions.length} logins`];
    if (fate.state === 'active') {
      if (fate.endedAt || fate.written) return [`${session.id} lives and has ended`];
      if (evictions.length > 0) return [`${session.id} was evicted, and lives`];
      const survived = kills.find(
        (kill) =>
          !kill.maybe && kill.begin > session.end && !this.#wasOut(session, kill) && !this.#touchedBy(kill, session),
      );
      return survived
        ? [`${session.id} was in before this began, and lives: ${survived.kind} ${survived.revocation}`]
        : [];
    }
    const by = (kinds: LoggedKill['kind'][]) =>
      kills.some((kill) => kinds.includes(kill.kind) && kill.end > session.begin);
    const explanations: Record<string, () => boolean> = {
      logout: () => replaced || by(['logout']),
      evicted: () => evictions.length === 1,
      revoked: () => by(['user', 'all', 'deactivation', 'chosen']),
      expired: () => by(['timeout']),
    };
    return explanations[fate.reason ?? '']?.()
      ? []
      : [`${session.id} is dead (${fate.state}, ${fate.reason}), and nothing can have ended it`];
  }

  /** A logout or a choice by ids ends only who is in then: somebody who was out may have come back by a restore. */
  #wasOut(session: LoggedLogin, kill: LoggedKill): boolean {
    if (kill.kind !== 'chosen' && kill.kind !== 'logout') return false;
    return this.restores.some((restore) =>
      this.kills.some(
        (other) => other.revocation === restore.revocation && other.covers(session) && other.begin < kill.end,
      ),
    );
  }

  /** A request that was answered before the timeout was shortened has saved the session from it. */
  #savedFrom(kill: LoggedKill, session: LoggedLogin): boolean {
    return (
      kill.kind === 'timeout' &&
      this.touches.some((touch) => touch.id === session.id && touch.accepted && touch.end < kill.begin)
    );
  }

  /** As above, perhaps: before it was answered. */
  #touchedBy(kill: LoggedKill, session: LoggedLogin): boolean {
    return (
      kill.kind === 'timeout' &&
      this.touches.some((touch) => touch.id === session.id && touch.accepted && touch.begin < kill.end)
    );
  }

  #judgeTouch(touch: LoggedTouch, session: LoggedLogin | undefined): string[] {
    if (!session) return [];
    const kills = this.kills.filter((kill) => kill.covers(session));
    if (touch.accepted) {
      const dead = kills.find((kill) => {
        const undone = this.restores.some(
          (restore) => restore.revocation === kill.revocation && restore.begin < touch.end,
        );
        return (
          !kill.maybe &&
          !undone &&
          kill.kind !== 'timeout' &&
          kill.begin > session.end &&
          kill.end < touch.begin &&
          !this.#wasOut(session, kill)
        );
      });
      return dead ? [`${touch.id} was accepted after ${dead.kind} ${dead.revocation}`] : [];
    }
    const ended =
      kills.some((kill) => kill.begin < touch.end) ||
      this.logins.some(
        (login) => (login.evicted.includes(touch.id) || login.replaces === touch.id) && login.begin < touch.end,
      );
    return ended ? [] : [`${touch.id} was refused, and nothing had ended it`];
  }
}

function overlaps(a: Span, b: Span): boolean {
  return a.begin < b.end && a.end > b.begin;
}
