import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Database } from '../../src/db/port/database.ts';
import { fromPool } from '../../src/db/port/pool.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { restoreSessions } from '../../src/domain/revocation/restore.ts';
import { revokeByFilter, revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { revokeEverybody, revokeUsers } from '../../src/domain/revocation/revoke-epoch.ts';
import { type ListenOptions, listenForRevocations, type SessionsEnded } from '../../src/domain/server/listener.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { PATIENCE } from '../support/patience.ts';
import { NOTE } from './helpers.ts';

/** What a listener has told, and waiting for more of it. */
class Told {
  ended: SessionsEnded[] = [];
  errors: unknown[] = [];
  close: () => Promise<void> = async () => {};

  static async by(db: Database, options: Partial<ListenOptions> = {}): Promise<Told> {
    const told = new Told();
    const { close } = await listenForRevocations(db, {
      onEnded: (ended) => void told.ended.push(ended),
      onError: (error) => void told.errors.push(error),
      ...options,
    });
    told.close = close;
    return told;
  }

  async until(n: number): Promise<SessionsEnded[]> {
    await vi.waitFor(() => expect(this.ended.length, this.errors.join(', ')).toBeGreaterThanOrEqual(n), PATIENCE);
    return this.ended;
  }
}

function listening(suite: (listen: (db: Database, options?: Partial<ListenOptions>) => Promise<Told>) => void): void {
  const open: Told[] = [];
  afterEach(async () => {
    for (const told of open.splice(0)) await told.close();
  });
  suite(async (db, options) => {
    const told = await Told.by(db, options);
    open.push(told);
    return told;
  });
}

async function aWorld(t: TestDatabase): Promise<{ alice: string; bob: string; sessions: [string, string, string] }> {
  await t.empty();
  const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
  return { alice, bob, sessions: [await aSession(t, alice), await aSession(t, alice), await aSession(t, bob)] };
}

onBothEngines('a listener', (t) => {
  listening((listen) => {
    it('is told what each kind of revocation has ended, in their order', async () => {
      const { alice, sessions } = await aWorld(t);
      const [a1, a2, b1] = sessions;
      const told = await listen(t.db);
      await revokeByIds(t.db, [a1], NOTE, { dryRun: false, expect: null });
      await revokeUsers(t.db, ['alice'], NOTE, { keep: [a2], expect: null });
      await revokeByFilter(t.db, { state: 'active', users: ['bob'] }, NOTE, null);
      await revokeEverybody(t.db, NOTE, { keep: [a2], expect: null });
      expect(await told.until(4)).toEqual([
        { scope: 'sessions', revocation: 1, sessionIds: [a1] },
        { scope: 'user', revocation: 2, userId: alice, kept: [a2] },
        { scope: 'sessions', revocation: 3, sessionIds: [b1] },
        { scope: 'all', revocation: 4, kept: [a2] },
      ]);
      expect(told.errors).toEqual([]);
    });

    it('is told of a user who was deactivated', async () => {
      t.notOnCluster('no trigger watches it there');
      const { bob } = await aWorld(t);
      const told = await listen(t.db);
      await t.sql('update tomo.users set is_active = false where id = $1', [bob]);
      expect(await told.until(1)).toMatchObject([{ scope: 'user', userId: bob }]);
    });

    it('believes no notification, which any role may send: it looks, and tells once what is new', async () => {
      t.notOnCluster('no trigger watches it there');
      const { sessions } = await aWorld(t);
      await revokeByIds(t.db, [sessions[0]], NOTE, { dryRun: false, expect: null });
      await restoreSessions(t.db, 1, NOTE.actor);
      await revokeUsers(t.db, ['alice'], NOTE, { keep: [], expect: null });
      const told = await listen(t.db);
      const enemy = () =>
        t.sql(`select pg_notify('tomo_session_ended', p)
          from unnest(array['', '{"revocation":1}', '{"revocation":2}', '{"revocation":99999999999999999999}']
            || array(select 'boom ' || n from generate_series(1, 100) n)) p`);
      await enemy();
      await revokeByIds(t.db, [sessions[2]], NOTE, { dryRun: false, expect: null });
      await enemy();
      await t.sql('update tomo.users set is_active = false');
      expect((await told.until(3)).map(({ scope }) => scope)).toEqual(['sessions', 'user', 'user']);
      expect(told.errors).toEqual([]);
    });

    it('goes on after a callback that fails, and says nothing after close', async () => {
      const { sessions } = await aWorld(t);
      const heard: SessionsEnded[] = [];
      const told = await listen(t.db, {
        onEnded: async (ended) => {
          heard.push(ended);
          if (heard.length === 1) throw new Error('oops');
        },
      });
      for (const id of sessions.slice(0, 2)) await revokeByIds(t.db, [id], NOTE, { dryRun: false, expect: null });
      await vi.waitUntil(() => heard.length >= 2, PATIENCE);
      expect(told.errors).toMatchObject([{ message: 'oops' }]);
      await told.close();
      await told.close();
      await revokeByIds(t.db, [sessions[2]], NOTE, { dryRun: false, expect: null });
      expect(heard).toHaveLength(2);
    });
  });
});

onPostgres('a listener on a connection', (t) => {
  listening((listen) => {
    let pool: pg.Pool;
    beforeEach(async () => {
      await aWorld(t);
      pool = new pg.Pool({ connectionString: t.url, max: 2 });
      return () => pool.end();
    });
    const cut = () =>
      t.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
      );

    it.each([
      ['a pool', async () => fromPool(pool)],
      ['a connection of our own', () => t.connect()],
    ])('that breaks is sought again, and everything is to be checked: %s', async (_, make) => {
      const told = await listen(await make());
      expect(await cut()).toHaveLength(1);
      expect(await told.until(1)).toEqual([{ scope: 'unknown' }]);
      expect(told.errors.length).toBeGreaterThan(0);
      await revokeEverybody(t.db, NOTE, { keep: [], expect: null });
      expect(await told.until(2)).toMatchObject([{ scope: 'unknown' }, { scope: 'all' }]);
    });

    it('takes one connection of the pool and gives it up with close', async () => {
      const told = await listen(fromPool(pool));
      expect([pool.totalCount, pool.idleCount]).toEqual([1, 0]);
      await told.close();
      expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0]);
    });

    it('that cannot be made at first is an error, not a wait', async () => {
      const nowhere = new pg.Pool({ connectionString: 'postgres://u@127.0.0.1:1/x' });
      await expect(listenForRevocations(fromPool(nowhere), { onEnded: () => {} })).rejects.toMatchObject({
        code: 'DATABASE_UNREACHABLE',
      });
      await nowhere.end();
    });

    it('that falls silent without an end is noticed', async () => {
      const port = Number(new URL(t.url).port);
      const sockets: Socket[] = [];
      // hands everything through until it is told to swallow it, as a router that has forgotten the connection
      const proxy = createServer((near) => {
        const far = connect(port, '127.0.0.1');
        near.pipe(far).pipe(near);
        for (const socket of [near, far]) sockets.push(socket.on('error', () => {}));
      }).listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const db = await openPostgres(t.url.replace(`:${port}`, `:${(proxy.address() as { port: number }).port}`), {});
      const told = await listen(db, { heartbeat: 100 });
      for (const socket of sockets.slice(2)) socket.unpipe();
      expect(await told.until(1)).toEqual([{ scope: 'unknown' }]);
      expect(told.errors.join()).toContain('does not answer');
      await told.close();
      await db.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });

    it('of a role that may not read what was revoked is told to check everything', async () => {
      const role = `tomo_listener_${process.pid}`;
      await t.sql(`create role ${role} login password 'sesame'`);
      const limited = await openPostgres(t.url.replace('postgres:test@', `${role}:sesame@`), {});
      const told = await listen(limited);
      await revokeEverybody(t.db, NOTE, { keep: [], expect: null });
      expect(await told.until(1)).toEqual([{ scope: 'unknown' }]);
      expect(told.errors).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
      await told.close();
      await limited.close();
      await t.sql(`drop role ${role}`);
    });
  });
});
