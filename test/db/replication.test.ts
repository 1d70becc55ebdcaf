import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { OpenView } from '../../src/cli/watch/open-view.ts';
import { watchSessions } from '../../src/cli/watch/watch-sessions.ts';
import DbStatus from '../../src/commands/db/status.ts';
import Doctor from '../../src/commands/doctor.ts';
import Report from '../../src/commands/report.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import Status from '../../src/commands/status.ts';
import { type Database, read } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { listenForRevocations, type SessionsEnded } from '../../src/domain/server/listener.ts';
import { gateOn } from '../commands/gate.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { emptyDatabase } from '../support/adopted/empty-database.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { operate } from '../support/adopted/operate.ts';
import { startTables } from '../support/adopted/tables.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import type { TestDatabase } from '../support/database.ts';
import { exampleWorld, oneOfEach, runExampleAt } from '../support/examples.ts';
import { onServer, startServer, type TestServer } from '../support/global-setup.ts';
import { PATIENCE } from '../support/patience.ts';
import { proxyTo } from '../support/proxy.ts';
import { type Ran, run } from '../support/run.ts';
import { TerminalSession } from '../support/spawn.ts';
import { startStandby } from '../support/standby.ts';

describe('a server with replicas', () => {
  let primary: TestServer;
  let standby: Omit<TestServer, 'folder'>;
  const opened: Database[] = [];
  const onto = async (url: string, name = 'tomo'): Promise<TestDatabase> => {
    const db = await openPostgres(`${url}/${name}`, {});
    opened.push(db);
    const sql: TestDatabase['sql'] = (text, params = []) => db.query(text, params);
    return { db, engine: 'postgres', url: `${url}/${name}`, sql, keepsData: true } as TestDatabase;
  };
  /** Both servers, in this order. */
  const both = (first: string, second: string, more = '') =>
    `postgres://postgres:test@${new URL(first).host},${new URL(second).host}${new URL(first).pathname}${more}`;
  let t: TestDatabase;
  let replica: TestDatabase;
  /** Until the standby shows all that the primary has done. */
  const replayed = async () => {
    const [now] = await t.sql<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
    const there = 'select pg_last_wal_replay_lsn() >= $1::pg_lsn as there';
    await vi.waitUntil(async () => (await replica.sql<{ there: boolean }>(there, [now?.lsn]))[0]?.there, PATIENCE);
  };
  beforeAll(async () => {
    primary = await startServer('primary', 'wal_level=logical');
    await onServer(primary.url, ['create database tomo']);
    const template = await openPostgres(`${primary.url}/tomo`, {});
    await migrate(template);
    await template.close();
    await onServer(primary.url, ['create database world template tomo', 'create database late template tomo']);
    t = await onto(primary.url);
    standby = await startStandby(primary);
    replica = await onto(standby.url);
  }, 120_000);
  afterAll(async () => {
    for (const db of opened) await db.close();
    await standby.stop();
    await primary.stop();
  });

  it('is cleaned up under a publication for all tables, whose every table names its rows', async () => {
    await t.sql('create publication everything for all tables');
    expect(
      await t.sql(`select c.relname from pg_class c where c.relnamespace = 'tomo'::regnamespace and c.relkind = 'r'
                      and c.relreplident <> 'f' and not exists (
                        select from pg_index i where i.indrelid = c.oid and i.indisprimary)`),
    ).toEqual([]);
    await t.sql(`insert into tomo.session_activity (session_id, at, kind)
      select gen_random_uuid(), now() - make_interval(days => d), 'page' from generate_series(0, 200, 50) d`);
    await aSession(t, await aUser(t), { idle: 90 });
    const { stdout, stderr, exitCode } = await run(t, SessionCleanup, []);
    expect(stdout).toMatch(/the end of 1 session written, .*activity rows deleted/);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const again = await run(t, SessionCleanup, ['--retention', '1']);
    expect(again).toMatchObject({ stderr: '', exitCode: 0 });
  });

  it('says of a standby what it is, and how old its answer is where it is behind', async () => {
    const id = await aSession(t, await aUser(t));
    await replayed();
    const place = `${new URL(replica.url).host}/tomo`;
    expect((await run(replica, SessionShow, [id])).stderr).toMatch(
      new RegExp(
        `^${place} is a standby and shows all that its primary has sent; its newest change is \\d+[smh] old\\.$`,
        'm',
      ),
    );
    const healthy = await run(replica, Doctor, []);
    expect(healthy.stdout).toMatch(/this is a standby\s+that has caught up with its\s+primary/);
    expect(healthy.exitCode, healthy.stdout).toBe((await run(t, Doctor, [])).exitCode);

    const browsing = new TerminalSession(['session', 'browse'], { env: { TOMO_DATABASE_URL: replica.url } });
    await browsing.waitFor(/\(standby\)/);
    await replica.sql('select pg_wal_replay_pause()');
    await run(t, SessionRevoke, [id]);
    const later = await aSession(t, await aUser(t));
    for (const [command, argv, code] of [
      [SessionList, [], 0],
      [SessionShow, [id], 0],
      [SessionWhy, [id], 0],
      [SessionShow, [later], 4],
      [Status, [], 0],
      [DbStatus, [], 0],
      [Report, ['--output', '-'], 0],
      [SessionShow, [id, '--json'], 0],
      [SessionShow, [later, '--json'], 4],
    ] as const) {
      const { stderr, exitCode } = await run(replica, command, [...argv]);
      expect(exitCode).toBe(code);
      expect(stderr).toMatch(
        new RegExp(`${place} is a standby; its newest change is \\d+[smh] old\\. What the primary .* may be revoked`),
      );
    }
    expect((await run(replica, SessionShow, [id])).stdout).toMatch(/active/);
    // a change is refused, also where the standby does not know yet what it is about
    for (const [command, argv] of [
      [SessionRestore, ['1']],
      [SessionRevoke, [later]],
    ] as const)
      expect(await run(replica, command, [...argv])).toMatchObject({
        exitCode: 7,
        stderr: expect.stringMatching(/is (read-only|a standby).* Nothing was changed\./),
      });
    expect((await run(t, SessionShow, [id])).stderr).not.toMatch(/standby/);
    expect((await run(replica, Status, [])).stdout).toMatch(/tomo at \S+ \(standby, \d+s old\)/);
    expect((await run(replica, Status, ['--json'])).json()).toMatchObject({ standby: { caughtUp: false } });
    expect((await run(replica, Report, ['--output', '-'])).stdout).toMatch(/Database at \S+ is a standby; its newest/);
    const screen = new TerminalSession(['session', 'list', '--watch'], { env: { TOMO_DATABASE_URL: replica.url } });
    await screen.waitFor(/\(standby, \d+s old\) {2}tomo session list/);
    await screen.type('\u0003');
    expect(await screen.exit()).toBe(0);
    await browsing.waitFor(/\(standby, \d+s old\)/);
    await browsing.type('q');
    expect(await browsing.exit()).toBe(0);
    const sick = await run(replica, Doctor, []);
    expect(sick.stdout).toMatch(/a standby that somebody has paused; its newest\s+change is .*pg_wal_replay_resume/s);
    await replica.sql('select pg_wal_replay_resume()');
    await replayed();
    expect((await run(replica, SessionShow, [id])).stdout).toMatch(/revoked/);
  });

  it('says that a read was stopped for a change of the primary', async () => {
    const reading = read(replica.db, (tx) => tx.query('select count(*), pg_sleep(600) from tomo.alerts'));
    const stopped = expect(reading).rejects.toMatchObject({
      code: 'DATABASE_BUSY',
      message: expect.stringContaining(
        'stopped this query, as it stood in the way of a change from the primary: canceling statement due to conflict',
      ),
    });
    const other = await onto(standby.url);
    const asleep = `select from pg_stat_activity where wait_event = 'PgSleep'`;
    await vi.waitUntil(async () => (await other.sql(asleep)).length > 0, PATIENCE);
    await t.sql('truncate tomo.alerts');
    await stopped;
  });

  it('answers on a standby what is read, and refuses there what changes something; where both are named it is done', async () => {
    const world = Object.assign(await onto(primary.url, 'world'), { empty: async () => {} });
    const there = `${standby.url}/world`;
    await exampleWorld(world);
    await replayed();
    const state = () => world.sql('select id, hash from tomo.audit_head');
    const before = await state();
    for (const { example, changes, id } of await oneOfEach()) {
      const { stdout, stderr, exitCode } = await runExampleAt(world, there, example);
      const said = `${example}\n${stdout}${stderr}`;
      if (changes) {
        expect({ stdout, exitCode }, said).toEqual({ stdout: '', exitCode: 7 });
        expect(stderr, said).toMatch(
          /Error: The database at \S+ is (read-only|a standby).* Nothing was changed\.\nChanges go to the primary/,
        );
      } else {
        expect(['doctor', 'audit:verify'].includes(id) ? [0, 9] : [0], said).toContain(exitCode);
      }
    }
    expect(await state()).toEqual(before);
    const screen = new TerminalSession(['session', 'browse'], { env: { TOMO_DATABASE_URL: there } });
    await screen.waitFor(/\(standby\).*alice/s);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);

    // as psql: what is read comes from the first one, or from the kind that was asked for
    const list = 'tomo session list';
    const [first, second] = [both(there, world.url), both(world.url, there)];
    expect((await runExampleAt(world, first, list)).stderr).toMatch(/is a standby/);
    expect((await runExampleAt(world, second, list)).stderr).not.toMatch(/is a standby/);
    const prefers = `${second}?target_session_attrs=prefer-standby`;
    expect((await runExampleAt(world, prefers, list)).stderr).toMatch(/is a standby/);
    for (const url of [first, prefers]) {
      const done = await runExampleAt(world, url, 'tomo session revoke-user alice');
      expect(done.exitCode, done.stderr).toBe(0);
    }
    const only = await runExampleAt(world, `${second}?target_session_attrs=standby`, 'tomo session revoke-user alice');
    expect(only).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('Nothing was changed.') });
    // one hears on the primary what is read on the standby
    const heard = await openPostgres(prefers, {});
    const told: SessionsEnded[] = [];
    const listener = await listenForRevocations(heard, { onEnded: (ended) => void told.push(ended) });
    // which may not have it yet
    await replica.sql('select pg_wal_replay_pause()');
    await world.sql('select tomo.revoke_all()');
    await vi.waitUntil(() => told.length > 0, PATIENCE);
    expect(told[0]).toEqual({ scope: 'unknown' });
    await replica.sql('select pg_wal_replay_resume()');
    await listener.close();
    await heard.close();
    const alone = await openPostgres(there, {});
    await expect(listenForRevocations(alone, { onEnded: () => {} })).rejects.toMatchObject({
      code: 'DATABASE_READ_ONLY',
    });
    await alone.close();
  });

  it('does the same for the tables of other servers', async () => {
    for (const start of [
      startBetterAuth,
      (database: Parameters<typeof startBetterAuth>[0]) => startTables(database, KRATOS),
    ]) {
      const database = await emptyDatabase(primary.url);
      const server = await start(database);
      const login = await server.logIn('alice');
      await replayed();
      const at = { ...server, url: `${standby.url}${new URL(server.url).pathname}` };
      const listed = await operate(at, SessionList, ['-o', 'ids']);
      expect(listed).toMatchObject({
        exitCode: 0,
        stdout: `${login.id}\n`,
        stderr: expect.stringContaining('standby'),
      });
      const doctor = await operate(at, Doctor);
      expect(doctor.stdout).toMatch(/this is a standby/);
      for (const [command, argv] of [
        [SessionRevoke, [login.id]],
        [SessionRevokeAll, ['--yes']],
        [SessionCleanup, []],
      ] as const) {
        const refused = await operate(at, command, [...argv]);
        expect(refused, refused.stderr).toMatchObject({ exitCode: 7, stdout: '' });
        expect(refused.stderr).toMatch(/Nothing was changed/);
      }
      expect(await server.accepts(login)).toBe(true);
      const named = { ...server, url: both(at.url, server.url) };
      expect(await operate(named, SessionRevoke, [login.id])).toMatchObject({ exitCode: 0 });
      expect(await server.accepts(login)).toBe(false);
      await server.stop();
      await database.drop();
    }
  });

  // the last one: afterwards the standby is the primary, and there is no other
  it('takes over: what was in the middle says what is true, and goes on there', async () => {
    const late = await onto(primary.url, 'late');
    const there = `${standby.url}/late`;
    const [alice, bob] = [await aUser(late, { username: 'alice' }), await aUser(late, { username: 'bob' })];
    const id = await aSession(late, alice);
    const kept = await aSession(late, bob);
    for (let n = 0; n < 3; n += 1) await aSession(late, bob, { ended: 60 * 24 * 30 + n, reason: 'logout' });
    await aSession(late, bob, { idle: 90 });
    const url = both(late.url, there);
    const command = (type: Parameters<typeof run>[1], argv: string[], at = url) =>
      run(null, type, argv, { opens: true, env: { TOMO_DATABASE_URL: at } });

    // those that stay open
    const seen: string[][] = [];
    const troubles: string[] = [];
    const leaving = new AbortController();
    const view = new OpenView(
      async (work) => {
        const db = await openPostgres(url, {});
        return work(db).finally(() => db.close());
      },
      { embedded: false, context: null, check: async () => {} },
    );
    const watcher = {
      show: ({ sessions }: { sessions: { id: string }[] }) =>
        void seen.push(sessions.map((session) => session.id).sort()),
      trouble: (message: string) => void troubles.push(message),
      end: () => {},
    };
    const page = { sort: 'login', limit: 50 } as const;
    const watching = watchSessions(view, watcher, {
      filter: () => ({ state: 'active' }),
      page,
      interval: 50,
      signal: leaving.signal,
    });
    const told: SessionsEnded[] = [];
    const hearing = await openPostgres(url, {});
    const listener = await listenForRevocations(hearing, { onEnded: (ended) => void told.push(ended) });
    await vi.waitUntil(() => seen.length > 0, PATIENCE);

    // one whose answer to the commit never comes
    const proxy = await proxyTo({ url: late.url, sql: async () => [] });
    const asked = Promise.withResolvers<void>();
    proxy.when(/revoke_ids/, 'before', () =>
      proxy.when(/commit\0/, 'after', () => {
        proxy.silence('back');
        asked.resolve();
      }),
    );
    const revoking = command(SessionRevoke, [id], both(proxy.url, there));
    await asked.promise;
    await vi.waitUntil(async () => !(await liveIds(late)).includes(id), PATIENCE);
    // and two that stand in the middle of a change, in a database each, as they wait for each other
    const [other, world] = [await onto(primary.url, 'late'), await onto(primary.url, 'world')];
    await aSession(world, await aUser(world));
    const everybody = await liveIds(world);
    const gates = [await gateOn(other.db, 'delete', 'sessions'), await gateOn(world.db, 'insert', 'revocations')];
    const cleaning = command(SessionCleanup, []);
    const worlds = both(world.url, `${standby.url}/world`);
    const ending = command(SessionRevokeAll, ['--yes'], worlds);
    for (const gate of gates) await gate.reached();
    await replayed();

    const [pid] = readFileSync(join(primary.folder, 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGQUIT');
    const [revoked, cleaned, ended] = await Promise.all([revoking, cleaning, ending]);
    const said = ({ stdout, stderr, exitCode }: Ran, words: RegExp) => {
      expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 7 });
      expect(stderr).toMatch(words);
    };
    said(revoked, /Whether this is in force is not known: no answer came\.\nTo find out: tomo revocation list/);
    said(cleaned, /[Ww]hether this is in force is not known: no answer came\./);
    said(ended, /Nothing was changed\./);
    const none = await command(SessionRevokeAll, ['--yes']);
    said(none, /is read-only\.\nTried before: Cannot reach the database at/);

    const now = await onto(standby.url, 'late');
    await now.sql('select pg_promote()');
    const promoted = await onto(standby.url, 'world');
    for (const each of [now, promoted]) await each.sql('update public.gate set is_open = true');
    // that commit had got through, and nobody else is out
    expect(await liveIds(now)).toEqual([kept]);
    // the lease of the one that was killed has run out
    await now.sql('delete from tomo.leases');
    expect(await command(SessionCleanup, [])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/deleted/) });
    expect(await liveIds(promoted)).toEqual(everybody);
    expect(await command(SessionRevokeAll, ['--yes'], worlds)).toMatchObject({ exitCode: 0 });
    expect(await liveIds(promoted)).toEqual([]);
    const fresh = await aSession(now, bob);
    await vi.waitUntil(() => seen.at(-1)?.join() === [kept, fresh].sort().join(), PATIENCE);
    expect(troubles.join('\n')).toMatch(/broke|Cannot reach|now \S+ answers|ended this connection/);
    await vi.waitUntil(() => told.some(({ scope }) => scope === 'unknown'), PATIENCE);
    const before = told.length;
    await now.sql('select tomo.revoke_user($1)', [bob]);
    await vi.waitUntil(() => told.slice(before).some(({ scope }) => scope === 'user'), PATIENCE);
    leaving.abort();
    await watching;
    await listener.close();
    await hearing.close();
  });
});
