import { ALERT_ROWS } from '../../db/alert/alerts.ts';
import { DEVICE_ROWS } from '../../db/device/devices.ts';
import { type Database, read } from '../../db/port/database.ts';
import { REVOCATION_ROWS } from '../../db/revocation/list.ts';
import { selectPlaces } from '../../db/user/list.ts';
import type { Alert } from '../../model/alert.ts';
import type { Device } from '../../model/device.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Session, SessionSort, StateFilter } from '../../model/session.ts';
import type { User, UserPlace } from '../../model/user.ts';
import { FILE_ROWS } from '../revocation/file-rows.ts';
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

const NEWEST = { sort: 'newest', after: null } as const;
const NOTHING = { devices: [], deviceCount: 0, places: [], alerts: [], openAlerts: 0 };

const shown = ({ sortKey: _, ...session }: Session): Session => session;

/**
 * One user by name, with at most `most` of everything. Throws NOT_FOUND. `alone`: without revocations that may have
 * concerned others as well.
 */
export function showUser(db: Database, username: string, most: number, alone = false): Promise<UserDetails> {
  return read(db, async (tx) => {
    const [found] = await requireUsers(tx, [username]);
    const user = found && (await tx.sessions.users.byId(tx, found.id));
    // the transaction reads one snapshot
    if (!user) throw new Error('a user has vanished while being read');
    // as they were named: what somebody is called may be what others are called, too
    const users = [username];
    const first = (state: StateFilter, sort: SessionSort) =>
      tx.sessions.page(tx, { state, users }, { sort, after: null }, most).then((rows) => rows.map(shown));
    const sessions = await first('active', 'activity');
    const logins = await first('all', 'login');
    const { auditFile: file } = db;
    if (!tx.sessions.server.isTomo) {
      const revocations = file ? await FILE_ROWS.page(file, { user: user.username }, NEWEST, most) : [];
      return { ...NOTHING, user, sessions, logins, revocations };
    }
    const theirs = { userIds: [user.id] };
    const open = { ...theirs, state: 'open' } as const;
    return {
      user,
      sessions,
      devices: await DEVICE_ROWS.page(tx, theirs, NEWEST, most),
      deviceCount: await DEVICE_ROWS.count(tx, theirs, null),
      places: await selectPlaces(tx, user.id),
      logins,
      alerts: await ALERT_ROWS.page(tx, open, NEWEST, most),
      openAlerts: await ALERT_ROWS.count(tx, open, null),
      revocations: await REVOCATION_ROWS.page(tx, alone ? { user, scopes: ['user'] } : { user }, NEWEST, most),
    };
  });
}
