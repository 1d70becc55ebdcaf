import type { Activity, Actor, Place, Timestamp } from '../../model/session.ts';
import { cleanSessions } from '../cleanup/cleanup.ts';
import { labelDevice, trustDevices } from '../device/devices.ts';
import { locateSessions } from '../geo/places.ts';
import type { Transaction } from '../port/database.ts';
import { revokeIds } from '../revocation/revoke.ts';
import { setSettings, setUserLimit } from '../settings/settings.ts';
import { DEMO_ACTION } from './demo.ts';

export interface DemoUser {
  id: string;
  username: string;
  email: string;
  role: 'admin' | 'user' | 'readonly';
  isActive: boolean;
  createdAt: Timestamp;
  maxSessions: number | null;
}

/** One login, what was done with the session, and what ended it; a timeout ends the others. */
export interface DemoLogin {
  userId: string;
  userAgent: string;
  screen: string | null;
  timeZone: string | null;
  /** Of the device. */
  label: string | null;
  trusted: boolean;
  ip: string;
  /** Null: in the company's own network. */
  place: Place | null;
  loginMethod: string;
  rememberMe: boolean;
  createdAt: Timestamp;
  lastActivityAt: Timestamp;
  /** `limit`: a later login of a user who may have no more sessions. A number is that of a revocation of the world. */
  ended: { at: Timestamp; by: 'logout' | 'limit' | number } | null;
  activity: Activity[];
}

/** Of the sessions whose `ended.by` is its index, or of a whole user by deactivation. */
export interface DemoRevocation {
  at: Timestamp;
  userId: string;
  username: string;
  /** Null: the user was deactivated. */
  reason: string | null;
}

/** What happens in the demo. Logins are in the order of time. */
export interface DemoWorld {
  users: DemoUser[];
  /** The first of each user, over for longer than the retention: the device and the place are what is left of it. */
  first: DemoLogin[];
  usual: DemoLogin[];
  /** After somebody has switched the alerts on. */
  alerted: DemoLogin[];
  /** Oldest first. */
  revocations: DemoRevocation[];
}

type OpenedLogin = DemoLogin & { id: string; deviceId: string };

/** Who did in the past what an operator does. */
const OPERATOR: Actor = { osUser: 'root', host: 'tomo-1' };

/** The logins as rows, in their order. */
const LOGINS = `rows from (jsonb_to_recordset($1::jsonb) as (id uuid, "userId" uuid, ip inet, "userAgent" text,
  "loginMethod" text, "rememberMe" boolean, screen text, "timeZone" text, "createdAt" timestamptz,
  "lastActivityAt" timestamptz, ended jsonb, activity jsonb)) with ordinality r`;

/**
 * Makes the world in an empty database by the functions that a server and this tool call, all of it now; then moves
 * each thing to its time, and lets the engine judge the places and end what has run out.
 */
export async function makeWorld(tx: Transaction, world: DemoWorld, actor: Actor): Promise<void> {
  // thousands of calls of few functions: planning takes longer than running
  await tx.script('set local plan_cache_mode = force_generic_plan');
  await insertUsers(tx, world.users);
  const usual = [...(await openSessions(tx, world.first)), ...(await openSessions(tx, world.usual))];
  await describeDevices(tx, usual);
  for (const [index, revocation] of world.revocations.entries()) {
    const ids = usual.filter(({ ended }) => ended?.by === index).map(({ id }) => id);
    await revoke(tx, revocation, ids);
  }
  const note = { actor: OPERATOR, origin: 'database', reason: null } as const;
  await setSettings(tx, { new_device_alerts: true, location_alerts: true }, note);
  const logins = [...usual, ...(await openSessions(tx, world.alerted))];
  await moveToThePast(tx, logins, world.revocations);
  await locateSessions(
    tx,
    logins.flatMap(({ id, place }) => (place ? { id, ...place } : [])),
  );
  await moveAlerts(tx);
  await cleanUp(tx);
  await moveAudit(tx);
  const detail = { users: world.users.length, sessions: world.usual.length + world.alerted.length };
  await tx.query('select tomo.write_audit($1::jsonb, $2::text, null, $3::jsonb)', [
    JSON.stringify(actor),
    DEMO_ACTION,
    JSON.stringify(detail),
  ]);
}

async function insertUsers(tx: Transaction, users: readonly DemoUser[]): Promise<void> {
  await tx.query(
    `insert into tomo.users (id, username, email, role, is_active, created_at)
     select id, username, email, role, "isActive", "createdAt" from jsonb_to_recordset($1::jsonb)
       as r(id uuid, username text, email text, role text, "isActive" boolean, "createdAt" timestamptz)`,
    [JSON.stringify(users)],
  );
  for (const { id, maxSessions } of users)
    if (maxSessions !== null) await setUserLimit(tx, id, maxSessions, { actor: OPERATOR, reason: null });
}

