import { ALERT_ROWS } from '../../db/alert/alerts.ts';
import { DEVICE_ROWS } from '../../db/device/devices.ts';
import { rowsOf } from '../../db/list/row-source.ts';
import { NEWEST } from '../../db/list/rows.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { REVOCATION_ROWS } from '../../db/revocation/list.ts';
import { selectPlaces } from '../../db/user/list.ts';
import type { Alert } from '../../model/alert.ts';
import type { Device } from '../../model/device.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Session, SessionSort, StateFilter } from '../../model/session.ts';
import type { User, UserPlace, UserRow } from '../../model/user.ts';
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

const NOTHING: Omit<UserDetails, 'user' | 'sessions' | 'logins'> = {
  devices: [],
  deviceCount: 0,
  places: [],
  alerts: [],
  openAlerts: 0,
  revocations: [],
};

const shown = ({ sortKey: _, ...session }: Session): Session => session;

/**
 * One user by name, with at most `most` of everything. Throws NOT_FOUND. `alone`: without revocations that may have
 * concerned others as well.
 */
export function showUser(db: Database, username: string, most: number, alone = false): Promise<UserDetails> {
  return read(db, async (tx) => {
    // as they were named: what somebody is called may be what others are called, too
    const users = [username];
    const first = async (state: StateFilter, sort: SessionSort) =>
      (await rowsOf(tx.sessions.page(tx, { state, users }, { sort, after: null }, most))).map(shown);
    const [[user, more], sessions, logins] = await Promise.all([
      requireUsers(tx, users).then(([found]) => selectDetails(tx, found, most, alone)),
      first('active', 'activity'),
      first('all', 'login'),
    ]);
    const { auditFile: file } = db;
    const revocations = file && (await rowsOf(FILE_ROWS.page(file, { user: user.username }, NEWEST, most)));
    const { devices, deviceCount, places, ...rest } = more;
    return { user, sessions, devices, deviceCount, places, logins, ...rest, ...(revocations && { revocations }) };
  });
}

async function selectDetails(
  tx: Transaction,
  found: UserRow | undefined,
  most: number,
  alone: boolean,
): Promise<[User, typeof NOTHING]> {
  const [user, more] = await Promise.all([
    found && tx.sessions.users.byId(tx, found.id),
    found && tx.sessions.server.isTomo ? selectMore(tx, found, most, alone) : NOTHING,
  ]);
  // the transaction reads one snapshot
  if (!user) throw new Error('a user has vanished while being read');
  return [user, more];
}

/** What only the schema `tomo` has. */
async function selectMore(tx: Transaction, user: UserRow, most: number, alone: boolean): Promise<typeof NOTHING> {
  const theirs = { userIds: [user.id] };
  const open = { ...theirs, state: 'open' } as const;
  const [devices, deviceCount, places, alerts, openAlerts, revocations] = await Promise.all([
    rowsOf(DEVICE_ROWS.page(tx, theirs, NEWEST, most)),
    DEVICE_ROWS.count(tx, theirs),
    selectPlaces(tx, user.id),
    rowsOf(ALERT_ROWS.page(tx, open, NEWEST, most)),
    ALERT_ROWS.count(tx, open),
    rowsOf(REVOCATION_ROWS.page(tx, alone ? { user, scopes: ['user'] } : { user }, NEWEST, most)),
  ]);
  return { devices, deviceCount, places, alerts, openAlerts, revocations };
}
