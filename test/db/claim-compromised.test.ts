import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { restoreSessions } from '../../src/domain/revocation/restore.ts';
import { revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import {
  auditRows,
  chainProblems,
  codeFrom,
  fate,
  markAll,
  NOTE,
  one,
  revokeAllSql,
  revokeUserSql,
} from './helpers.ts';

const COMPROMISED = { ...NOTE, compromised: true };
const DO = { dryRun: false, expect: null };

onBothEngines('a compromise that is known too late', (t) => {
  let alice: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
  });

  for (const marked of [true, false]) {
    for (const [scope, revoke] of [
      ['user', async () => (await revokeUserSql(t, alice)).revocation],
      ['all', () => revokeAllSql(t)],
    ] as const) {
      it(`bars one session of a revocation of scope ${scope} from being restored (marked: ${marked})`, async () => {
        const [stolen, other] = [await aSession(t, alice), await aSession(t, alice)];
        const first = await revoke();
        if (marked) await markAll(t, 10);
        const at = (await one<{ at: string }>(t, 'select at::text from tomo.revocations where id = $1', [first])).at;
        const report = await revokeByIds(t.db, [stolen], COMPROMISED, DO);
        expect(report).toMatchObject({
          revocation: first + 1,
          revoked: 0,
          claimed: [stolen],
          results: [{ outcome: 'already-ended' }],
        });
        // ended when and by whom it was, and held by the new one
        expect(await fate(t, stolen)).toMatchObject({
          state: 'revoked',
          reason: 'revoked',
          by: 'olga@box',
          endedAt: at,
          revocation: first + 1,
        });
        if (!marked) await markAll(t, 10);

        const restored = await restoreSessions(t.db, first, NOTE.actor);
        expect(restored).toMatchObject({ live: 1, dead: { deleted: 0, revoked: 0 } });
        expect(await liveIds(t)).toEqual([other]);
        expect(await codeFrom(restoreSessions(t.db, first + 1, NOTE.actor))).toBe('NOT_RESTORABLE');
        expect(await t.sql('select id::int, marked::int from tomo.revocations order by id')).toEqual([
          { id: first, marked: 1 },
          { id: first + 1, marked: 1 },
        ]);
        expect((await auditRows(t)).at(-2)).toMatchObject({
          action: 'revoke',
          detail: { revocation: first + 1, count: 0, filter: { ids: 1, claimed: 1 } },
        });
        expect(await chainProblems(t)).toEqual([]);
      });
    }
  }

  it('takes live ones and ended ones of one command into one revocation', async () => {
    const [live, ended] = [await aSession(t, alice), await aSession(t, alice)];
    await revokeByIds(t.db, [ended], NOTE, DO);
    const report = await revokeByIds(t.db, [ended, live], COMPROMISED, DO);
    expect(report).toMatchObject({
      revocation: 2,
      revoked: 1,
      claimed: [ended],
      results: [{ outcome: 'already-ended' }, { outcome: 'revoked' }],
    });
    expect(await restoreSessions(t.db, 1, NOTE.actor)).toMatchObject({ live: 0, dead: { deleted: 0 } });
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
    await markAll(t, 10);
    expect(await revokeByIds(t.db, [id], NOTE, DO)).toMatchObject({ revocation: null, claimed: [] });
    expect(await revokeByIds(t.db, [id], COMPROMISED, { ...DO, dryRun: true })).toMatchObject({
      revocation: null,
      claimed: [id],
    });
    expect(await restoreSessions(t.db, first, NOTE.actor)).toMatchObject({ live: 1 });
  });

  it('is for an open revocation that was begun for a compromise, and for no other', async () => {
    const id = await aSession(t, alice);
    const first = await revokeAllSql(t, { compromised: true });
    const claim = (revocation: number) =>
      codeFrom(t.sql('select tomo.claim_compromised($1, array[$2::uuid])', [revocation, id]));
    expect(await claim(first)).toBe('TM024');
    expect(await claim(99)).toBe('TM024');
    const plain = write(t.db, async (tx) => {
      await tx.query(`select tomo.claim_compromised(tomo.begin_revocation('{}', null, '{}', false), array[$1::uuid])`, [
        id,
      ]);
    });
    expect(await codeFrom(plain)).toBe('TM024');
  });
});

onPostgres('a compromise beside a restore', (t) => {
  it('is not undone by a restore that has begun, nor does it miss what a restore has brought back', async () => {
    const alice = await aUser(t);
    const [one, two] = [await aSession(t, alice), await aSession(t, alice)];
    const first = await revokeAllSql(t);
    await markAll(t, 10);
    const other = await t.connect();
    // restored, and nothing un-marked yet
    await t.sql('select tomo.restore($1)', [first]);
    await revokeByIds(other, [one], COMPROMISED, DO);
    await t.sql('select tomo.unmark_restored($1, 100)', [first]);
    expect(await liveIds(t)).toEqual([two]);
    await revokeByIds(other, [two], COMPROMISED, DO);
    expect(await liveIds(t)).toEqual([]);
  });
});
