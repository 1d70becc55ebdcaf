import type { OwnAlert, OwnDevice, OwnSession } from '../../model/own-session.ts';
import type { Queryable } from '../port/database.ts';
import { type Sql, selectDocument, sql } from '../port/sql.ts';
import { call, fromRow } from './functions.ts';

/** Whose page it is: the session that asks, and its user. */
export interface Asking {
  id: string;
  userId: string;
}

const of = ({ userId, id }: Asking) => sql`${userId}, ${id}`;

async function list<Row>(db: Queryable, from: Sql): Promise<Row[]> {
  const rows = await selectDocument<object[]>(db)`
    select coalesce(pg_catalog.json_agg(x), '[]')::pg_catalog.text as json from ${from} x`;
  return rows.map((row) => fromRow<Row>(row));
}

export function ownSessions(db: Queryable, session: Asking): Promise<OwnSession[]> {
  return list(db, sql`tomo.own_sessions(${of(session)})`);
}

export function ownDevices(db: Queryable, session: Asking): Promise<OwnDevice[]> {
  return list(db, sql`tomo.own_devices(${of(session)})`);
}

export function ownAlerts(db: Queryable, session: Asking): Promise<OwnAlert[]> {
  return list(db, sql`tomo.own_alerts(${of(session)})`);
}

export function revokeOwnSession(db: Queryable, session: Asking, target: string): Promise<number | null> {
  return call(db, sql`tomo.revoke_own_session(${of(session)}, ${target})`);
}

export function revokeOwnOthers(db: Queryable, session: Asking): Promise<{ revocation: number | null; ended: number }> {
  return call(db, sql`tomo.revoke_own_others(${of(session)})`);
}

export function forgetOwnDevice(db: Queryable, session: Asking, device: string): Promise<boolean> {
  return call(db, sql`tomo.forget_own_device(${of(session)}, ${device})`);
}

export function distrustOwnDevice(db: Queryable, session: Asking, device: string): Promise<boolean> {
  return call(db, sql`tomo.distrust_own_device(${of(session)}, ${device})`);
}

/** What became of "that was not me". */
export interface Disowned {
  /** Whether the user has an alert of that number. */
  known: boolean;
  /** Null: nothing was left to end. */
  revocation: number | null;
  /** How many sessions were live. */
  ended: number;
}

export function disownLogin(db: Queryable, session: Asking, alert: number): Promise<Disowned> {
  return call(db, sql`tomo.disown_login(${of(session)}, ${alert})`);
}
