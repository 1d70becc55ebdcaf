import { beforeEach, expect, it } from 'vitest';
import { read } from '../../src/db/port/database.ts';
import { selectEndedSessions } from '../../src/db/revocation/restore-outcome.ts';
import { revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines } from '../support/database.ts';
import {
  auditRows,
  chainProblems,
  clean,
  codeFrom,
  fate,
  NOTE,
  one,
  pass,
  restoreSql,
  revokeAllSql,
  revokeUserSql,
} from './helpers.ts';

const DO = { dryRun: false, expect: null };

onBothEngines('restoring', (t) => {
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    bob = await aUser(t, { username: 'bob' });
  });

  it.each([
    ['everybody', () => revokeAllSql(t)],
    ['one user', async () => (await revokeUserSql(t, alice)).revocation],
    ['chosen sessions', async () => (await revokeByIds(t.db, await liveIds(t), NOTE, DO)).revocation ?? 0],
  ])('brings back at once whom a revocation of %s had ended; neither writes a session', async (_, revoke) => {
    const ids = [await aSession(t, alice), await aSession(t, alice, { remember: true })].sort();
    const before = await t.sql('select ctid, * from tomo.sessions order by id');
    const r = await revoke();
    expect(await liveIds(t)).toEqual([]);
    await restoreSql(t, r);
    expect(await liveIds(t)).toEqual(ids);
    await clean(t);
    expect(await t.sql('select ctid, * from tomo.sessions order by id')).toEqual(before);
  });

  it('brings back the sessions of one user, and those that were chosen', async () => {
    const [a, b] = [await aSession(t, alice), await aSession(t, bob)];
    const r1 = (await revokeUserSql(t, alice)).revocation;
    const { revocation: r2 } = await revokeByIds(t.db, [b], NOTE, DO);
    expect(await liveIds(t)).toEqual([]);
    await restoreSql(t, r1);
    expect(await liveIds(t)).toEqual([a]);
    await restoreSql(t, r2 ?? 0);
    expect(await liveIds(t)).toEqual([a, b].sort());
  });

  it('does not bring back what has run out meanwhile, nor what had run out before', async () => {
    const [idle, soon, live] = [
      await aSession(t, alice, { idle: 61 }),
      await aSession(t, alice, { idle: 50 }),
      await aSession(t, alice),
    ];
    const r = await revokeAllSql(t);
    await t.sql(`update tomo.sessions set last_activity_at = last_activity_at - interval '20 minutes' where id = $1`, [
      soon,
    ]);
    await restoreSql(t, r);
    expect(await liveIds(t)).toEqual([live]);
    expect(await fate(t, idle)).toMatchObject({ state: 'expired' });
    expect(await fate(t, soon)).toMatchObject({ state: 'expired', written: false });
  });

  it('of an older revocation leaves a newer one in force', async () => {
    const s1 = await aSession(t, alice);
    const r1 = await revokeAllSql(t);
    const s2 = await aSession(t, alice);
    const r2 = await revokeAllSql(t);
    const s3 = await aSession(t, alice);
    await restoreSql(t, r1);
    expect(await liveIds(t)).toEqual([s3]);
    // what r1 no longer claims falls to r2, and comes back with it
    expect([(await fate(t, s1)).revocation, (await fate(t, s2)).revocation]).toEqual([r2, r2]);
    await restoreSql(t, r2);
    expect(await liveIds(t)).toEqual([s1, s2, s3].sort());
  });

  it('of a newer revocation leaves an older one in force', async () => {
    await aSession(t, alice);
    await revokeUserSql(t, alice);
    const s2 = await aSession(t, alice);
    const { revocation } = await revokeUserSql(t, alice);
    await restoreSql(t, revocation);
    expect(await liveIds(t)).toEqual([s2]);
  });

  it("of revoke-all leaves a user's own revocation in force", async () => {
    await aSession(t, alice);
    const hisOne = await aSession(t, bob);
    const all = await revokeAllSql(t);
    await revokeUserSql(t, alice);
    await restoreSql(t, all);
    expect(await liveIds(t)).toEqual([hisOne]);
  });

  it('lets the next revocation work as ever', async () => {
    await aSession(t, alice);
    const r = await revokeAllSql(t);
    await restoreSql(t, r);
    await revokeAllSql(t);
    expect(await liveIds(t)).toEqual([]);
    const later = await aSession(t, bob);
    expect(await liveIds(t)).toEqual([later]);
  });

  it('keeps what was kept', async () => {
    const [keep, other] = [await aSession(t, alice), await aSession(t, alice)];
    const { revocation } = await revokeUserSql(t, alice, { keep: [keep] });
    await restoreSql(t, revocation);
    expect(await liveIds(t)).toEqual([keep, other].sort());
  });

  const state = async () => [
    await t.sql('select * from tomo.sessions order by id'),
    await t.sql('select * from tomo.revocations order by id'),
    await t.sql('select * from tomo.settings'),
    await auditRows(t),
  ];

  it('refuses a revocation made for a compromise, one too old, one restored already and one unknown', async () => {
    await aSession(t, alice);
    const compromised = (await revokeUserSql(t, alice, { compromised: true })).revocation;
    const old = await revokeAllSql(t);
    await t.sql(`update tomo.revocations set at = at - interval '24 hours' where id = $1`, [old]);
    const twice = await revokeAllSql(t);
    await restoreSql(t, twice);
    const before = await state();
    expect(await codeFrom(restoreSql(t, compromised))).toBe('TM021');
    expect(await codeFrom(restoreSql(t, old))).toBe('TM022');
    expect(await codeFrom(restoreSql(t, twice))).toBe('TM023');
    expect(await codeFrom(restoreSql(t, 4711))).toBe('TM024');
    await t.sql('update tomo.users set is_active = false where id = $1', [bob]);
    // no trigger does it there
    if (CLUSTER) await revokeUserSql(t, bob);
    const deactivation = (await one<{ id: number }>(t, 'select max(id)::int as id from tomo.revocations')).id;
    const beforeIt = await state();
    expect(await codeFrom(restoreSql(t, deactivation))).toBe('TM026');
    expect(await state()).toEqual(beforeIt);
    await t.sql('update tomo.users set is_active = true where id = $1', [bob]);
    await t.sql('delete from tomo.revocations where id = $1', [deactivation]);
    // what did it there is on record, last
    const told = CLUSTER ? 3 : 4;
    expect((await state()).slice(0, told)).toEqual(before.slice(0, told));
    expect(await liveIds(t)).toEqual([]);
  });

  it('is possible until 24 hours have passed', async () => {
    const id = await aSession(t, alice, { remember: true });
    const r = await revokeAllSql(t);
    await t.sql(`update tomo.revocations set at = at - interval '23 hours 59 minutes'`);
    await restoreSql(t, r);
    expect(await liveIds(t)).toEqual([id]);
  });

  it('says who did it and writes the audit, chained', async () => {
    await aSession(t, alice);
    const r = await revokeAllSql(t);
    await restoreSql(t, r);
    expect(await one(t, 'select restored_at is not null as restored, restored_by as by from tomo.revocations')).toEqual(
      {
        restored: true,
        by: 'olga@box',
      },
    );
    expect((await auditRows(t)).at(-1)).toMatchObject({
      action: 'restore',
      actor: { osUser: 'olga' },
      detail: { revocation: r },
    });
    expect(await chainProblems(t)).toEqual([]);
  });

  it('falls back on an older revocation even when its record is past the retention', async () => {
    await revokeAllSql(t);
    await pass(t, 400 * 24);
    await clean(t);
    // a login that hung since before that revocation
    const ancient = await aSession(t, alice);
    await t.sql('update tomo.sessions set epoch = 0 where id = $1', [ancient]);
    await restoreSql(t, await revokeAllSql(t));
    expect(await liveIds(t)).toEqual([]);
  });

  it.each([
    ['everybody', 'all', () => revokeAllSql(t)],
    ['chosen sessions', 'sessions', async () => (await revokeByIds(t.db, await liveIds(t), NOTE, DO)).revocation ?? 0],
  ] as const)('shows first of %s who were all active last the same few as of the whole', async (_, scope, revoke) => {
    await t.sql('insert into tomo.sessions (user_id) select $1 from generate_series(1, 20)', [alice]);
    await t.sql('update tomo.sessions set created_at = now(), last_activity_at = now()');
    const of = { id: await revoke(), scope };
    await read(t.db, async (tx) => {
      const all = await selectEndedSessions(tx, of, 100);
      expect(all).toHaveLength(20);
      expect(await selectEndedSessions(tx, of, 5)).toEqual(all.slice(0, 5));
    });
  });
});
