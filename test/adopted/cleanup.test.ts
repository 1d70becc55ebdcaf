import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import AuditVerify from '../../src/commands/audit/verify.ts';
import DbMigrate from '../../src/commands/db/migrate.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import type { CleanupReport } from '../../src/domain/cleanup/cleanup.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { emptyDatabase } from '../support/adopted/empty-database.ts';
import { SERVERS, SOME_SERVERS } from '../support/adopted/every-server.ts';
import { GRAFANA } from '../support/adopted/grafana.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { operate, standingAt } from '../support/adopted/operate.ts';
import { fillRealTomo, type KindName, makeRealTomo, type RealTomo } from '../support/adopted/real-tomo.ts';
import { type AdoptedServer, empty, type Login, rowsOf, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';
import { some } from '../support/extent.ts';

/** What has to be named, as its operator would. */
const NAMED: Record<string, string> = { grafana: 'grafana:idle=7d,lifetime=30d' };
/** Those of which dead sessions stay for a while: they are marked, not deleted. */
const MARKS = new Set(['grafana', 'kratos', 'tomo-sqlite']);

const named = ({ url, reference }: Pick<AdoptedServer, 'url' | 'reference'>) => ({
  url,
  reference: NAMED[reference] ?? reference,
});

describe.each(SOME_SERVERS)('session cleanup on %s', (_, start) => {
  const server = useServer(start);
  let everybody: Login[];
  let expired: Login[];

  beforeEach(async () => {
    await empty(server);
    const late = [await server.logIn('alice'), await server.logIn('bob')];
    const guests = server.visit ? [await server.visit(), await server.visit()] : [];
    expired = [...late, ...guests.slice(0, 1)];
    for (const login of expired) await server.expire(login);
    everybody = [...expired, await server.logIn('alice'), await server.logIn('carol'), ...guests.slice(1)];
  });

  const kept = async () => {
    const listed = await operate(named(server), SessionList, ['--state', 'all', '--output', 'ids']);
    const there = new Set(listed.stdout.split('\n'));
    return everybody.filter(({ id }) => there.has(id));
  };

  it('deletes what the server refuses, and nothing else', async () => {
    const marks = MARKS.has(server.reference);
    const dry = await operate(named(server), SessionCleanup, ['--dry-run', '--json']);
    const { exitCode, stderr, json } = await operate(named(server), SessionCleanup, ['--json']);
    expect(exitCode, stderr).toBe(0);
    const report = json<CleanupReport>();
    expect(dry.json(), dry.stderr).toMatchObject({ ended: report.sessionsEnded, deleted: report.sessionsDeleted });
    expect(report).toMatchObject({ sessionsDeleted: marks ? 0 : expired.length, workRemains: false, failed: [] });
    const live: Login[] = [];
    for (const login of everybody) if (await server.accepts(login)) live.push(login);
    expect(live).toEqual(everybody.slice(expired.length));
    expect(await kept()).toEqual(marks ? everybody : live);
  });
});

const REFERENCE = 'connect-pg-simple:user=passport.user';
const clean = async (at: Pick<AdoptedServer, 'url' | 'reference'>, ...argv: string[]) =>
  operate(at, SessionCleanup, ['--json', ...argv]);

describe('beside the library of the server', () => {
  const servers = SERVERS.filter(([name]) => ['connect-pg-simple', 'Django', 'Lucia'].includes(name));

  it.each(servers)('it leaves what the own deletion of %s leaves', async (_, start) => {
    const database = await emptyDatabase();
    const server = await start(database);
    const logins = [];
    for (const name of ['alice', 'bob', 'alice', 'carol', 'bob']) logins.push(await server.logIn(name));
    if (server.visit) logins.push(await server.visit(), await server.visit());
    for (const login of logins.filter((__, i) => i % 2 === 0)) await server.expire(login);
    await server.sql(`create table copied as select * from ${server.table}`);
    await server.prune?.();
    const left = await rowsOf(server);
    expect(left.length).toBeLessThan(logins.length);
    await server.sql(`delete from ${server.table}`);
    await server.sql(`insert into ${server.table} select * from copied`);
    const ran = await clean(server);
    expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
    expect(await rowsOf(server)).toEqual(left);
    await server.stop();
    await database.drop();
  });
});

describe.each(some('zones of a cleanup', ['America/New_York', 'Asia/Tokyo'], 1))(
  'where the application writes its times in %s',
  (zone) => {
    const server = useServer((database) => startExpress(database, { zone }));
    const at = (option: string) => ({ url: server.url, reference: `${REFERENCE}${option}` });
    let live: Login;
    let dead: Login;

    beforeEach(async () => {
      await empty(server);
      [live, dead] = [await server.logIn('alice'), await server.logIn('bob')];
      await server.expire(dead);
    });

    it('deletes nothing until the zone is named, and then what is dead', async () => {
      const before = await rowsOf(server);
      const refused = await operate(at(''), SessionCleanup);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('connect-pg-simple:zone=America/New_York');
      expect(await rowsOf(server)).toEqual(before);
      const ran = await clean(at(`,zone=${zone}`));
      expect(ran.json(), ran.stderr).toMatchObject({ sessionsDeleted: 1 });
      expect([await server.accepts(live), (await rowsOf(server)).length]).toEqual([true, 1]);
    });

    it('says which zone it reads in as long as none is named', async () => {
      const warning = /^Warning: The times here have no zone, .* (Etc\/)?UTC\./;
      expect((await operate(at(''), SessionList)).stderr).toMatch(warning);
      expect((await operate(at(''), SessionCleanup, ['--dry-run'])).stderr).toMatch(warning);
      expect((await operate(at(`,zone=${zone}`), SessionList)).stderr).not.toMatch(warning);
    });
  },
);

describe('a zone that is too far west', () => {
  const server = useServer((database) => startExpress(database, { zone: 'Asia/Tokyo' }));

  it('is refused, with the hours by which it is', async () => {
    await server.logIn('alice');
    const ran = await clean({ url: server.url, reference: `${REFERENCE},zone=UTC` });
    expect(ran.exitCode).toBe(6);
    expect(ran.stdout).toMatch(/active 9 hours from now/);
    expect(ran.json()).toMatchObject({ error: { code: 'TIMES_AHEAD', details: { zone: 'UTC' } } });
    expect(await rowsOf(server)).toHaveLength(1);
  });
});

describe.each([
  ['connect-pg-simple, which has an index for it', startExpress],
  ['better-auth, which has none', startBetterAuth],
] as const)('12,000 dead sessions of %s', (name, start) => {
  const server = useServer<AdoptedServer>((database) => start(database));
  const DEAD = 12_000;

  beforeEach(async () => {
    await empty(server);
    const login = await server.logIn('zoe');
    await server.sql(
      name.startsWith('connect')
        ? `insert into session select 'dead' || i, sess, localtimestamp - i * interval '1 second' from session, generate_series(1, $1::int) i`
        : `insert into session (id, token, "userId", "createdAt", "updatedAt", "expiresAt")
           select 'dead' || i, 'dead' || i, "userId", now() - interval '9 days', now() - interval '9 days', now() - i * interval '1 second'
             from session, generate_series(1, $1::int) i`,
      [DEAD],
    );
    expect(await server.accepts(login)).toBe(true);
  });

  it('are deleted in batches while others log in', async () => {
    let isOver = false;
    const ran = clean(server, '--batch-size', '1000').finally(() => {
      isOver = true;
    });
    const logins: Login[] = [];
    while (!isOver || logins.length < 3) logins.push(await server.logIn(`user${logins.length}`));
    expect((await ran).json(), (await ran).stderr).toMatchObject({ sessionsDeleted: DEAD, workRemains: false });
    for (const login of logins) expect(await server.accepts(login)).toBe(true);
    expect(await rowsOf(server)).toHaveLength(logins.length + 1);
  });

  it('are deleted once by two that run at once', async () => {
    const reports = await Promise.all([clean(server, '--batch-size', '500'), clean(server, '--batch-size', '500')]);
    const deleted = reports.map((ran) => ran.json<CleanupReport>().sessionsDeleted);
    expect(deleted.reduce((sum, n) => sum + n, 0)).toBe(DEAD);
    expect(await rowsOf(server)).toHaveLength(1);
  });

  it('are left for the next run where the time is used up, and Ctrl-C ends it between two batches', async () => {
    await server.sql(`create or replace function slowly() returns trigger language plpgsql as $$
      declare until timestamptz := pg_catalog.clock_timestamp() + interval '1.1 seconds';
      begin
        while pg_catalog.clock_timestamp() < until loop end loop;
        return null;
      end $$`);
    await server.sql('create trigger slowly after delete on session for each statement execute function slowly()');
    const ran = await clean(server, '--max-duration', '1s');
    expect(ran.exitCode).toBe(8);
    expect(ran.json()).toMatchObject({ sessionsDeleted: 5000, workRemains: true, interrupted: false });
    await server.sql('drop trigger slowly on session');
    const stopped = await operate(server, SessionCleanup, ['--json'], { interrupt: (press) => press() });
    expect(stopped.exitCode).toBe(130);
    expect(stopped.json()).toMatchObject({ sessionsDeleted: 0, interrupted: true });
    expect((await clean(server)).json()).toMatchObject({ sessionsDeleted: DEAD - 5000, workRemains: false });
  });
});

describe('what is on record', () => {
  const server = useServer(startBetterAuth);

  it('is each cleanup that has done something, before and after', async () => {
    const env = standingAt(server);
    const file = join(env.XDG_STATE_HOME ?? '', 'tomo', 'audit.ndjson');
    const login = await server.logIn('alice');
    const quiet = () => operate(server, SessionCleanup, ['--quiet'], { env });
    expect(await quiet()).toMatchObject({ stdout: '', exitCode: 0 });
    expect(existsSync(file)).toBe(false);
    await server.expire(login);
    expect((await quiet()).stdout).toMatch(/^Cleanup: 1 session deleted \(\d+\.\d s, audit head [0-9a-f]{16}\)\.\n$/);
    const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
    expect(rows).toEqual([expect.stringContaining('begun'), expect.stringMatching(/cleanup.*sessionsDeleted/)]);
    expect((await operate(server, AuditVerify, [], { env })).exitCode).toBe(0);
    await quiet();
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3);
  });
});

