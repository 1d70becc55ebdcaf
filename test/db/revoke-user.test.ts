import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { auditRows, chainProblems, clean, codeFrom, count, fate, fates, one, pass, revokeUserSql } from './helpers.ts';

onBothEngines('revoking a user', (t) => {
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    bob = await aUser(t, { username: 'bob' });
  });

  it('is in force for every session of that user alone, and writes none', async () => {
    const hers = [await aSession(t, alice), await aSession(t, alice, { remember: true })];
    const his = await aSession(t, bob);
    expect(await revokeUserSql(t, alice)).toMatchObject({ ended: 2 });
    expect(await liveIds(t)).toEqual([his]);
    for (const id of hers) expect(await fate(t, id)).toMatchObject({ state: 'revoked', written: false });
  });

  it('does not hit a login that starts afterwards', async () => {
    await aSession(t, alice);
    await revokeUserSql(t, alice);
    const later = await aSession(t, alice);
    expect(await liveIds(t)).toEqual([later]);
  });

  it('ends them at its moment, by its actor, and cleanup writes just that once it can no longer be undone', async () => {
    const ids = [await aSession(t, alice, { remember: true }), await aSession(t, alice, { remember: true })];
    const { revocation } = await revokeUserSql(t, alice);
    const ended = { reason: 'revoked', by: 'olga@box' };
    const told = async (written: boolean) => {
      const { at } = await one<{ at: string }>(t, 'select at::text from tomo.revocations');
      for (const id of ids)
        expect(await fate(t, id)).toEqual({ id, state: 'revoked', endedAt: at, ...ended, revocation, written });
    };
    await told(false);
    await pass(t, 23);
    await clean(t);
    await told(false);
    await pass(t, 2);
    await told(false);
    await clean(t, { batchSize: 1 });
    await told(true);
  });

  it('calls expired what had run out before, at the moment it ran out', async () => {
    const idle = await aSession(t, alice, { idle: 90, age: 200 });
    const live = await aSession(t, alice);
    const { ended } = await revokeUserSql(t, alice);
    expect(ended).toBe(1);
    const { at } = await one<{ at: string }>(
      t,
      `select (last_activity_at + interval '60 minutes')::text as at from tomo.sessions where id = $1`,
      [idle],
    );
    expect(await fate(t, idle)).toMatchObject({
      state: 'expired',
      endedAt: at,
      reason: 'expired',
      by: null,
      revocation: null,
    });
    expect(await fate(t, live)).toMatchObject({ reason: 'revoked' });
  });

  it('attributes a session to the oldest revocation that ended it', async () => {
    const first = await aSession(t, alice);
    const r1 = await revokeUserSql(t, alice);
    const second = await aSession(t, alice);
    const r2 = await revokeUserSql(t, alice);
    expect((await fate(t, first)).revocation).toBe(r1.revocation);
    expect((await fate(t, second)).revocation).toBe(r2.revocation);
  });

  it('keeps the sessions it is told to keep', async () => {
    const [keep, go] = [await aSession(t, alice), await aSession(t, alice)];
    expect(await revokeUserSql(t, alice, { keep: [keep] })).toMatchObject({ ended: 1 });
    expect(await liveIds(t)).toEqual([keep]);
    expect(await fate(t, go)).toMatchObject({ state: 'revoked' });
    expect(await one(t, 'select kept from tomo.revocations')).toEqual({ kept: [keep] });
  });

  it.each([
    ['has expired', async () => aSession(t, alice, { idle: 61 })],
    ['has ended', async () => aSession(t, alice, { ended: 1, reason: 'logout' })],
    ['belongs to somebody else', async () => aSession(t, bob)],
    [
      'an earlier revocation has ended',
      async () => {
        const id = await aSession(t, alice);
        await revokeUserSql(t, alice);
        return id;
      },
    ],
    ['does not exist', async () => '00000000-0000-4000-8000-000000000000'],
  ])('refuses to keep a session that %s, and changes nothing', async (_, make) => {
    const dead = await make();
    const live = await aSession(t, alice);
    const before = [
      await fates(t),
      await count(t, 'tomo.revocations'),
      await count(t, 'tomo.audit_log'),
      await t.sql('select * from tomo.user_controls'),
    ];
    expect(await codeFrom(revokeUserSql(t, alice, { keep: [live, dead] }))).toBe('TM020');
    expect([
      await fates(t),
      await count(t, 'tomo.revocations'),
      await count(t, 'tomo.audit_log'),
      await t.sql('select * from tomo.user_controls'),
    ]).toEqual(before);
  });

  it('compares the number that is expected, kept sessions not among them', async () => {
    const [keep] = [await aSession(t, alice), await aSession(t, alice), await aSession(t, alice, { idle: 61 })];
    expect(await codeFrom(revokeUserSql(t, alice, { keep: [keep], expect: 2 }))).toBe('TM025');
    expect(await liveIds(t)).toHaveLength(2);
    expect(await count(t, 'tomo.revocations')).toBe(0);
    expect(await revokeUserSql(t, alice, { keep: [keep], expect: 1 })).toMatchObject({ ended: 1 });
  });

  it('counts rightly when the caller passes no list to keep', async () => {
    await aSession(t, alice);
    expect(await one(t, 'select ended::int from tomo.revoke_user($1, p_keep => null)', [alice])).toEqual({ ended: 1 });
    expect(await liveIds(t)).toEqual([]);
  });

  it('writes who, what, how many and why into the audit, chained', async () => {
    const keep = await aSession(t, alice);
    await aSession(t, alice);
    const { revocation } = await revokeUserSql(t, alice, { keep: [keep] });
    expect(await auditRows(t)).toMatchObject([
      {
        action: 'revoke-user',
        reason: 'test',
        actor: { osUser: 'olga', host: 'box', dbRole: expect.any(String) },
        detail: { revocation, user: alice, username: 'alice', count: 1, kept: [keep] },
      },
    ]);
    expect(await chainProblems(t)).toEqual([]);
  });

  it('leaves neither revocation nor audit nor a dead session when it is rolled back', async () => {
    const id = await aSession(t, alice);
    await expect(
      write(t.db, async (tx) => {
        await revokeUserSql(tx, alice);
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
    expect([await liveIds(t), await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([[id], 0, []]);
  });

  it('does not let a caller choose the database role in the audit', async () => {
    await t.sql(`select tomo.revoke_user($1, '{"osUser": "eve", "dbRole": "somebody else"}')`, [alice]);
    const [{ role }] = (await t.sql<{ role: string }>('select session_user::text as role')) as [{ role: string }];
    expect((await auditRows(t))[0]?.actor).toEqual({ osUser: 'eve', dbRole: role });
  });

  it('happens when a user is deactivated, and reactivating revives nothing', async () => {
    t.notOnCluster('no trigger watches it there');
    const id = await aSession(t, alice);
    await t.sql('update tomo.users set is_active = false where id = $1', [alice]);
    expect(await liveIds(t)).toEqual([]);
    await t.sql('update tomo.users set is_active = true where id = $1', [alice]);
    expect(await fate(t, id)).toMatchObject({ state: 'revoked' });
    const later = await aSession(t, alice);
    expect(await liveIds(t)).toEqual([later]);
    expect(await fate(t, id)).toMatchObject({ reason: 'revoked', by: 'postgres' });
  });

  it('does not happen when something else of the user changes', async () => {
    const id = await aSession(t, alice);
    await t.sql(`update tomo.users set role = 'admin', is_active = true, email = 'a@example.org'`);
    expect(await liveIds(t)).toEqual([id]);
    expect(await count(t, 'tomo.revocations')).toBe(0);
  });

  it('does not let a session end before it begins', async () => {
    // a login that was under way when the revocation happened
    await revokeUserSql(t, alice);
    const late = await aSession(t, alice, { age: 0, idle: 0 });
    await t.sql(
      `update tomo.sessions set user_epoch = 0, created_at = clock_timestamp(), last_activity_at = clock_timestamp() where id = $1`,
      [late],
    );
    const sane = 'select ended_at >= created_at as sane, end_reason as reason from tomo.verdicts(now()) where id = $1';
    expect(await one(t, sane, [late])).toEqual({ sane: true, reason: 'revoked' });
  });
});
