import { type DemoState, emptyDatabase, selectDemoState } from '../../db/demo/demo.ts';
import { makeWorld } from '../../db/demo/make.ts';
import { type Database, read, write } from '../../db/port/database.ts';
import { selectFirstSessions } from '../../db/session/sessions.ts';
import { TomoError } from '../../model/errors.ts';
import type { Actor, Session, Timestamp } from '../../model/session.ts';
import { DEMO_MARK } from './mark.ts';

/** The demo as it is now. */
export interface Demo {
  location: string;
  /**
   * Made by this call, because there was none (`new`), it was asked for (`reset`) or all had expired
   * (`stale`); or it was there.
   */
  made: 'new' | 'reset' | 'stale' | null;
  since: Timestamp | null;
  users: number;
  live: number;
  ended: number;
  /** The latest active ones. */
  sessions: Session[];
  /** The session that should make an operator act; null once it has ended. */
  suspect: Session | null;
}

/**
 * Makes the demo in a database that holds nobody, or looks at the one that is there. `reset` makes it anew, and so
 * does time, when it has ended every session. Throws NOT_CONFIRMED when there are users or sessions of anybody else.
 */
export async function setUpDemo(
  db: Database,
  options: { now: Date; actor: Actor; reset: boolean; rows: number },
): Promise<Demo> {
  // what follows empties the tables of everybody
  if (!db.embedded) throw new Error('The demo was about to be made on a server');
  const made = await write(db, async (tx) => {
    const found = await selectDemoState(tx, DEMO_MARK);
    const reason = reasonToMake(found, options.reset);
    if (found.users + found.sessions > 0 && !found.marked) throw refusal(db, found);
    if (!reason) return null;
    const { makeDemoWorld } = await import('./demo-world.ts');
    await emptyDatabase(tx);
    await makeWorld(tx, makeDemoWorld(options.now), options.actor);
    return reason;
  });
  return read(db, async (tx) => {
    const { since, users, live, ended } = await selectDemoState(tx, DEMO_MARK);
    const sessions = await selectFirstSessions(tx, { state: 'active' }, 'activity', options.rows);
    const [suspect = null] = await selectFirstSessions(tx, { state: 'active', countries: ['NG'] }, 'login', 1);
    return { location: db.location, made, since, users, live, ended, sessions, suspect };
  });
}

function reasonToMake(found: DemoState, reset: boolean): Demo['made'] {
  if (!found.marked) return 'new';
  if (reset) return 'reset';
  return found.unexpired === 0 ? 'stale' : null;
}

function refusal(db: Database, found: DemoState): TomoError {
  const count = (n: number, noun: string) => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
  return new TomoError(
    'NOT_CONFIRMED',
    `Refused: the embedded database in ${db.location} holds ${count(found.users, 'user')} and ${count(found.sessions, 'session')} that are not the demo's. Nothing was changed.`,
    { reason: 'database-in-use' },
  );
}