it('is on record in the schema tomo where the database has one', async () => {
  const database = await emptyDatabase();
  const server = await startBetterAuth(database);
  expect(await operate({ url: server.url, reference: 'tomo' }, DbMigrate)).toMatchObject({ exitCode: 0 });
  await server.expire(await server.logIn('alice'));
  const ran = await clean(server);
  expect(ran.json(), ran.stderr).toMatchObject({
    sessionsDeleted: 1,
    auditHead: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const rows = await server.sql<{ detail: object }>(
    "select detail from tomo.audit_log where action = 'cleanup' order by id",
  );
  expect(rows).toMatchObject([
    { detail: { server: 'better-auth', retention: 0, outcome: 'begun' } },
    { detail: { outcome: 'done', sessionsDeleted: 1 } },
  ]);
  await server.stop();
  await database.drop();
});

describe('a role', () => {
  const server = useServer(startBetterAuth);
  const theirs = async (grants: string) => {
    await server.sql(`
      drop role if exists tomo_test_cleaner;
      create role tomo_test_cleaner login password 'test';
      grant select (id, "userId", "createdAt", "updatedAt", "expiresAt", "ipAddress", "userAgent") on session to tomo_test_cleaner;
      ${grants}`);
    const url = new URL(server.url);
    url.username = 'tomo_test_cleaner';
    url.password = 'test';
    return { url: url.href, reference: server.reference };
  };
  afterEach(() => server.sql('drop owned by tomo_test_cleaner; drop role tomo_test_cleaner'));

  it('that may not delete is told so', async () => {
    await server.expire(await server.logIn('alice'));
    const ran = await operate(await theirs('grant select (ctid) on session to tomo_test_cleaner'), SessionCleanup);
    expect(ran).toMatchObject({ exitCode: 5, stderr: expect.stringMatching(/lacks DELETE on public\.session/) });
    expect(await rowsOf(server)).toHaveLength(1);
  });

  it('that sees no token, updates nothing and deletes cleans up', async () => {
    await empty(server);
    const live = await server.logIn('alice');
    for (const name of ['bob', 'carol', 'bob']) await server.expire(await server.logIn(name));
    const ran = await clean(await theirs('grant delete on session to tomo_test_cleaner'), '--batch-size', '100');
    expect(ran.json(), ran.stderr).toMatchObject({ sessionsDeleted: 3 });
    expect([await server.accepts(live), (await rowsOf(server)).length]).toEqual([true, 1]);
  });
});

describe('what the operator has to name first', () => {
  const server = useServer((database) => startTables(database, GRAFANA));

  it('is how long a session lives where only the configuration says so', async () => {
    await server.logIn('alice');
    const ran = await operate(server, SessionCleanup);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('grafana:idle=7d,lifetime=30d') });
  });
});

