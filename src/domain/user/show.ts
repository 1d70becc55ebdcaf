import { ALERT_ROWS } from '../../db/alert/alerts.ts';
import { DEVICE_ROWS } from '../../db/device/devices.ts';
import { type Database, read } from '../../db/port/database.ts';
import { REVOCATION_ROWS } from '../../db/revocation/list.ts';
import { selectFirstSessions } from '../../db/session/sessions.ts';
import { selectPlaces, selectUser } from '../../db/user/list.ts';
import type { Alert } from '../../model/alert.ts';
import type { Device } from '../../model/device.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Session } from '../../model/session.ts';
import type { User, UserPlace } from '../../model/user.ts';
import { requireUsers } from './users.ts';

/** What is known of a user; of each list the first ones. */
export interface UserDetails {
  user: User;
  /** Live ones, the most recently active first. */
  sessions: Session[];
  /** Latest seen first, and how many there are. */
  devices: Device[];
  deviceCount: number;
  places: UserPlace[];
  /** Sessions in any state, newest login first. */
  logins: Session[];
  /** Those that nobody has acknowledged, newest first, and how many there are. */
  alerts: Alert[];
  openAlerts: number;
  /** Those that concerned the user, newest first. */
  revocations: Revocation[];
}

/**
 * One user by name, with at most `most` of everything. Throws NOT_FOUND. `alone`: without revocations that may have
 * concerned others as well.
 */
export function showUser(db: Database, username: string, most: number, alone = false): Promise<UserDetails> {
  return read(db, async (tx) => {
    const [found] = await requireUsers(tx, [username]);
    const user = found && (await selectUser(tx, found.id));
    // the transaction reads one snapshot
    if (!user) throw new Error('a user has vanished while being read');
    const users = [user.username];
    const theirs = { userIds: [user.id] };
    const open = { ...theirs, state: 'open' } as const;
    const newest = { sort: 'newest', after: null } as const;
    return {
      user,
      sessions: await selectFirstSessions(tx, { state: 'active', users }, 'activity', most),
      devices: await DEVICE_ROWS.page(tx, theirs, newest, most),
      deviceCount: await DEVICE_ROWS.count(tx, theirs, null),
      places: await selectPlaces(tx, user.id),
      logins: await selectFirstSessions(tx, { state: 'all', users }, 'login', most),
      alerts: await ALERT_ROWS.page(tx, open, newest, most),
      openAlerts: await ALERT_ROWS.count(tx, open, null),
      revocations: await REVOCATION_ROWS.page(tx, alone ? { user, scopes: ['user'] } : { user }, newest, most),
    };
  });
}
