import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { withLease } from '../../src/db/lease/lease.ts';
import { type Database, read, write } from '../../src/db/port/database.ts';
import { fromPool } from '../../src/db/port/pool.ts';
import { cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import { revokeByIds } from '../../src/domain/revocation/revoke.ts';
import {
  closeSession,
  openSession,
  recordActivity,
  touchSession,
  verifySession,
} from '../../src/domain/server/session.ts';
import { exportSessions } from '../../src/domain/session/list.ts';
import { makeSigningKeys, signToken } from '../../src/domain/token/token.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { count, NOTE } from './helpers.ts';

const EXPORT = { sort: 'activity', after: undefined } as const;
const KEYS = makeSigningKeys('a secret of more than thirty-two bytes');

onPostgres("a server's own pool", (t) => {
  let pool: pg.Pool;
  let db: Database;
  let alice: string;
  /** Answers of the server that ended a round trip. */
  let roundTrips = 0;
  beforeAll(() => {
    pool = new pg.Pool({ connectionString: t.url, max: 4 });
    pool.on('error', () => {});
    pool.on('connect', (client) => (client as pg.Client).connection.on('readyForQuery', () => (roundTrips += 1)));
    db = fromPool(pool);
  });
  afterAll(() => pool.end());
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
  });
  const allReturned = () => expect([pool.idleCount, pool.waitingCount]).toEqual([pool.totalCount, 0]);

  /** One of everything that a server does all day. */
  async function everyCall(
    on: Database,
    counted: (name: string, call: () => Promise<unknown>) => Promise<void>,
  ): Promise<void> {
    const { id } = await openSession(on, { userId: alice, ip: '203.0.113.7', userAgent: 'curl/8' });
    const token = await signToken(KEYS, { sessionId: id, userId: alice, lifetime: 600 });
    await counted('open', () => openSession(on, { userId: alice, ip: '203.0.113.7', userAgent: 'curl/8' }));
    await counted('touch', () => touchSession(on, id));
    await counted('verify', () => verifySession(on, KEYS, token));
    await counted('record', () => recordActivity(on, { sessionId: id, kind: 'api', path: '/api' }));
    await counted('close', () => closeSession(on, id));
    await counted('verify a dead one', () => verifySession(on, KEYS, token));
  }
  const ONCE = { open: 1, touch: 1, verify: 1, record: 1, close: 1, 'verify a dead one': 1 };

  it('keeps what it calls prepared on its connections, where that is wanted', async () => {
    const own = new pg.Pool({ connectionString: t.url, max: 1 });
    onTestFinished(() => own.end());
    const calls = async (on: Database) => {
      for (let i = 0; i < 3; i += 1) await everyCall(on, async (_, call) => void (await call()));
      const { rows } = await own.query<{ name: string }>('select name from pg_prepared_statements');
      return rows.map(({ name }) => name);
    };
    expect(await calls(fromPool(own))).toEqual([]);
    const kept = await calls(fromPool(own, { preparedStatements: true }));
    // to open, touch, ask, record and close, however often
    expect(kept.length).toBeLessThanOrEqual(5);
    expect(kept).toEqual(kept.map(() => expect.stringMatching(/^tomo_[0-9a-f]{16}$/)));
    expect(kept.length).toBeGreaterThan(2);
  });

  it('sends each call of a request in one round trip', async () => {
    const counts: Record<string, number> = {};
    await everyCall(db, async (name, call) => {
      const before = roundTrips;
      await call();
      counts[name] = roundTrips - before;
    });
    expect(counts).toEqual(ONCE);
  });

  it('and so does a connection of our own', async () => {
    const sent = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => sent.mockRestore());
    const counts: Record<string, number> = {};
    await everyCall(t.db, async (name, call) => {
      const before = sent.mock.calls.length;
      await call();
      counts[name] = sent.mock.calls.length - before;
    });
    expect(counts).toEqual(ONCE);
  });

  it('serves more logins and requests at once than it has connections', async () => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => openSession(db, { userId: alice })));
    const touched = await Promise.all(opened.map(({ id }) => touchSession(db, id)));
    expect(touched.filter(({ accepted }) => accepted)).toHaveLength(20);
    expect(await liveIds(t)).toHaveLength(20);
    allReturned();
  });

  it('gives every transaction a connection of its own', async () => {
    const seen: unknown[] = [];
    await write(db, async (tx) => {
      await tx.query('update tomo.users set email = $1', ['a@example.org']);
      await write(db, async (other) => seen.push(await other.query('select email from tomo.users')));
      seen.push(await db.query('select email from tomo.users'));
    });
    seen.push(await db.query('select email from tomo.users'));
    expect(seen).toEqual([[{ email: null }], [{ email: null }], [{ email: 'a@example.org' }]]);
    await expect(read(db, (tx) => tx.query(`delete from tomo.users`))).rejects.toMatchObject({
      code: 'DATABASE_READ_ONLY',
    });
    allReturned();
  });

  it('runs everything else that the library has, and one cleanup at a time', async () => {
    const [a, b] = [await aSession(t, alice), await aSession(t, alice)];
    expect(await revokeByIds(db, [a], NOTE, { dryRun: false, expect: 1 })).toMatchObject({ revoked: 1 });
    const clean = () => cleanUp(db, { actor: NOTE.actor, retention: null, batchSize: 10, maxDuration: null });
    let inside: unknown;
    await withLease(db, 'cleanup', async () => {
      inside = await clean();
    });
    expect(inside).toMatchObject({ alreadyRunning: true });
    expect(await clean()).toMatchObject({ alreadyRunning: false });
    expect(await count(t, 'tomo.leases')).toBe(0);
    const lines: string[] = [];
    await exportSessions(db, { state: 'active' }, EXPORT, (line) => void lines.push(line));
    expect(lines.map((line) => JSON.parse(line).id)).toEqual([b]);
    allReturned();
  });

  it('goes on after an export that nobody reads to its end', async () => {
    for (let i = 0; i < 3; i++) await aSession(t, alice);
    const stopped = exportSessions(db, { state: 'active' }, EXPORT, () => {
      throw new Error('enough');
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(pool.waitingCount).toBe(0);
  });

  it('survives that the server ends its connections', async () => {
    const cut = write(db, async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await t.sql('select pg_terminate_backend($1::int)', [row?.pid]);
      await tx.query('select 1');
    });
    await expect(cut).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
    expect(await openSession(db, { userId: alice })).toMatchObject({ username: 'alice' });
    allReturned();
  });

  it('says in words when there is no server, or one that wants something else', async () => {
    const nowhere = new pg.Pool({ connectionString: 'postgres://u:sesame@127.0.0.1:1/x' });
    const told = await touchSession(fromPool(nowhere), alice).catch((error: unknown) => error);
    expect(told).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('the connection pool'),
    });
    expect(String(told)).not.toContain('sesame');
    await nowhere.end();
    const strict = new pg.Pool({ connectionString: t.url, options: '-c default_transaction_isolation=serializable' });
    await expect(openSession(fromPool(strict), { userId: alice })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('READ COMMITTED'),
      hint: expect.stringContaining('default_transaction_isolation'),
    });
    await strict.end();
  });

  it('needs no right but to call the functions', async () => {
    const role = `tomo_server_${process.pid}`;
    await t.sql(`create role ${role} login password 'sesame'`);
    await t.sql(`grant usage on schema tomo to ${role}`);
    await t.sql(
      `grant execute on function tomo.open_session, tomo.touch_session, tomo.close_session, tomo.record_activity to ${role}`,
    );
    const limited = new pg.Pool({ connectionString: t.url.replace('postgres:test@', `${role}:sesame@`) });
    await everyCall(fromPool(limited), async (_, call) => void (await call()));
    await expect(fromPool(limited).query('select from tomo.sessions')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    await limited.end();
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });
});
