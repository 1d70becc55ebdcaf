import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { revokeEverybody } from '../../src/domain/revocation/revoke-epoch.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import {
  auditRows,
  chainProblems,
  clean,
  codeFrom,
  count,
  fate,
  fates,
  NOTE,
  one,
  pass,
  revokeAllSql,
  revokeUserSql,
} from './helpers.ts';

onBothEngines('revoking everybody', (t) => {
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    bob = await aUser(t, { username: 'bob' });
  });

  it('is in force for everybody writes no session, and hits no later login', async () => {
    const ids = [await aSession(t, alice), await aSession(t, bob, { remember: true, idle: 5000, age: 9000 })];
    await revokeAllSql(t);
    expect(await liveIds(t)).toEqual([]);
    for (const id of ids) expect(await fate(t, id)).toMatchObject({ state: 'revoked', written: false });
    const later = await aSession(t, alice);
    expect(await liveIds(t)).toEqual([later]);
  });

  it('ends them at its moment, by its actor, and cleanup writes just that once it can no longer be undone', async () => {
    const ids = [await aSession(t, alice, { remember: true }), await aSession(t, bob)];
    const revocation = await revokeAllSql(t);
    await pass(t, 25);
    const { at } = await one<{ at: string }>(t, 'select at::text from tomo.revocations');
    const ended = { state: 'revoked', endedAt: at, reason: 'revoked', by: 'olga@box', revocation };
    for (const id of ids) expect(await fate(t, id)).toEqual({ id, ...ended, written: false });
    await clean(t, { batchSize: 1 });
    for (const id of ids) expect(await fate(t, id)).toEqual({ id, ...ended, written: true });
  });

  it('calls expired what had run out before, by idle time or by lifetime', async () => {
    await t.sql('update tomo.settings set session_max_lifetime = 600');
    const idle = await aSession(t, alice, { idle: 200, age: 300 });
    const old = await aSession(t, alice, { idle: 1, age: 700 });
    const live = await aSession(t, bob);
    await revokeAllSql(t);
    const times = await one<{ idle: string; old: string }>(
      t,
      `select (select (last_activity_at + interval '60 minutes')::text from tomo.sessions where id = $1) as idle,
                 (select (created_at + interval '600 minutes')::text from tomo.sessions where id = $2) as old`,
      [idle, old],
    );
    expect(await fate(t, idle)).toMatchObject({ reason: 'expired', endedAt: times.idle, revocation: null, by: null });
    expect(await fate(t, old)).toMatchObject({ reason: 'expired', endedAt: times.old, revocation: null, by: null });
    expect(await fate(t, live)).toMatchObject({ reason: 'revoked' });
  });

  it('leaves alone what had ended before', async () => {
    const id = await aSession(t, alice, { ended: 30, reason: 'logout', by: 'alice' });
    const before = await fate(t, id);
    await revokeAllSql(t);
    expect(await fate(t, id)).toEqual(before);
  });

  it('attributes each session to the oldest revocation that ended it, of a user or of all', async () => {
    const [a1, b1] = [await aSession(t, alice), await aSession(t, bob)];
    const r1 = (await revokeUserSql(t, alice)).revocation;
    const a2 = await aSession(t, alice);
    const r2 = await revokeAllSql(t);
    const a3 = await aSession(t, alice);
    const r3 = await revokeAllSql(t);
    const all = await fates(t);
    expect([a1, b1, a2, a3].map((id) => all.get(id)?.revocation)).toEqual([r1, r2, r2, r3]);
  });

  it('keeps only sessions that are live', async () => {
    const [keep, go] = [await aSession(t, alice), await aSession(t, bob)];
    await revokeAllSql(t, { keep: [keep] });
    expect(await liveIds(t)).toEqual([keep]);
    expect(await fate(t, go)).toMatchObject({ reason: 'revoked' });
    await revokeUserSql(t, alice);
    expect(await liveIds(t)).toEqual([]);
  });

  it.each([
    ['that has expired', async () => aSession(t, alice, { idle: 61 })],
    [
      'that a revocation of the user has ended',
      async () => {
        const id = await aSession(t, alice);
        await revokeUserSql(t, alice);
        return id;
      },
    ],
    [
      'of a deactivated user',
      async () => {
        const id = await aSession(t, alice);
        await t.sql('update tomo.users set is_active = false where id = $1', [alice]);
        return id;
      },
    ],
    ['that does not exist', async () => '00000000-0000-4000-8000-000000000000'],
  ])('refuses to keep a session %s, and changes nothing', async (_, make) => {
    const dead = await make();
    const live = await aSession(t, bob);
    const look = async () => [
      await fates(t),
      await count(t, 'tomo.revocations'),
      await auditRows(t),
      await t.sql('select t.epoch, t.min_epoch from tomo.settings t'),
    ];
    const before = await look();
    expect(await codeFrom(revokeAllSql(t, { keep: [live, dead] }))).toBe('TM020');
    expect(await look()).toEqual(before);
    await expect(revokeEverybody(t.db, NOTE, { keep: [live, dead], expect: null })).rejects.toMatchObject({
      code: expect.stringMatching(/KEEP_NOT_LIVE|NOT_FOUND/),
      message: expect.stringContaining(dead),
    });
  });

  it('compares the number that is expected before it does anything', async () => {
    const keep = await aSession(t, alice);
    await aSession(t, bob);
    await aSession(t, bob, { idle: 61 });
    expect(await codeFrom(revokeAllSql(t, { expect: 3 }))).toBe('TM025');
    expect(await codeFrom(revokeAllSql(t, { expect: 2, keep: [keep] }))).toBe('TM025');
    await expect(revokeEverybody(t.db, NOTE, { keep: [], expect: 5 })).rejects.toMatchObject({
      code: 'EXPECTATION_FAILED',
      message: expect.stringMatching(/5.*2/),
    });
    expect([await count(t, 'tomo.live_sessions'), await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([
      2,
      0,
      [],
    ]);
    await revokeAllSql(t, { expect: 2 });
    expect(await liveIds(t)).toEqual([]);
  });

  it('answers how many were live and how many stay', async () => {
    const keep = await aSession(t, alice);
    for (let i = 0; i < 3; i += 1) await aSession(t, bob);
    await aSession(t, bob, { idle: 61 });
    const report = await revokeEverybody(t.db, NOTE, { keep: [keep.slice(0, 14), keep], expect: 3 });
    expect(report).toEqual({ revocation: 1, revoked: 3, kept: 1 });
    expect(await liveIds(t)).toEqual([keep]);
  });

  it('counts to ten thousand and no further, unless a number is expected', async () => {
    const many = () =>
      t.sql(
        'insert into tomo.sessions (user_id, epoch) select $1, t.epoch from tomo.settings t, generate_series(1, 10001)',
        [alice],
      );
    await many();
    expect(await revokeEverybody(t.db, NOTE, { keep: [], expect: null })).toMatchObject({ revoked: null });
    await many();
    expect(await revokeEverybody(t.db, NOTE, { keep: [], expect: 10_001 })).toMatchObject({ revoked: 10_001 });
    expect(await t.sql('select sessions::int from tomo.revocations order by id')).toEqual([
      { sessions: null },
      { sessions: 10_001 },
    ]);
  });

  it('writes the audit in its own transaction: undone with it, chained without', async () => {
    const keep = await aSession(t, alice);
    await expect(
      write(t.db, async (tx) => {
        await revokeAllSql(tx);
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
    expect([await liveIds(t), await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([[keep], 0, []]);
    const r = await revokeAllSql(t, { keep: [keep] });
    await revokeAllSql(t);
    expect(await auditRows(t)).toMatchObject([
      {
        id: 1,
        action: 'revoke-all',
        reason: 'test',
        actor: { osUser: 'olga', host: 'box' },
        detail: { revocation: r, kept: [keep] },
      },
      { id: 2, action: 'revoke-all' },
    ]);
    expect(await chainProblems(t)).toEqual([]);
  });
});

onPostgres('revoking everybody beside other transactions', (t) => {
  it('kills a login in progress that commits afterwards', async () => {
    const alice = await aUser(t);
    const login = await t.connect();
    await write(login, async (tx) => {
      await tx.query('select from tomo.users where id = $1 for no key update', [alice]);
      await tx.query('insert into tomo.sessions (user_id, epoch) select $1, t.epoch from tomo.settings t', [alice]);
      await write(t.db, (other) => revokeAllSql(other), { lockTimeout: 1 });
    });
    expect([await count(t, 'tomo.sessions'), await liveIds(t)]).toEqual([1, []]);
  });

  it('waits for no session that somebody else holds', async () => {
    const user = await aUser(t);
    const id = await aSession(t, user);
    const holder = await t.connect();
    await write(holder, async (tx) => {
      await t.sqlIn(tx, 'select from tomo.sessions where id = $1 and user_id = $2 for update', [id, user]);
      await write(t.db, (other) => revokeAllSql(other), { lockTimeout: 1 });
    });
    expect(await liveIds(t)).toEqual([]);
  });

  it('by eight writers at once forks no chain and loses no epoch', async () => {
    await aSession(t, await aUser(t));
    const writers = await Promise.all(Array.from({ length: 8 }, () => t.connect()));
    await Promise.all(
      writers.map(async (db) => {
        for (let i = 0; i < 10; i += 1) await write(db, (tx) => revokeAllSql(tx), { lockTimeout: 30_000 });
      }),
    );
    expect(await chainProblems(t)).toEqual([]);
    expect(await count(t, 'tomo.audit_log')).toBe(80);
    expect(await one(t, 'select t.epoch::int, t.min_epoch::int from tomo.settings t')).toEqual({
      epoch: 80,
      min_epoch: 80,
    });
    expect(await count(t, '(select distinct epoch from tomo.revocations) e')).toBe(80);
  });

  it('has the same audit hash whatever the time zone and date style of the reader', async () => {
    await revokeAllSql(t);
    await t.sql(`set datestyle = 'German'`);
    await t.sql(`set timezone = 'Asia/Kathmandu'`);
    expect(await chainProblems(t)).toEqual([]);
    await t.sql('reset all');
  });
});
