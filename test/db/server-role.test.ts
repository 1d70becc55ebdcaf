import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../src/db/port/database.ts';
import { functionsOf } from '../../src/db/schema/grants.ts';
import { aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { codeFrom, count, fate, one } from './helpers.ts';
import { close, open, setSettings, touch } from './server-calls.ts';

/** The statements that docs/server-functions.md tells. */
const GRANTS = readFileSync('docs/server-functions.md', 'utf8').match(/^grant .*;/gm) ?? [];
const SERVER = functionsOf(['serve']).filter((name) => name !== 'apply_environment');
const LOGIN = {
  ip: '203.0.113.7',
  userAgent: 'curl/8',
  screen: '1x1',
  extra: 'x',
  place: { country: 'DE', latitude: 52.5, longitude: 13.4 },
};

onPostgres('a role with EXECUTE on the server functions', (t) => {
  const role = `server_${process.pid}`;
  let server: Database;
  let user: string;

  beforeAll(async () => {
    await t.sql(`create role ${role} login`);
    for (const grant of GRANTS) await t.sql(grant.replace('tomo_server', role));
    server = await t.connect();
    await server.query(`set session authorization ${role}`);
  });
  afterAll(async () => {
    await server.query('discard all');
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });
  beforeEach(async () => {
    user = await aUser(t);
  });

  it('logs in, asks, records, logs out and revokes, with everything that happens on the way', async () => {
    await setSettings(t, {
      max_sessions_per_user: 2,
      new_device_alerts: true,
      location_alerts: true,
      login_notifications: true,
    });
    const first = await open(server, user, LOGIN);
    const second = await open(server, user, {
      ...LOGIN,
      screen: '2x2',
      place: { country: 'JP', latitude: 35, longitude: 139 },
    });
    const third = await open(server, user, { ...LOGIN, replaces: second.session_id });
    const fourth = await open(server, user, LOGIN);
    expect(fourth.evicted).toEqual([first.session_id]);
    await t.sql(`update tomo.sessions set last_activity_at = last_activity_at - interval '5 minutes'`);
    expect(await touch(server, fourth.session_id)).toMatchObject({ accepted: true });
    await server.query(`select tomo.record_activity($1, 'page', null, '/')`, [fourth.session_id]);
    expect(await close(server, fourth.session_id)).toBe(true);
    await server.query('select tomo.revoke_sessions(array[$1::uuid])', [third.session_id]);
    expect(await fate(t, third.session_id)).toMatchObject({ reason: 'revoked', by: role });
    const last = await open(server, user, LOGIN);
    await server.query('select * from tomo.revoke_user($1)', [user]);
    expect(await touch(server, last.session_id)).toMatchObject({ accepted: false, reason: 'revoked' });
    expect(
      (await t.sql<{ kind: string }>('select kind from tomo.alerts order by id')).map((row) => row.kind),
    ).toContain('unusual_location');
  });

  it('reads and writes no table, and calls nothing else', async () => {
    // the epochs of a cluster are for everybody
    const relations = await t.sql<{ name: string }>(
      `select oid::regclass::text as name from pg_class
        where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v') and relname <> 'epochs' order by relkind`,
    );
    expect(relations.length).toBeGreaterThan(15);
    for (const { name } of relations) {
      expect([name, await codeFrom(server.query(`select from ${name}`))]).toEqual([name, '42501']);
      // a view of joins takes no rows from anybody
      expect([name, await codeFrom(server.query(`delete from ${name}`))]).toEqual([
        name,
        name === 'tomo.live_sessions' ? '55000' : '42501',
      ]);
    }
    // all may call what has the rights of its caller and changes nothing
    const rest = await t.sql<{ name: string }>(
      `select proname as name from pg_proc
        where pronamespace = 'tomo'::regnamespace and has_function_privilege($1, oid, 'execute')
          and (prosecdef or provolatile = 'v') order by proname`,
      [role],
    );
    expect(rest.map(({ name }) => name)).toEqual([...SERVER].sort());
  });

  it('is not led astray by objects that it makes itself, nor by settings of its connection', async () => {
    const { session_id } = await open(t, user);
    const traps = [
      ...[
        'settings',
        'users',
        'sessions',
        'user_controls',
        'devices',
        'user_agents',
        'alerts',
        'session_activity',
        'user_places',
        'revocations',
      ].map((name) => `create temp table ${name} (id uuid, trap int)`),
      'create domain pg_temp.uuid as text',
      `create function pg_temp.clock_timestamp() returns timestamptz language sql as 'select timestamptz ''1999-01-01'''`,
      `create function pg_temp.gen_random_uuid() returns uuid language sql as $$ select uuid '00000000-0000-4000-8000-000000000000' $$`,
      `create function pg_temp.sha256(bytea) returns bytea language sql as $$ select 'trap'::bytea $$`,
      `create function pg_temp.always(timestamptz, timestamptz) returns boolean language sql as 'select false'`,
      'create operator pg_temp.<= (leftarg = timestamptz, rightarg = timestamptz, function = pg_temp.always)',
      `set search_path = pg_temp, pg_catalog`,
      `set tomo.session_timeout = '525600'`,
      `set timezone = 'Asia/Kathmandu'`,
      `set datestyle = 'SQL, DMY'`,
      `set intervalstyle = 'sql_standard'`,
      'set extra_float_digits = -10',
      'set standard_conforming_strings = off',
      'set escape_string_warning = off',
      `set bytea_output = 'escape'`,
      'set transform_null_equals = on',
      'set enable_indexscan = off',
    ];
    for (const trap of traps) await server.query(trap);
    const opened = await open(server, user, LOGIN);
    expect(opened.session_id).not.toMatch(/^00000000/);
    expect(Math.abs(Date.parse(opened.created_at) - Date.now())).toBeLessThan(60_000);
    expect(await touch(server, opened.session_id)).toMatchObject({ accepted: true });
    await t.sql(`update tomo.sessions set last_activity_at = last_activity_at - interval '61 minutes' where id = $1`, [
      session_id,
    ]);
    expect(await touch(server, session_id)).toMatchObject({ accepted: false, reason: 'expired' });
    await server.query(`select tomo.record_activity($1::pg_catalog.uuid, 'page', null, '/a?b')`, [opened.session_id]);
    expect(await close(server, opened.session_id)).toBe(true);
    expect(await one(t, 'select browser from tomo.user_agents')).toEqual({ browser: 'curl' });
    expect(await count(t, `tomo.session_activity where path = '/a'`)).toBe(1);
    for (const name of ['settings', 'sessions', 'session_activity'])
      expect(await server.query(`select from pg_temp.${name}`)).toEqual([]);
  });
});
