import { expect, it } from 'vitest';
import { type Database, write } from '../../src/db/port/database.ts';
import { cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import { aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { codeFrom, NOTE } from './helpers.ts';
import { touch } from './server-calls.ts';

onPostgres('requests, revocations and cleanups at once', (t) => {
  it('do not end a session at its timeout after a request has been accepted', async () => {
    const user = await aUser(t);
    await t.sql('update tomo.settings set session_timeout = 1');
    // many are just about to run out, or have
    await t.sql(
      `insert into tomo.sessions (user_id, created_at, last_activity_at)
      select $1, now() - interval '1 hour', now() - interval '60 s' + make_interval(secs => i * 0.0015) from generate_series(-400, 2000) i`,
      [user],
    );
    const ids = (await t.sql<{ id: string }>('select id from tomo.sessions order by id')).map((row) => row.id);
    const accepted = new Set<string>();
    const [t1, t2, t3, cleaner] = await Promise.all([t.connect(), t.connect(), t.connect(), t.connect()]);
    let touching = 3;
    const toucher = async (db: Database, offset: number) => {
      for (let i = offset; i < ids.length; i += 3)
        if ((await touch(db, ids[i] ?? '')).accepted) accepted.add(ids[i] ?? '');
      touching -= 1;
    };
    await Promise.all([
      toucher(t1, 0),
      toucher(t2, 1),
      toucher(t3, 2),
      (async () => {
        while (touching > 0)
          await cleanUp(cleaner, { actor: NOTE.actor, retention: null, batchSize: 20, maxDuration: null });
      })(),
    ]);
    const ended = await t.sql<{ id: string }>('select id from tomo.sessions where ended_at is not null');
    expect(accepted.size).toBeGreaterThan(0);
    expect(ended.length).toBeGreaterThanOrEqual(400);
    expect(ended.filter(({ id }) => accepted.has(id))).toEqual([]);
  });

  it('refuse a statement that would wait too long for a lock, and say so', async () => {
    const user = await aUser(t, { username: 'u' });
    const holder = await t.connect();
    await write(t.db, (tx) => tx.query('select tomo.revoke_user($1)', [user]));
    await write(holder, async (tx) => {
      await t.sqlIn(tx, 'select from tomo.user_controls where user_id = $1 for update', [user]);
      const refused = write(t.db, (o) => o.query('select tomo.revoke_user($1)', [user]), { lockTimeout: 50 });
      await expect(refused).rejects.toMatchObject({
        code: 'DATABASE_BUSY',
        outcome: 'unchanged',
      });
      expect(
        await codeFrom(write(t.db, (o) => o.query('select tomo.revoke_user($1)', [user]), { lockTimeout: 50 })),
      ).toBe('55P03');
    });
  });
});
