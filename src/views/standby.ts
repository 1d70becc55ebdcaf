import type { Standby } from '../model/standby.ts';
import { duration } from './time.ts';

/** Seconds that a standby may be behind, before it is warned about. */
const STALE = 60;

/** Whether it may have been wrong for long. */
export function isStale({ behind, caughtUp }: Standby): boolean {
  return !caughtUp && (behind ?? STALE + 1) > STALE;
}

/** Where this comes from, and how old it may be. */
export function standbyWords(location: string, { behind, caughtUp }: Standby): string {
  const newest =
    behind === null ? 'it does not say how old its newest change is' : `its newest change is ${duration(behind)} old`;
  if (caughtUp) return `${location} is a standby and shows all that its primary has sent; ${newest}.`;
  return `${location} is a standby; ${newest}. What the primary has done since then is not seen here: a session shown as live may be revoked, one shown as expired in use.`;
}

/** The same in a heading. */
export function standbyNote({ behind, caughtUp }: Standby): string {
  if (caughtUp) return 'standby';
  return behind === null ? 'standby, of unknown age' : `standby, ${duration(behind)} old`;
}
