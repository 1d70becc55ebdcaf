import { countAlerts, selectAlerts } from '../../db/alert/alerts.ts';
import { countDevices, selectDevices } from '../../db/device/devices.ts';
import { type Database, read } from '../../db/port/database.ts';
import { selectRevocations } from '../../db/revocation/list.ts';
import { selectSessions } from '../../db/session/sessions.ts';
import { selectPlaces, selectUser } from '../../db/user/list.ts';
import type { Alert, AlertFilter } from '../../model/alert.ts';
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

/** One user by name, with at most `most` of everything. Throws NOT_FOUND. */
export function showUser(db: Database, username: string, most: number): Promise<UserDetails> {
  return read(db, async (tx) => {
    const [found] = await requireUsers(tx, [username]);
    const user = found && (await selectUser(tx, found.id));
    // the transaction reads one snapshot
    if (!user) throw new Error('a user has vanished while being read');
    const page = { after: null, limit: most };
    const users = [user.username];
    const open: AlertFilter = { state: 'open' };
    return {
      user,
      sessions: (await selectSessions(tx, { state: 'active', users }, 'activity', page)).sessions,
      devices: await selectDevices(tx, {}, [user.id], page),
      deviceCount: await countDevices(tx, {}, [user.id], null),
      places: await selectPlaces(tx, user.id),
      logins: (await selectSessions(tx, { state: 'all', users }, 'login', page)).sessions,
      alerts: (await selectAlerts(tx, open, [user.id], page)).alerts,
      openAlerts: await countAlerts(tx, open, [user.id], null),
      revocations: await selectRevocations(tx, { user }, null, most),
    };
  });
}