describe('a server that marks', () => {
  const server = useServer((database) => startTables(database, KRATOS));

  it('keeps what is over for a week, or as long as is asked', async () => {
    const [live, recent, old, revoked] = [
      await server.logIn('alice'),
      await server.logIn('bob'),
      await server.logIn('bob'),
      await server.logIn('carol'),
    ];
    const shift = (login: Login, days: number) =>
      server.sql(
        `update sessions set expires_at = now() at time zone 'UTC' - make_interval(days => $2) where id = $1`,
        [login.key, days],
      );
    await shift(recent, 3);
    await shift(old, 8);
    await server.sql('update sessions set active = false where id = $1', [revoked.key]);
    expect((await clean(server)).json()).toMatchObject({ sessionsDeleted: 1, sessionsEnded: 0 });
    expect((await clean(server, '--retention', '2')).json()).toMatchObject({ sessionsDeleted: 1 });
    // one that was revoked can come back until it runs out
    expect((await rowsOf(server)).length).toBe(2);
    expect(await server.accepts(live)).toBe(true);
  });

  it('is not touched where a column is none that its description knows', async () => {
    await server.sql('alter table sessions alter expires_at type text');
    const ran = await operate(server, SessionCleanup);
    await server.sql('alter table sessions alter expires_at type timestamp using expires_at::timestamp');
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toMatch(/sessions\.expires_at is text, .*timestamp-utc/);
  });
});