/** Opens them, and logs out who does so. Their places are judged when the logins are where they belong in time. */
async function openSessions(tx: Transaction, logins: readonly DemoLogin[]): Promise<OpenedLogin[]> {
  const opened = await tx.query<{ id: string; deviceId: string }>(
    `select o.session_id::text as id, o.device_id::text as "deviceId" from ${LOGINS} cross join lateral
       tomo.open_session(r."userId", r.ip, r."userAgent", r."loginMethod", r."rememberMe", null, r.screen,
         r."timeZone") o
      order by r.ordinality`,
    [JSON.stringify(logins)],
  );
  const sessions = logins.flatMap((login, i) => (opened[i] ? { ...login, ...opened[i] } : []));
  await tx.query(`select tomo.close_session(r.id) from ${LOGINS} where r.ended ->> 'by' = 'logout'`, [
    JSON.stringify(sessions),
  ]);
  return sessions;
}

async function describeDevices(tx: Transaction, logins: readonly OpenedLogin[]): Promise<void> {
  const labels = new Map(logins.flatMap(({ deviceId, label }) => (label ? [[deviceId, label]] : [])));
  for (const [id, label] of labels) await labelDevice(tx, id, label, OPERATOR);
  const trusted = logins.flatMap((login) => (login.trusted ? login.deviceId : []));
  await trustDevices(tx, [...new Set(trusted)], true, OPERATOR);
}

async function revoke(tx: Transaction, revocation: DemoRevocation, ids: string[]): Promise<void> {
  const { userId, username, reason } = revocation;
  if (reason === null) {
    await tx.query('update tomo.users set is_active = false where id = $1::uuid', [userId]);
    return;
  }
  const filter = { state: 'active', users: [username] };
  await revokeIds(tx, ids, filter, { actor: OPERATOR, reason, compromised: false }, ids.length);
}

/** Each thing to the time that the world says; devices and user agents to those of their logins. */
async function moveToThePast(
  tx: Transaction,
  logins: readonly OpenedLogin[],
  revocations: readonly DemoRevocation[],
): Promise<void> {
  const rows = JSON.stringify(logins);
  await tx.query(
    `update tomo.sessions s set created_at = r."createdAt", last_activity_at = r."lastActivityAt",
            ended_at = case when s.ended_at is not null then (r.ended ->> 'at')::timestamptz end
       from ${LOGINS} where s.id = r.id`,
    [rows],
  );
  await tx.query(
    `select count(tomo.record_activity(r.id, a.kind, a.name, a.path, a.status, a.ip, a.at)) from ${LOGINS}
      cross join lateral jsonb_to_recordset(r.activity)
         as a(at timestamptz, kind text, name text, path text, status integer, ip inet)`,
    [rows],
  );
  await tx.query(
    `update tomo.revocations x set at = r.at
       from rows from (jsonb_to_recordset($1::jsonb) as (at timestamptz)) with ordinality r where x.id = r.ordinality`,
    [JSON.stringify(revocations)],
  );
  await tx.script(`
    delete from tomo.past_timeouts; -- the settings of the demo have always been so
    update tomo.devices d set first_seen_at = s.first, last_seen_at = s.last
      from (select device_id, min(created_at) as first, max(created_at) as last from tomo.sessions group by 1) s
     where s.device_id = d.id;
    update tomo.user_agents a set first_seen_at = s.first
      from (select user_agent_id, min(created_at) as first from tomo.sessions group by 1) s
     where s.user_agent_id = a.id;`);
}

async function moveAlerts(tx: Transaction): Promise<void> {
  await tx.script(`
    update tomo.alerts a set created_at = s.created_at, next_attempt_at = s.created_at,
           evidence = a.evidence || jsonb_build_object('at', s.created_at)
      from tomo.sessions s where s.id = a.session_id`);
}

/** As last night's cleanup did it: what has run out since is left to the next one. */
async function cleanUp(tx: Transaction): Promise<void> {
  for (let from: string | null = null, first = true; first || from !== null; first = false)
    from = (await cleanSessions(tx, from, null, 10_000)).next;
  await tx.script(`update tomo.sessions set ended_at = null, end_reason = null, ended_by = null
                    where end_reason = 'expired' and ended_at > now() - interval '12 hours'`);
}

/**
 * A row of the audit to the time of its revocation, or to where its action is told of; then the chain is made anew.
 */
async function moveAudit(tx: Transaction): Promise<void> {
  await tx.script(`
    update tomo.settings set origins = (
      select jsonb_object_agg(key, value || jsonb_build_object('at', now() - interval '6 hours'))
        from jsonb_each(origins));
    with recursive moved as (
      select l.id, l.actor, l.action, l.reason, l.detail,
             coalesce(r.at, now() - case l.action when 'set' then interval '6 hours' else interval '30 days' end) as at
        from tomo.audit_log l left join tomo.revocations r on r.id = (l.detail ->> 'revocation')::bigint
    ), chained as (
      select 0::bigint as id, null::timestamptz as at, null::bytea as prev, '\\x00'::bytea as hash
      union all
      select m.id, m.at, c.hash, tomo.audit_hash(c.hash, m.id, m.at, m.actor, m.action, m.reason, m.detail)
        from chained c join moved m on m.id = c.id + 1
    ), written as (
      update tomo.audit_log l set at = c.at, prev = c.prev, hash = c.hash from chained c where c.id = l.id
    )
    update tomo.audit_head set hash = (select hash from chained order by id desc limit 1)`);
}
