import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { revokeUsers } from '../../src/domain/revocation/revoke-epoch.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { auditRows, chainProblems, count, fate, NOTE, revokeUserSql } from './helpers.ts';

onBothEngines('revoking several users', (t) => {
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    bob = await aUser(t, { username: 'bob' });
  });

  it('takes several users at once, each with an answer of its own', async () => {
    const keep = await aSession(t, bob);
    await aSession(t, alice);
    await aSession(t, bob);
    const users = await revokeUsers(t.db, ['ALICE', 'bob', 'Alice'], NOTE, { keep: [keep], expect: 2 });
    expect(users).toMatchObject([
      { username: 'alice', revoked: 1, remaining: 0 },
      { username: 'bob', revoked: 1, remaining: 1 },
    ]);
    expect(await liveIds(t)).toEqual([keep]);
  });

  it('counts a session to keep once, however often it is named', async () => {
    const keep = await aSession(t, alice);
    const users = await revokeUsers(t.db, ['alice'], NOTE, { keep: [keep, keep.slice(0, 12)], expect: null });
    expect(users).toMatchObject([{ remaining: 1, revoked: 0 }]);
  });

  it.each([
    ['an unknown user', ['alice', 'nobody'], {}, 'NOT_FOUND'],
    ['another number than expected', ['alice', 'bob'], { expect: 1 }, 'EXPECTATION_FAILED'],
    ['a session to keep of somebody who is not named', ['alice'], { foreign: true }, 'KEEP_NOT_LIVE'],
    ['a session to keep that does not exist', ['alice'], { keep: ['00000000'] }, 'NOT_FOUND'],
  ])(
    'of several refuses %s and changes nothing',
    async (_, names, options: { expect?: number; keep?: string[]; foreign?: boolean }, code) => {
      const ids = [await aSession(t, alice), await aSession(t, bob)];
      const keep = options.foreign ? ids.slice(1) : (options.keep ?? []);
      await expect(revokeUsers(t.db, names, NOTE, { keep, expect: options.expect ?? null })).rejects.toMatchObject({
        code,
      });
      expect(await liveIds(t)).toEqual([...ids].sort());
      expect([await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([0, []]);
    },
  );
});

onPostgres('revoking a user beside other transactions', (t) => {
  it('does not wait for a login in progress, and that login is dead when it commits', async () => {
    const alice = await aUser(t);
    const login = await t.connect();
    let id = '';
    await write(login, async (tx) => {
      await tx.query('select from tomo.users where id = $1 for no key update', [alice]);
      const [row] = await tx.query<{ id: string }>(
        `insert into tomo.sessions (user_id, epoch, user_epoch) select $1, t.epoch, coalesce(c.epoch, 0)
           from tomo.settings t left join tomo.user_controls c on c.user_id = $1 returning id`,
        [alice],
      );
      id = row?.id ?? '';
      // any wait would be refused
      await write(t.db, (other) => revokeUserSql(other, alice), { lockTimeout: 1 });
    });
    expect(await fate(t, id)).toMatchObject({ state: 'revoked' });
    expect(await liveIds(t)).toEqual([]);
  });

  it('waits for no touch of one of the sessions', async () => {
    const alice = await aUser(t);
    const id = await aSession(t, alice);
    const touch = await t.connect();
    await write(touch, async (tx) => {
      await t.sqlIn(tx, 'update tomo.sessions set last_activity_at = clock_timestamp() where id = $1', [id]);
      await write(t.db, (other) => revokeUserSql(other, alice), { lockTimeout: 1 });
    });
    expect(await liveIds(t)).toEqual([]);
  });

  it('of several at once and of one of them do not block each other for good', async () => {
    const names = ['ann', 'ben', 'cat', 'dan'];
    for (const username of names) await aSession(t, await aUser(t, { username }));
    const runners = await Promise.all(Array.from({ length: 4 }, () => t.connect()));
    for (let round = 0; round < 15; round += 1) {
      await Promise.all(
        runners.map((db, i) =>
          revokeUsers(db, [...names.slice(i), ...names.slice(0, i)], NOTE, { keep: [], expect: null }),
        ),
      );
    }
    expect(await count(t, `tomo.revocations`)).toBe(15 * 4 * 4);
    expect(await chainProblems(t)).toEqual([]);
  });

  it('by eight writers at once, each of a user of his own, forks no chain', async () => {
    const writers = await Promise.all(
      Array.from({ length: 8 }, async () => ({ db: await t.connect(), user: await aUser(t) })),
    );
    await Promise.all(
      writers.map(async ({ db, user }) => {
        for (let i = 0; i < 15; i += 1) await write(db, (tx) => revokeUserSql(tx, user), { lockTimeout: 30_000 });
      }),
    );
    expect(await count(t, 'tomo.audit_log')).toBe(8 * 15);
    expect(await chainProblems(t)).toEqual([]);
  });

  it('tells listeners once, with the id of the revocation, at commit', async () => {
    const alice = await aUser(t);
    const { Client } = await import('pg');
    const listener = new Client({ connectionString: t.url });
    await listener.connect();
    const heard: unknown[] = [];
    listener.on('notification', (message) => heard.push([message.channel, message.payload]));
    await listener.query('listen tomo_session_ended');
    for (let i = 0; i < 3; i += 1) await aSession(t, alice);
    const { revocation } = await revokeUserSql(t, alice);
    // a notification arrives before the answer of a query sent after it
    await listener.query('select 1');
    expect(heard).toEqual([['tomo_session_ended', `{"revocation":${revocation}}`]]);
    await listener.end();
  });
});
