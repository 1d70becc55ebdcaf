import type { TestDatabase } from './database.ts';

let serial = 0;

/** Inserts a user and returns the id. */
export async function aUser(
  t: TestDatabase,
  user: { username?: string; role?: string; active?: boolean; email?: string } = {},
): Promise<string> {
  serial += 1;
  const [row] = await t.sql<{ id: string }>(
    'insert into tomo.users (username, role, is_active, email) values ($1, $2, $3, $4) returning id',
    [user.username ?? `user${serial}`, user.role ?? 'user', user.active ?? true, user.email ?? null],
  );
  return row?.id ?? '';
}

export interface SessionValues {
  id?: string | undefined;
  ip?: string | null | undefined;
  remember?: boolean | undefined;
  method?: string | undefined;
  /** Minutes ago. */
  idle?: number | undefined;
  age?: number | undefined;
  ended?: number | undefined;
  reason?: string | undefined;
  by?: string | undefined;
  country?: string | undefined;
  city?: string | undefined;
  browser?: string | undefined;
  os?: string | undefined;
  userAgent?: string | undefined;
}

/** Inserts a session with the user's current epochs and returns the id. Default: live, idle for one minute. */
export async function aSession(t: TestDatabase, userId: string, s: SessionValues = {}): Promise<string> {
  const agent = s.browser || s.userAgent ? await anAgent(t, s) : null;
  const idle = s.idle ?? 1;
  const [row] = await t.sql<{ id: string }>(
    `insert into tomo.sessions (id, user_id, user_agent_id, ip, login_method, remember_me, epoch, user_epoch, created_at, last_activity_at,
       ended_at, end_reason, ended_by, country, city)
     select coalesce($1::uuid, gen_random_uuid()), $2::uuid, $3::int, $4::inet, $5, $6::boolean, t.epoch,
            coalesce((select epoch from tomo.user_controls where user_id = $2::uuid), 0),
            now() - make_interval(mins => $7::int), now() - make_interval(mins => $8::int),
            now() - make_interval(mins => $9::int), $10, $11, $12, $13
       from tomo.settings t returning id`,
    [
      s.id ?? null,
      userId,
      agent,
      s.ip === undefined ? '203.0.113.7' : s.ip,
      s.method ?? 'password',
      s.remember ?? false,
      s.age ?? idle + 10,
      idle,
      s.ended ?? null,
      s.ended === undefined ? null : (s.reason ?? 'revoked'),
      s.by ?? null,
      s.country ?? null,
      s.city ?? null,
    ],
  );
  if (s.country)
    await t.sql(
      `insert into tomo.user_places (user_id, country, first_seen_at, last_seen_at)
       select $1::uuid, $2, at, at from (select now() - make_interval(mins => $3::int) as at) x on conflict do nothing`,
      [userId, s.country, s.age ?? idle + 10],
    );
  return row?.id ?? '';
}

async function anAgent(t: TestDatabase, s: SessionValues): Promise<number> {
  const raw = s.userAgent ?? `Mozilla/5.0 (${s.os}) ${s.browser}/1.0`;
  const [row] = await t.sql<{ id: number }>(
    `insert into tomo.user_agents (digest, raw, browser, os, form_factor) values (sha256(convert_to($1, 'UTF8')), $1, $2, $3, 'desktop')
     on conflict (digest) do update set raw = excluded.raw returning id`,
    [raw, s.browser ?? null, s.os ?? null],
  );
  return row?.id ?? 0;
}

/** The ids of the sessions that the database calls live. */
export async function liveIds(t: TestDatabase): Promise<string[]> {
  return (await t.sql<{ id: string }>('select id from tomo.live_sessions order by id')).map((row) => row.id);
}

export interface AlertValues {
  kind?: string | undefined;
  session?: string | null | undefined;
  evidence?: Record<string, unknown> | undefined;
  /** Minutes ago. */
  age?: number | undefined;
  delivery?: string | undefined;
  attempts?: number | undefined;
  acknowledgedBy?: string | undefined;
}

/** Inserts an alert and returns its number. Default: a pending one, due now, about a new device. */
export async function anAlert(t: TestDatabase, userId: string, a: AlertValues = {}): Promise<number> {
  const [row] = await t.sql<{ id: number }>(
    `insert into tomo.alerts (kind, user_id, session_id, evidence, created_at, next_attempt_at, delivery, attempts, acknowledged_at, acknowledged_by)
     select $1, $2::uuid, $3::uuid, $4::jsonb, now() - make_interval(mins => $5::int), now() - make_interval(mins => $5::int), $6, $7::int,
            case when $8::text is not null then now() end, $8
     returning id::int`,
    [
      a.kind ?? 'new_device',
      userId,
      a.session ?? null,
      JSON.stringify(a.evidence ?? { browser: 'Firefox', os: 'Windows', ip: '203.0.113.7' }),
      a.age ?? 1,
      a.delivery ?? 'pending',
      a.attempts ?? 0,
      a.acknowledgedBy ?? null,
    ],
  );
  return row?.id ?? 0;
}

/** The evidence of an impossible journey, as tomo.check_location writes it. */
export const JOURNEY = {
  reasons: ['impossible-travel', 'new-country'],
  browser: 'Firefox',
  os: 'Windows',
  formFactor: 'desktop',
  ip: '102.89.1.2',
  loginMethod: 'password',
  place: { country: 'NG', city: 'Lagos' },
  to: { country: 'NG', city: 'Lagos', ip: '102.89.1.2' },
  from: { country: 'DE', city: 'Berlin', ip: '203.0.113.7', at: '2026-11-23T10:00:00+00:00' },
  distanceKm: 5196,
  hours: 0.33,
  kmh: 15588,
};

export interface DeviceValues {
  id?: string | undefined;
  browser?: string | undefined;
  os?: string | undefined;
  screen?: string | undefined;
  zone?: string | undefined;
  label?: string | undefined;
  trusted?: boolean | undefined;
  /** Minutes ago. */
  first?: number | undefined;
  seen?: number | undefined;
}

/**
 * Inserts a device of a user and returns the id. Default: seen for the first time an hour ago, the last
 * time a minute ago.
 */
export async function aDevice(t: TestDatabase, userId: string, d: DeviceValues = {}): Promise<string> {
  const agent = d.browser ? await anAgent(t, d) : null;
  const [row] = await t.sql<{ id: string }>(
    `insert into tomo.devices (id, user_id, fingerprint, user_agent_id, screen, time_zone, label, trusted, first_seen_at, last_seen_at)
     select coalesce($1::uuid, gen_random_uuid()), $2::uuid, sha256(convert_to(gen_random_uuid()::text, 'UTF8')), $3::int, $4, $5, $6, $7::boolean,
            now() - make_interval(mins => $8::int), now() - make_interval(mins => $9::int) returning id`,
    [
      d.id ?? null,
      userId,
      agent,
      d.screen ?? null,
      d.zone ?? null,
      d.label ?? null,
      d.trusted ?? false,
      d.first ?? 60,
      d.seen ?? 1,
    ],
  );
  return row?.id ?? '';
}
