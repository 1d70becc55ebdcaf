import { chmodSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import ConfigSet from '../../src/commands/config/set.ts';
import DbMigrate from '../../src/commands/db/migrate.ts';
import Doctor from '../../src/commands/doctor.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import { selectHangingTransaction } from '../../src/db/doctor/server.ts';
import type { SessionStats as Stats } from '../../src/domain/report/stats.ts';
import { printGrants } from '../../src/domain/schema/grants.ts';
import { TomoError } from '../../src/model/errors.ts';
import type { Finding } from '../../src/views/doctor-steps.ts';
import { anAlert, aSession, aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines, onPostgres, type TestDatabase, useDatabase } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { type RunOptions, run } from '../support/run.ts';
import { aToken, KEY, KEY_ENV } from '../support/tokens.ts';

interface Diagnosed {
  counts: Record<string, number>;
  findings: Finding[];
}

/** What is not in order, by id, with a home of its own so that no config file of the machine counts. */
async function faults(
  t: TestDatabase,
  argv: string[] = [],
  options: RunOptions = {},
): Promise<{ exitCode: number; found: Record<string, Finding>; all: Finding[] }> {
  const { json, exitCode } = await run(t, Doctor, [...argv, '--json'], {
    ...options,
    env: { HOME: mkdtempSync(join(tmpdir(), 'tomo-')), ...options.env },
  });
  const { findings } = json<Diagnosed>();
  const found = Object.fromEntries(
    findings
      .filter(({ verdict, id }) => verdict !== 'ok' && id !== 'role-power')
      .map((finding) => [finding.id, finding]),
  );
  return { exitCode, found, all: findings };
}

onBothEngines('doctor', (t) => {
  beforeEach(async () => {});

  it('finds nothing wrong in a database that is in order, whether or not it is used', async () => {
    expect(await faults(t)).toMatchObject({ exitCode: 0, found: {} });
    const alice = await aUser(t, { email: 'alice@example.org' });
    const session = await aSession(t, alice, { age: 30 });
    await aSession(t, alice, { idle: 90 });
    await t.sql(`insert into tomo.session_activity (session_id, user_id, kind) values ($1, $2, 'page')`, [
      session,
      alice,
    ]);
    expect((await run(t, SessionCleanup, [])).exitCode).toBe(0);
    const { exitCode, found, all } = await faults(t);
    expect({ exitCode, found }).toEqual({ exitCode: 0, found: {} });
    expect(all.length).toBeGreaterThan(25);
  });

  const FINDINGS: [id: string, seed: (user: string) => Promise<unknown>, verdict: string, fix: RegExp][] = [
    [
      'contradictions',
      () => t.sql('update tomo.settings set touch_interval = 1800'),
      'warning',
      /^tomo config set touch_interval 60$/,
    ],
    [
      'contradictions',
      () => t.sql('update tomo.settings set remember_me_timeout = 5'),
      'warning',
      /^tomo config reset remember_me_timeout$/,
    ],
    [
      'contradictions',
      () => t.sql(`update tomo.settings set max_sessions_per_user = 1, session_limit_action = 'deny'`),
      'warning',
      /session_limit_action revoke-oldest/,
    ],
    [
      'contradictions',
      () => t.sql('update tomo.settings set session_max_lifetime = 30, jwt_expiry = 20'),
      'warning',
      /session_max_lifetime 480/,
    ],
    ['session-limit', (user) => overLimit(user), 'warning', /--sort login\ntomo session revoke ID/],
    ['inactive-users', (user) => inactive(user), 'warning', /^tomo session revoke-user --yes 'o'\\''hara'$/],
    ['ghost-activity', (user) => ghost(user), 'problem', /^tomo session why [0-9a-f-]{36}$/],
    ['idle', (user) => uncounted(user), 'warning', /^tomo session why [0-9a-f-]{36}$/],
    ['activity-logs', (user) => aSession(t, user, { age: 30 }), 'warning', /tomo\.record_activity/],
    [
      'last-cleanup',
      () => t.sql(`update tomo.settings set last_cleanup_at = now() - interval '3 days'`),
      'warning',
      /^tomo session cleanup\ntomo schedule/,
    ],
    ['expired-left', (user) => aSession(t, user, { idle: 4000, age: 4010 }), 'warning', /^tomo session cleanup$/],
    [
      'alert-delivery',
      (user) => anAlert(t, user, { delivery: 'dead' }),
      'warning',
      /^tomo alert list\ntomo alert send --retry-dead$/,
    ],
    ['alert-channels', () => t.sql('update tomo.settings set new_device_alerts = true'), 'warning', /TOMO_SMTP_URL/],
    [
      'places',
      (user) => t.sql('update tomo.settings set location_alerts = true').then(() => aSession(t, user)),
      'warning',
      /TOMO_GEO_CITY_DATABASE/,
    ],
  ];
  it.each(some('findings', FINDINGS, 6))('finds %s and says what to do', async (id, seed, verdict, fix) => {
    await seed(await aUser(t, { username: "o'hara" }));
    const { exitCode, found } = await faults(t);
    expect(found[id]).toMatchObject({ verdict, fix: expect.stringMatching(fix) });
    expect(exitCode).toBe(verdict === 'problem' ? 9 : 0);
    // and nothing else, but what such a database has by nature
    const also = ['activity-logs', 'partitions', 'alert-channels', ...(id === 'expired-left' ? ['last-cleanup'] : [])];
    expect(Object.keys(found).filter((other) => other !== id && !also.includes(other))).toEqual([]);
  });

  const overLimit = async (user: string) => {
    await t.sql('update tomo.settings set max_sessions_per_user = 2');
    for (const ip of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) await aSession(t, user, { ip });
  };
  const inactive = async (user: string) => {
    await aSession(t, user);
    // on a cluster none watches it
    const trigger = (what: string) => CLUSTER ?? t.sql(`alter table tomo.users ${what} trigger user`);
    await trigger('disable');
    await t.sql('update tomo.users set is_active = false');
    await trigger('enable');
  };
  const ghost = async (user: string) => {
    const id = await aSession(t, user, { ended: 60, idle: 70, age: 90 });
    // refused, so no sign of anything
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, kind, status, at)
       values ($1, $2, 'page', 401, now() - interval '30 minutes')`,
      [id, user],
    );
    expect((await faults(t)).found['ghost-activity']).toBeUndefined();
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, kind, status, at)
       values ($1, $2, 'page', 200, now() - interval '20 minutes')`,
      [id, user],
    );
  };
  const uncounted = async (user: string) => {
    const id = await aSession(t, user, { ended: 30, idle: 90, age: 95, reason: 'expired' });
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, kind, at)
       values ($1, $2, 'page', now() - interval '60 minutes')`,
      [id, user],
    );
  };

  it('names who has many sessions of the same device, and what a program does', async () => {
    const user = await aUser(t, { username: 'robot' });
    for (let i = 0; i < 6; i += 1) await aSession(t, user, { userAgent: 'curl/8' });
    const { found } = await faults(t);
    expect(found.duplicates).toMatchObject({
      verdict: 'warning',
      title: expect.stringContaining('"robot" has 6'),
      fix: expect.stringContaining('tomo session list --user robot\n'),
    });
    for (let i = 0; i < 30; i += 1) await aSession(t, user, { ended: 1, reason: 'logout' });
    const again = (await faults(t)).found;
    expect(again.automation).toMatchObject({
      title: expect.stringContaining('"robot" 36'),
      fix: 'tomo session list --user robot --since 1h --state all',
    });
  });

  it('finds what session stats finds, and nothing in a user whose sessions went with the deactivation', async () => {
    const [robot, left, gone] = [await aUser(t, { username: 'robot' }), await aUser(t), await aUser(t)];
    for (let i = 0; i < 6; i += 1) await aSession(t, robot, { userAgent: 'curl/8', browser: 'curl' });
    await t.sql(`update tomo.user_agents set form_factor = 'tool'`);
    await aSession(t, gone);
    await t.sql('update tomo.users set is_active = false where id = $1', [gone]);
    if (CLUSTER) await t.sql('select tomo.revoke_user($1::uuid)', [gone]);
    await inactive(left);
    await t.sql('update tomo.users set is_active = true where id = $1', [robot]);
    await t.sql('update tomo.settings set max_sessions_per_user = 5');
    const { suspicious, limits } = (await run(t, SessionStats, ['--json'])).json<Stats>();
    const told = (kind: string) => suspicious.filter((suspicion) => suspicion.kind === kind);
    const { all } = await faults(t);
    const titleOf = (id: string) => all.find((finding) => finding.id === id)?.title;
    expect(told('inactive-user')).toMatchObject([{ sessions: 1 }]);
    expect(titleOf('inactive-users')).toMatch(/^1 inactive user with /);
    expect(told('duplicates')).toMatchObject([{ username: 'robot', sessions: 6 }]);
    expect(titleOf('duplicates')).toContain(
      '1 user with many live sessions of the same device and address; "robot" has 6',
    );
    expect(told('program')).toMatchObject([{ program: 'curl', sessions: 6 }]);
    expect(titleOf('automation')).toContain('"curl" has 6');
    expect(limits).toMatchObject({ over: 1, users: [{ username: 'robot', sessions: 6, limit: 5 }] });
    expect(titleOf('session-limit')).toContain('1 user over the limit; "robot" has 6');
  });

  it('sees logins that come again and again as a cookie that does not stay', async () => {
    const user = await aUser(t);
    for (let i = 0; i < 24; i += 1) await aSession(t, user, { idle: 120 + i * 3, age: 120 + i * 3, remember: true });
    expect((await faults(t)).found['repeated-logins']).toMatchObject({
      verdict: 'warning',
      title: expect.stringContaining('Cookies blocked: 23 of 24'),
    });
  });

  it('finds the finding gone once the printed command has run', async () => {
    const user = await aUser(t, { username: 'left' });
    await inactive(user);
    await aSession(t, await aUser(t), { idle: 4000, age: 4010 });
    await t.sql("update tomo.settings set touch_interval = 1800, last_cleanup_at = now() - interval '3 days'");
    const before = (await faults(t)).found;
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining(['contradictions', 'inactive-users', 'last-cleanup', 'expired-left']),
    );
    const words = (id: string, line = 0) => (before[id]?.fix ?? '').split('\n')[line]?.split(' ') ?? [];
    expect(words('contradictions').slice(0, 3)).toEqual(['tomo', 'config', 'set']);
    await run(t, ConfigSet, words('contradictions').slice(3));
    await run(t, SessionRevokeUser, words('inactive-users').slice(3));
    await run(t, SessionCleanup, words('last-cleanup').slice(3));
    expect(Object.keys((await faults(t)).found)).toEqual(['activity-logs']);
  });

  it('names the variable of a setting that says something else, and mistakes none that agrees', async () => {
    const { found } = await faults(t, [], {
      env: { SESSION_TIMEOUT: '15', JWT_EXPIRY: '1h', TOUCH_INTERVAL: 'often' },
    });
    expect(found['session-timeout']).toMatchObject({
      verdict: 'warning',
      title: expect.stringContaining('SESSION_TIMEOUT=15'),
      fix: expect.stringContaining('tomo config apply-env'),
    });
    expect(found.environment?.title).toContain('TOUCH_INTERVAL=often');
    expect(found.environment?.title).not.toContain('JWT');
  });

  it('compares the clocks of this machine, the database and a token', async () => {
    const { exitCode, found } = await faults(t, [], { now: new Date(Date.now() - 3_600_000) });
    expect(exitCode).toBe(9);
    expect(found.clock).toMatchObject({
      verdict: 'problem',
      title: expect.stringContaining('60 min behind'),
      fix: expect.stringContaining('set-ntp'),
    });
    const id = await aSession(t, await aUser(t));
    const token = await aToken(t, id, { age: -5, minutes: 60 });
    const ahead = await faults(t, ['-'], { stdin: token, env: KEY_ENV });
    expect(ahead.found['token-clock']).toMatchObject({
      verdict: 'problem',
      title: expect.stringContaining('in the future'),
    });
    expect(JSON.stringify(ahead.all)).not.toContain(token.slice(0, 20));
    expect((await faults(t, ['-'], { stdin: await aToken(t, id), env: KEY_ENV })).found['token-clock']).toBeUndefined();
    expect((await run(t, Doctor, ['nonsense'])).exitCode).toBe(2);
  });

  it('looks at the signing key and the config file', async () => {
    expect((await faults(t, [], { env: { JWT_SECRET_KEY: 'short' } })).found['signing-key']).toMatchObject({
      verdict: 'problem',
      fix: 'openssl rand -hex 32',
    });
    expect(
      (await faults(t, [], { env: { JWT_SECRET_KEY: KEY, JWT_PREVIOUS_SECRET_KEYS: KEY } })).found['signing-key']
        ?.title,
    ).toMatch(/same as/);
    const home = mkdtempSync(join(tmpdir(), 'tomo-'));
    const [key, config] = [join(home, 'key'), join(home, '.config', 'tomo', 'config.json')];
    writeFileSync(key, KEY, { mode: 0o644 });
    expect((await faults(t, [], { env: { JWT_SECRET_KEY_FILE: key } })).found['signing-key']).toMatchObject({
      fix: `chmod 600 ${key}`,
    });
    mkdirSync(join(home, '.config', 'tomo'), { recursive: true });
    writeFileSync(config, JSON.stringify({ geoCityDatabase: join(home, 'gone.mmdb') }), { mode: 0o600 });
    expect((await faults(t, [], { env: { HOME: home } })).found.places).toMatchObject({
      verdict: 'problem',
      title: expect.stringContaining('gone.mmdb'),
    });
    writeFileSync(join(home, 'gone.mmdb'), '');
    utimesSync(join(home, 'gone.mmdb'), 0, 0);
    expect((await faults(t, [], { env: { HOME: home } })).found.places).toMatchObject({
      verdict: 'warning',
      title: expect.stringContaining('days old'),
    });
    chmodSync(config, 0o644);
    expect((await faults(t, [], { env: { HOME: home } })).found['config-file']).toMatchObject({
      verdict: 'problem',
      fix: `chmod 600 ${config}`,
    });
  });

  it('names every heading of the guide, and prints what wants attention only with --quiet', async () => {
    await t.sql(`update tomo.settings set last_cleanup_at = now() - interval '3 days'`);
    const HOME = mkdtempSync(join(tmpdir(), 'tomo-'));
    const { stdout } = await run(t, Doctor, [], { columns: 80, env: { HOME } });
    for (const heading of [
      'Session expires too quickly',
      'Cannot revoke session',
      'Duplicate sessions',
      'Session not persisting',
    ])
      expect(stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
    expect(
      stdout.split('\n').filter((line) => line.length > 80 && !line.includes('fix:') && !line.includes(HOME)),
    ).toEqual([]);
    const quiet = (await run(t, Doctor, ['--quiet'], { env: { HOME } })).stdout;
    expect(quiet).toMatch(/^warning +The last cleanup was 3 days ago$/m);
    expect(quiet).not.toMatch(/^ok/m);
  });

  it('shows no control characters of a user name, in the title or the fix', async () => {
    const user = await aUser(t, { username: 'evil\u001b[31m\u202e' });
    for (let i = 0; i < 6; i += 1) await aSession(t, user);
    expect((await run(t, Doctor, [], { tty: true })).stdout).not.toMatch(/\u001b|\u202e/);
  });
});

describe('doctor without a usable database', () => {
  const t = useDatabase('postgres');

  it('does not send to a server where none is named', async () => {
    const none = () => Promise.reject(new TomoError('DATABASE_UNREACHABLE', 'No database is configured.'));
    const ran = await run(
      t,
      class extends Doctor {
        protected override async init() {
          this.connect = none;
          return super.init();
        }
      },
      ['--json'],
      { env: { HOME: mkdtempSync(join(tmpdir(), 'tomo-')) } },
    );
    expect(ran.json<Diagnosed>().findings[0]).toMatchObject({ title: 'No database is configured.', fix: null });
  });

  it.each([
    ['DATABASE_UNREACHABLE', /pg_isready/],
    ['SCHEMA_MISSING', /tomo db migrate/],
  ] as const)('%s is its first finding, and it goes on', async (code, fix) => {
    const broken = { ...t, db: { ...t.db, close: async () => {} } };
    const down = () =>
      Promise.reject(new TomoError(code, 'Nobody there.', { hint: 'Really.', cause: new Error('ECONNREFUSED') }));
    const ran = await run(
      broken,
      class extends Doctor {
        override connect = down;
        protected override async init() {
          this.connect = down;
          return super.init();
        }
      },
      ['--json'],
      { env: { JWT_SECRET_KEY: 'short', HOME: mkdtempSync(join(tmpdir(), 'tomo-')) } },
    );
    expect(ran.exitCode).toBe(9);
    const { findings } = ran.json<Diagnosed>();
    expect(findings[0]).toMatchObject({
      id: 'database',
      verdict: 'problem',
      title: 'Nobody there.',
      fix: expect.stringMatching(fix),
    });
    expect(findings.find(({ id }) => id === 'signing-key')).toMatchObject({ verdict: 'problem' });
  });

  it('says first that there is no schema, and that it is older or newer', async () => {
    await t.sql('update tomo.schema_migrations set version = version + 100, breaking = true');
    expect((await faults(t)).all[0]).toMatchObject({
      id: 'schema',
      verdict: 'problem',
      title: expect.stringContaining('this tomo knows'),
    });
    await t.sql('update tomo.schema_migrations set version = version - 100, breaking = false');
    await t.sql('alter schema tomo rename to other');
    const { exitCode, all } = await faults(t);
    expect(exitCode).toBe(9);
    expect(all[0]).toMatchObject({ id: 'schema', verdict: 'problem', fix: 'tomo db migrate' });
    expect(all.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['database', 'server-version', 'clock', 'signing-key']),
    );
  });
});

onPostgres('doctor, of rights and storage', (t) => {
  const role = `"Doc ${process.pid}"`;
  beforeEach(async () => {
    await t.sql(`create role ${role} login`);
  });
  afterEach(async () => {
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });
  const as = async <T>(work: (own: TestDatabase) => Promise<T>): Promise<T> => {
    const db = await t.connect();
    await db.query(`set session authorization ${role}`);
    try {
      return await work({ ...t, db });
    } finally {
      await db.query('reset session authorization');
    }
  };
  const grant = (kind: 'viewer' | 'operator' | 'janitor') =>
    t.db.transaction({}, (tx) =>
      tx.script(printGrants(kind, role.slice(1, -1)).sql.replace(/^(begin|commit);$/gm, '')),
    );

  it('is content with an operator, and tells a viewer what it lacks', async () => {
    await grant('operator');
    const operator = await as((own) => faults(own));
    expect(operator).toMatchObject({ exitCode: 0, found: {} });
    expect(operator.all.find(({ id }) => id === 'role-power')?.verdict).toBe('ok');
    await grant('viewer');
    const viewer = await as((own) => faults(own));
    expect(viewer.found['role-rights']).toMatchObject({
      verdict: 'warning',
      title: expect.stringMatching(/Permission denied: .* may not revoke sessions, change settings/),
      fix: expect.stringContaining(`tomo db grants --role operator --name 'Doc ${process.pid}'`),
    });
    expect(Object.keys(viewer.found)).toEqual(['role-rights']);
    expect((await faults(t)).all.find(({ id }) => id === 'role-power')).toMatchObject({
      verdict: 'warning',
      title: expect.stringContaining('superuser'),
    });
  });

  it('cannot tell what it may not see, one by one, and says what it would need', async () => {
    await grant('janitor');
    const { exitCode, found } = await as((own) => faults(own));
    expect(exitCode).toBe(0);
    expect(found.duplicates).toMatchObject({
      verdict: 'unknown',
      title: 'Cannot tell: duplicate sessions',
      fix: expect.stringContaining('tomo db grants --role viewer'),
    });
    expect(found['last-cleanup']?.verdict ?? 'unknown').toBe('unknown');
  });

  it('sees who keeps others waiting, and says so when it may not see since when', async () => {
    await grant('operator');
    const hanging = (writing: number) =>
      t.db.transaction({}, (tx) => selectHangingTransaction(tx, { any: 3600, writing }));
    const other = await t.connect();
    await other.query('begin');
    await other.query('select count(*) from tomo.settings');
    expect(await hanging(0)).toBeUndefined();
    await other.query(`select tomo.record_cleanup('{}', '{}')`);
    const [{ pid } = {}] = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
    expect(await hanging(0)).toMatchObject({ pid, seconds: expect.any(Number) });
    expect(await hanging(3600)).toBeUndefined();
    expect((await as((own) => faults(own))).found).toEqual({
      'old-transaction': expect.objectContaining({ verdict: 'unknown', title: expect.stringContaining(`${pid}`) }),
    });
    await other.query('rollback');
    expect((await as((own) => faults(own))).found).toEqual({});
  });

  const BREAKS: [id: string, verdict: string, break_: string][] = [
    ['public-rights', 'problem', 'grant execute on function tomo.revoke_all to public'],
    ['public-rights', 'problem', 'grant select on tomo.sessions to public'],
    ['public-rights', 'problem', 'grant select (reason) on tomo.revocations to public'],
    ['table-writers', 'warning', `grant update, delete on tomo.sessions, tomo.settings to ${role}`],
    ['table-writers', 'warning', `grant update (hash) on tomo.audit_log to ${role}`],
    ['table-writers', 'warning', `grant trigger on tomo.sessions to ${role}`],
    ['inner-functions', 'problem', `grant execute on function tomo.write_audit, tomo.raise_user_epoch to ${role}`],
    ['indexes', 'warning', 'drop index tomo.sessions_ip'],
    ['indexes', 'warning', 'create index mine on tomo.sessions (last_activity_at)'],
    ['indexes', 'warning', `update pg_index set indisvalid = false where indexrelid = 'tomo.sessions_user'::regclass`],
    ['functions', 'problem', 'create or replace function tomo.is_private(p_ip inet) returns boolean return true'],
    ['functions', 'problem', 'drop function tomo.record_places'],
    [
      'functions',
      'warning',
      'create function tomo.mine(i integer) returns integer return 1; revoke all on function tomo.mine from public',
    ],
    ['row-security', 'problem', 'alter table tomo.sessions enable row level security'],
    [
      'row-security',
      'problem',
      'alter table tomo.session_activity_default enable row level security, force row level security',
    ],
    [
      'bindings',
      'problem',
      `create schema authorization ${role}; create function ${role}.mine() returns trigger language plpgsql as 'begin return new; end';
       alter function ${role}.mine owner to ${role};
       create trigger mine before insert on tomo.users for each row execute function ${role}.mine()`,
    ],
    [
      'bindings',
      'problem',
      `create schema authorization ${role}; create function ${role}.concat_ws(text, text, text) returns text return $3;
       alter function ${role}.concat_ws owner to ${role};
       create or replace function tomo.actor_name(p_actor jsonb) returns text language sql stable
         return ${role}.concat_ws('@'::text, p_actor ->> 'user', 'x'::text);
       update tomo.schema_functions set digest = encode(sha256(convert_to(pg_get_functiondef('tomo.actor_name'::regproc), 'UTF8')), 'hex')
        where signature like 'tomo.actor_name(%'`,
    ],
    ['owners', 'problem', `alter function tomo.is_private owner to ${role}`],
    ['owners', 'problem', `alter schema tomo owner to ${role}`],
    ['owners', 'problem', `alter table tomo.sessions owner to ${role}`],
    ['owners', 'problem', `grant create on schema tomo to ${role}`],
    ['default-rights', 'warning', `alter default privileges in schema tomo grant select on tables to ${role}`],
    ['default-rights', 'warning', 'alter default privileges grant update on tables to public'],
    ['autovacuum', 'warning', 'alter table tomo.sessions set (autovacuum_enabled = false)'],
    ['partitions', 'warning', 'update tomo.settings set last_cleanup_at = now()'],
  ];
  it.each(some('breaks', BREAKS, 8))(
    'finds %s (%s) after: %s; and nothing after its own SQL',
    async (id, verdict, break_) => {
      if (id === 'bindings') t.notOnCluster('its own SQL is for one server');
      // one statement at a time: a cluster takes no more
      for (const statement of break_.split(/; (?=create|alter|revoke|update)/)) await t.sql(statement);
      const { found } = await faults(t);
      expect(Object.keys(found)).toEqual([id]);
      expect(found[id]?.verdict).toBe(verdict);
      await t.sql('set search_path = tomo');
      for (const statement of found[id]?.fix?.split('\n') ?? []) {
        if (statement.startsWith('tomo ')) await run(t, statement.includes('migrate') ? DbMigrate : SessionCleanup, []);
        else await t.sql(statement);
      }
      await t.sql('reset search_path');
      expect((await faults(t)).found).toEqual({});
    },
  );
});

describe('doctor --url', () => {
  const t = useDatabase('embedded');
  let server: Server | undefined;
  afterEach(() => void server?.close());
  const answer = async (headers: Record<string, string>, status = 200) => {
    const listening = createServer((_, response) => response.writeHead(status, headers).end());
    server = listening;
    await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  };

  it('finds a cookie that the browser drops, and an address without https', async () => {
    const url = await answer({ 'set-cookie': '__Host-tomo_session=secret-value; Path=/app; Secure; SameSite=Lax' });
    const { exitCode, found, all } = await faults(t, ['--url', url]);
    expect(exitCode).toBe(9);
    expect(found.https).toMatchObject({ verdict: 'problem', title: expect.stringContaining('HTTPS mismatch') });
    for (const what of [/HttpOnly/, /Secure on http/, /SameSite is Lax/, /Path is \/app/, /__Host- on http/])
      expect(found.cookie?.detail).toMatch(what);
    expect(JSON.stringify(all)).not.toContain('secret-value');
  });

  it('is content where http is sent on to https of the same name', async () => {
    const url = await answer(
      { location: 'https://127.0.0.1/', 'set-cookie': 'tomo_session=x; HttpOnly; SameSite=Strict; Path=/' },
      308,
    );
    expect(await faults(t, ['--url', url])).toMatchObject({ exitCode: 0, found: {} });
  });

  it.each([
    [{ location: 'https://other.example/' }, 'https', 'warning'],
    [{ date: 'Tue, 01 Jan 2030 00:00:00 GMT', location: 'https://127.0.0.1/' }, 'site-clock', 'problem'],
  ])('looks at the name and the clock: %o', async (headers, id, verdict) => {
    expect((await faults(t, ['--url', await answer(headers, 302)])).found[id]?.verdict).toBe(verdict);
  });

  it('goes on when nobody answers, and refuses what is no address', async () => {
    expect((await faults(t, ['--url', 'http://127.0.0.1:1'])).found.site).toMatchObject({ verdict: 'problem' });
    for (const wrong of ['tomo.example', 'ftp://tomo.example', 'https://user:password@tomo.example']) {
      const { exitCode, stderr } = await run(t, Doctor, ['--url', wrong]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.not.stringContaining('password@') });
    }
  });
});
