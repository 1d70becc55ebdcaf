import { expect, it } from 'vitest';
import { cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import { revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { codeFrom } from './helpers.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';
const ACTOR = { osUser: 'op', host: 'here' };
const CLEANUP = { actor: ACTOR, retention: null, batchSize: 1000, maxDuration: null };

onBothEngines('one connection', (t) => {
  it('runs overlapping transactions one after the other, so that a failure of one undoes nothing of another', async () => {
    const insert = (name: string, fails: boolean) =>
      t.db.transaction({}, async (tx) => {
        await tx.query('insert into tomo.users (username) values ($1)', [name]);
        await new Promise((resolve) => setImmediate(resolve));
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([
      insert('a', true),
      insert('b', false),
      insert('c', true),
      insert('d', false),
    ]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(
      (await t.sql<{ username: string }>('select username from tomo.users order by 1')).map((row) => row.username),
    ).toEqual(['b', 'd']);
  });
});

onBothEngines('guards of a revocation', (t) => {
  it('lets nobody add sessions to a sealed one, or seal it again', async () => {
    t.notOnCluster('no trigger watches it there');
    const user = await aUser(t);
    const [one, other] = [await aSession(t, user), await aSession(t, user)];
    const { revocation } = await revokeByIds(
      t.db,
      [one],
      { actor: ACTOR, reason: null, compromised: false },
      { dryRun: false, expect: null },
    );
    await expect(
      t.sql('insert into tomo.revocation_targets values ($1, $2, $3)', [user, other, revocation]),
    ).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(await codeFrom(t.sql('select tomo.seal_revocation($1, null)', [revocation]))).toBe('TM024');
    expect(await liveIds(t)).toEqual([other]);
  });

  it('ends more sessions by id than fit a batch, each with its own answer', async () => {
    const user = await aUser(t);
    await t.sql('insert into tomo.sessions (user_id) select $1::uuid from generate_series(1, 10050)', [user]);
    const ids = await liveIds(t);
    const report = await revokeByIds(
      t.db,
      ids,
      { actor: ACTOR, reason: null, compromised: false },
      { dryRun: false, expect: 10_050 },
    );
    expect(report.revoked).toBe(10_050);
    expect(new Set(report.results.map((result) => result.outcome))).toEqual(new Set(['revoked']));
    expect(await liveIds(t)).toEqual([]);
  });
});

onBothEngines('clocks and zones', (t) => {
  it('makes weeks in UTC, whatever the zone of who asks', async () => {
    await t.sql(`set timezone = 'Europe/Berlin'`);
    await t.sql(`select tomo.create_activity_partition('2027-10-27')`);
    await t.sql(`set timezone = 'UTC'`);
    const [bound] = await t.sql<{ bound: string }>(
      `select pg_get_expr(relpartbound, oid) as bound from pg_class where oid = 'tomo.session_activity_20271025'::regclass`,
    );
    expect(bound?.bound).toBe(`FOR VALUES FROM ('2027-10-25 00:00:00+00') TO ('2027-11-01 00:00:00+00')`);
  });

  it('refuses activity at no time at all, and leaves a far future where it is', async () => {
    const insert = (at: string) =>
      t.sql(
        `insert into tomo.session_activity (session_id, user_id, at, kind) values (gen_random_uuid(), $2, $1, 'page')`,
        [at, NOBODY],
      );
    await expect(insert('infinity')).rejects.toThrow();
    await insert('2999-01-01');
    const report = await cleanUp(t.db, CLEANUP);
    expect(report.partitionsCreated.filter((week) => week > '2998')).toEqual([]);
  });

  it('cuts the audit only at its old end, although a clock was wrong once', async () => {
    for (let i = 0; i < 3; i += 1) await t.sql(`select tomo.write_audit('{}', 'test', null, null)`);
    await t.sql(`update tomo.audit_log set at = '1970-01-01' where id = 2`);
    await cleanUp(t.db, CLEANUP);
    expect(
      (await t.sql<{ id: number }>(`select id::int from tomo.audit_log where action = 'test' order by id`)).map(
        (row) => row.id,
      ),
    ).toEqual([1, 2, 3]);
  });
});

onPostgres('a locked user', (t) => {
  it('is revoked at once, also while a transaction holds the row for update', async () => {
    const user = await aUser(t);
    await aSession(t, user);
    const holder = await t.connect();
    await holder.transaction({}, async (tx) => {
      await tx.query('select from tomo.users where id = $1 for update', [user]);
      await t.sql(`set lock_timeout = '500ms'`);
      await t.sql('select * from tomo.revoke_user($1)', [user]);
    });
    expect(await liveIds(t)).toEqual([]);
  });

  it('is out under the same id, too, when it is deleted and made again', async () => {
    const user = await aUser(t);
    await t.sql('select * from tomo.revoke_user($1)', [user]);
    const stale = `insert into tomo.sessions (user_id, user_epoch) values ($1, 0)`;
    await t.sql('delete from tomo.users where id = $1', [user]);
    await t.sql(`insert into tomo.users (id, username) values ($1, 'again')`, [user]);
    await t.sql(stale, [user]);
    expect(await liveIds(t)).toEqual([]);
  });
});
