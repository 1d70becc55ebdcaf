import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { restoreSessions } from '../../src/domain/revocation/restore.ts';
import { revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import {
  auditRows,
  chainProblems,
  clean,
  codeFrom,
  fate,
  NOTE,
  pass,
  revokeAllSql,
  revokeUserSql,
  untilWaiting,
} from './helpers.ts';

const COMPROMISED = { ...NOTE, compromised: true };
const DO = { dryRun: false, expect: null };

onBothEngines('a compromise that is known too late', (t) => {
  let alice: string;
  let stolen: string;
  let other: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
  });

  it.each([
    ['user', async () => (await revokeUserSql(t, alice)).revocation],
    ['all', () => revokeAllSql(t)],
    ['sessions', async () => (await revokeByIds(t.db, [stolen, other], NOTE, DO)).revocation ?? 0],
  ])('bars one session of a revocation of scope %s from being restored', async (_, revoke) => {
    [stolen, other] = [await aSession(t, alice), await aSession(t, alice)];
    const first = await revoke();
    const before = await fate(t, stolen);
    expect(await revokeByIds(t.db, [stolen], COMPROMISED, DO)).toMatchObject({
      revocation: first + 1,
      revoked: 0,
      claimed: [stolen],
      results: [{ outcome: 'already-ended' }],
    });
    // ended when and by what it was, for as long as that stands
    expect(await fate(t, stolen)).toEqual(before);
    expect((await auditRows(t)).at(-1)).toMatchObject({
      action: 'revoke',
      detail: { revocation: first + 1, count: 1, filter: { ids: 1, claimed: 1 } },
    });
    const restored = await restoreSessions(t.db, first, NOTE.actor);
    expect(restored).toMatchObject({ live: 1, dead: { deleted: 0, revoked: 1 }, newer: [{ revocation: first + 1 }] });
    expect(await liveIds(t)).toEqual([other]);
    expect(await codeFrom(restoreSessions(t.db, first + 1, NOTE.actor))).toBe('NOT_RESTORABLE');
    expect(await clean(t)).toMatchObject({ sessionsEnded: 1 });
    expect(await fate(t, stolen)).toMatchObject({ reason: 'revoked', revocation: first + 1, written: true });
    expect(await chainProblems(t)).toEqual([]);
  });

  it('takes live ones and ended ones of one command into one revocation', async () => {
    const [live, ended] = [await aSession(t, alice), await aSession(t, alice)];
    await revokeByIds(t.db, [ended], NOTE, DO);
    // expected are those that it chooses, and not only those that are live
    expect(await codeFrom(revokeByIds(t.db, [ended, live], COMPROMISED, { ...DO, expect: 1 }))).toBe('TM025');
    const report = await revokeByIds(t.db, [ended, live], COMPROMISED, { ...DO, expect: 2 });
    expect(report).toMatchObject({
      revocation: 2,
      revoked: 1,
      claimed: [ended],
      results: [{ outcome: 'already-ended' }, { outcome: 'revoked' }],
    });
    expect(await restoreSessions(t.db, 1, NOTE.actor)).toMatchObject({ live: 0, dead: { deleted: 0, revoked: 1 } });
    expect(await liveIds(t)).toEqual([]);
  });

  it('makes no revocation where nothing could come back', async () => {
    const ids = {
      out: await aSession(t, alice, { ended: 1, reason: 'logout' }),
      expired: await aSession(t, alice, { idle: 90 }),
      barred: await aSession(t, alice),
    };
    await revokeByIds(t.db, [ids.barred], COMPROMISED, DO);
    await revokeAllSql(t);
    const before = await t.sql('select * from tomo.revocations order by id');
    const audit = await auditRows(t);
    expect(await revokeByIds(t.db, Object.values(ids), COMPROMISED, DO)).toMatchObject({
      revocation: null,
      revoked: 0,
      claimed: [],
    });
    expect(await t.sql('select * from tomo.revocations order by id')).toEqual(before);
    expect(await auditRows(t)).toEqual(audit);
  });

  it('leaves everything as it is without the flag, and in a dry run, which says what it would bar', async () => {
    const id = await aSession(t, alice);
    const first = await revokeAllSql(t);
    expect(await revokeByIds(t.db, [id], NOTE, DO)).toMatchObject({ revocation: null, claimed: [] });
    expect(await revokeByIds(t.db, [id], COMPROMISED, { ...DO, dryRun: true })).toMatchObject({
      revocation: null,
      claimed: [id],
    });
    expect(await restoreSessions(t.db, first, NOTE.actor)).toMatchObject({ live: 1 });
  });

  it('is written at once, and so stays out when the first revocation is long past its undo', async () => {
    const id = await aSession(t, alice, { remember: true });
    await revokeByIds(t.db, [id], COMPROMISED, DO);
    expect(await fate(t, id)).toMatchObject({ reason: 'revoked', revocation: 1, written: false });
    expect(await clean(t)).toMatchObject({ sessionsEnded: 1 });
    const written = await fate(t, id);
    await pass(t, 25);
    await clean(t);
    expect(await fate(t, id)).toMatchObject({ ...written, endedAt: expect.any(String) });
    expect(await codeFrom(restoreSessions(t.db, 1, NOTE.actor))).toBe('NOT_RESTORABLE');
  });
});

onPostgres('a compromise beside a restore', (t) => {
  it('is not undone by a restore under way', async () => {
    const alice = await aUser(t);
    const [stolen, other] = [await aSession(t, alice), await aSession(t, alice)];
    const first = await revokeAllSql(t);
    const connection = await t.connect();
    let claimed: Promise<unknown> | undefined;
    await write(connection, async (tx) => {
      await tx.query('select tomo.restore($1)', [first]);
      claimed = revokeByIds(t.db, [stolen], COMPROMISED, DO);
      await untilWaiting(tx, 'revoke_ids');
    });
    await claimed;
    expect(await liveIds(t)).toEqual([other]);
  });
});
