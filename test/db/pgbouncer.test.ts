import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { type Database, read } from '../../src/db/port/database.ts';
import { fromPool } from '../../src/db/port/pool.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { listenForRevocations, type SessionsEnded } from '../../src/domain/server/listener.ts';
import { emptyDatabase } from '../support/adopted/empty-database.ts';
import { ON_POSTGRES } from '../support/adopted/every-server.ts';
import { operate } from '../support/adopted/operate.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { useDatabase } from '../support/database.ts';
import { exampleWorld, oneOfEach, runExampleAt } from '../support/examples.ts';
import { PATIENCE } from '../support/patience.ts';
import { HAS_PGBOUNCER, type Pooler, startPgBouncer } from '../support/pgbouncer.ts';
import { TerminalSession } from '../support/spawn.ts';
import { clean, count } from './helpers.ts';
import { close, open, touch } from './server-calls.ts';

describe.runIf(HAS_PGBOUNCER)('through PgBouncer in transaction mode', () => {
  const t = useDatabase('postgres');
  let pooler: Pooler;
  let url: string;
  beforeAll(async () => {
    pooler = await startPgBouncer(CLUSTER ?? inject('server'));
    url = pooler.through(t.url);
  });
  afterAll(() => pooler.stop());

  it('what is asked at once is answered to whoever has asked it', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url, {})));
    const look = (db: Database, n: number) =>
      read(db, async (tx) => {
        const asked = Promise.all([
          tx.query('select $1::int as n', [n]),
          tx.query(`select current_setting('transaction_isolation') as isolation`),
        ]);
        if (n % 2 > 0) tx.last();
        return asked;
      });
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(clients.map((db, i) => look(db, round * 100 + i)));
      for (const [i, [rows, isolation]] of answers.entries()) {
        expect(rows).toEqual([{ n: round * 100 + i }]);
        expect(isolation).toEqual([{ isolation: 'repeatable read' }]);
      }
    }
    for (const db of clients) await db.close();
  });

  it('a statement that nobody waits for is stopped', async () => {
    const db = await openPostgres(url, {});
    const work = read(db, (tx) => tx.query('select pg_sleep(603)'), { statementTimeout: 0 }).catch((error) => error);
    const stopping = setInterval(() => void db.stop?.(), 50);
    expect(await work).toMatchObject({ message: expect.stringContaining('canceling statement due to user request') });
    clearInterval(stopping);
    await db.close();
  });

  it('one cleanup at a time works beside logins, requests and logouts, and ends nobody who is live', async () => {
    const user = await aUser(t);
    for (let i = 0; i < 60; i += 1) await aSession(t, user, { idle: 90 + i });
    const clients = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url, {})));
    const [first, second, ...servers] = clients;
    if (!first || !second) throw new Error('no clients');
    let cleaning = true;
    const traffic = servers.map(async (db) => {
      const mine: string[] = [];
      for (let i = 0; cleaning || i < 9; i += 1) {
        mine.push((await open(db, user)).session_id);
        for (const id of mine.slice(-3)) expect(await touch(db, id)).toMatchObject({ accepted: true });
        if (i % 4 === 3) expect(await close(db, mine.pop() ?? '')).toBe(true);
      }
      return mine;
    });
    const beside: boolean[] = [];
    const report = await clean(
      { db: first },
      { batchSize: 5, onProgress: () => void clean({ db: second }).then((r) => beside.push(r.alreadyRunning)) },
    );
    cleaning = false;
    const kept = (await Promise.all(traffic)).flat();
    expect(report).toMatchObject({ alreadyRunning: false, sessionsEnded: 60 });
    await vi.waitUntil(() => beside.length > 0, PATIENCE);
    expect(beside[0]).toBe(true);
    expect(await liveIds(t)).toEqual(kept.sort());
    for (const db of clients) await db.close();
    expect(await count(t, 'tomo.leases')).toBe(0);
  });

  it('every command works', async () => {
    let changed = true;
    for (const { id, changes, example } of await oneOfEach()) {
      if (changed) await exampleWorld(t);
      changed = changes;
      const { stdout, stderr, exitCode } = await runExampleAt(t, url, example);
      // 9: they say by it what they have found
      expect(['doctor', 'audit:verify'].includes(id) ? [0, 9] : [0], `${example}\n${stdout}${stderr}`).toContain(
        exitCode,
      );
    }
    const screen = new TerminalSession(['session', 'browse'], { env: { TOMO_DATABASE_URL: url } });
    await screen.waitFor(/alice/);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });

  // their databases are on one server
  it.skipIf(CLUSTER).each(ON_POSTGRES)('sessions of %s are listed, revoked and cleaned up', async (_, start) => {
    const database = await emptyDatabase();
    const server = await start(database);
    // how long a session lives only its configuration says
    const lives = server.reference === 'grafana' ? ':idle=7d,lifetime=30d' : '';
    const at = { url: pooler.through(server.url), reference: `${server.reference}${lives}` };
    const [alice, bob] = [await server.logIn('alice'), await server.logIn('bob')];
    const listed = await operate(at, SessionList, ['-o', 'ids']);
    expect(listed.stdout.trim().split('\n').sort()).toEqual([alice.id, bob.id].sort());
    const revoked = await operate(at, SessionRevoke, [alice.id]);
    expect(revoked.exitCode, revoked.stderr).toBe(0);
    expect([await server.accepts(alice), await server.accepts(bob)]).toEqual([false, true]);
    await server.expire(bob);
    const cleaned = await operate(at, SessionCleanup);
    expect(cleaned.exitCode, cleaned.stderr).toBe(0);
    await server.stop();
    await database.drop();
  });

  it('nobody can listen, and that is said at once, by a connection and by a pool', async () => {
    const pool = new pg.Pool({ connectionString: url, max: 3 });
    const db = await openPostgres(url, {});
    for (const each of [db, fromPool(pool)]) {
      await expect(listenForRevocations(each, { onEnded: () => {} })).rejects.toMatchObject({
        code: 'DATABASE_UNUSABLE',
        message: expect.stringContaining('one transaction only'),
        hint: expect.stringContaining('session mode'),
      });
    }
    await db.close();
    await pool.end();
  });

  it('one can listen in session mode', async () => {
    const other = await startPgBouncer(CLUSTER ?? inject('server'), 'session');
    const db = await openPostgres(other.through(t.url), {});
    const told: SessionsEnded[] = [];
    const { close } = await listenForRevocations(db, { onEnded: (ended) => void told.push(ended) });
    await t.sql('select tomo.revoke_all()');
    await vi.waitUntil(() => told.length > 0, PATIENCE);
    expect(told).toMatchObject([{ scope: 'all' }]);
    await close();
    await db.close();
    other.stop();
  });
});