it('tells which rows hang on a dead session', async () => {
  const database = await emptyDatabase();
  const server = await startBetterAuth(database);
  const login = await server.logIn('alice');
  await server.sql('create table baskets (session text references session (id))');
  await server.sql('insert into baskets values ($1)', [login.key]);
  await server.expire(login);
  const ran = await operate(server, SessionCleanup);
  expect(ran).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(/rows of another table hang.*baskets/) });
  expect(await rowsOf(server)).toHaveLength(1);
  await server.stop();
  await database.drop();
});

describe('the real Tomo', () => {
  let real: RealTomo;
  let ids: Record<KindName, string>;
  const states = async () => {
    const rows = await real.sql<{ id: string; status: string }>('select id, status from sessions');
    return new Map(rows.map(({ id, status }) => [id, status]));
  };

  beforeEach(() => {
    real = makeRealTomo(join(mkdtempSync(join(inject('scratch'), 'cleanup-')), 'tomo.db'));
    ids = fillRealTomo(real);
  });

  it('has what has run out marked as it marks it, and what is older than its own setting deleted', async () => {
    const before = await states();
    const dry = await clean(real, '--dry-run');
    const ran = await clean(real);
    expect(dry.json()).toMatchObject({ ended: 2, deleted: 2 });
    expect(ran.json(), ran.stderr).toMatchObject({ sessionsEnded: 2, sessionsDeleted: 2 });
    const after = await states();
    for (const kind of ['overdue', 'overdueIdle'] as const) expect(after.get(ids[kind])).toBe('expired');
    for (const kind of ['expiredLongAgo', 'terminatedLongAgo'] as const) expect(after.has(ids[kind])).toBe(false);
    const touched = ['overdue', 'overdueIdle', 'expiredLongAgo', 'terminatedLongAgo'].map((k) => ids[k as KindName]);
    for (const [id, status] of before) if (!touched.includes(id)) expect(after.get(id)).toBe(status);
    await real.sql('update retention_settings set session_retention = 1');
    expect((await clean(real)).json()).toMatchObject({ sessionsEnded: 0, sessionsDeleted: 1 });
    expect((await states()).has(ids.expired)).toBe(false);
  });

  it('is waited for while it writes', async () => {
    const writer = new DatabaseSync(real.file);
    writer.exec(`begin immediate; update sessions set ip_address = '192.0.2.1' where id = '${ids.live}'`);
    const ran = clean(real);
    await sleep(3000);
    writer.exec('commit');
    writer.close();
    expect((await ran).json(), (await ran).stderr).toMatchObject({ sessionsEnded: 2, sessionsDeleted: 2 });
  });
});
