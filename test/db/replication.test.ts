import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionShow from '../../src/commands/session/show.ts';
import Status from '../../src/commands/status.ts';
import { type Database, read } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { aSession, aUser } from '../support/builders.ts';
import type { TestDatabase } from '../support/database.ts';
import { onServer, startServer, type TestServer } from '../support/global-setup.ts';
import { PATIENCE } from '../support/patience.ts';
import { run } from '../support/run.ts';
import { startStandby } from '../support/standby.ts';

describe('a server with replicas', () => {
  let primary: TestServer;
  let standby: Omit<TestServer, 'folder'>;
  const opened: Database[] = [];
  const onto = async (url: string): Promise<TestDatabase> => {
    const db = await openPostgres(`${url}/tomo`, {});
    opened.push(db);
    const sql: TestDatabase['sql'] = (text, params = []) => db.query(text, params);
    return { db, engine: 'postgres', url: `${url}/tomo`, sql, keepsData: true } as TestDatabase;
  };
  let t: TestDatabase;
  let replica: TestDatabase;
  beforeAll(async () => {
    primary = await startServer('primary', 'wal_level=logical');
    await onServer(primary.url, ['create database tomo']);
    t = await onto(primary.url);
    await migrate(t.db);
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

  it('says of a standby what it is and how old its answer is', async () => {
    const id = await aSession(t, await aUser(t));
    const there = async () => (await replica.sql('select from tomo.sessions where id = $1', [id])).length === 1;
    await vi.waitUntil(there, PATIENCE);
    await replica.sql('select pg_wal_replay_pause()');
    await run(t, SessionRevoke, [id]);
    const place = new URL(replica.url).host;
    for (const [command, argv] of [
      [SessionList, []],
      [SessionShow, [id]],
      [Status, []],
    ] as const) {
      const { stderr, exitCode } = await run(replica, command, [...argv]);
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(
        new RegExp(`${place}/tomo is a standby; its newest change is \\d+[smh] old\\. What the primary`),
      );
    }
    expect((await run(replica, SessionShow, [id])).stdout).toMatch(/active/);
    expect((await run(t, SessionShow, [id])).stderr).not.toMatch(/standby/);
    await replica.sql('select pg_wal_replay_resume()');
  });

  it('refuses on a standby what changes something', async () => {
    const { stdout, stderr, exitCode } = await run(replica, SessionRevoke, ['--user', 'nobody-else', '--yes']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
    const user = await aUser(t, { username: 'rita' });
    await vi.waitUntil(
      async () => (await replica.sql('select from tomo.users where id = $1', [user])).length,
      PATIENCE,
    );
    const refused = await run(replica, SessionRevoke, ['--user', 'rita', '--yes']);
    expect(refused.exitCode).toBe(7);
    expect(refused.stderr).toMatch(
      /is read-only \(a standby, or set so\); nothing was changed\.\nConnect to the primary/,
    );
    expect(stderr).toMatch(/nobody-else/);
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
});
