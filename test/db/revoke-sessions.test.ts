import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { revokeByFilter, revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { auditRows, chainProblems, clean, count, fate, fates, NOTE, one, restoreSql } from './helpers.ts';
import { touch } from './server-calls.ts';

onBothEngines('revoking chosen sessions', (t) => {
  let alice: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
  });
  const byIds = (ids: string[], expect: number | null = null) =>
    revokeByIds(t.db, ids, NOTE, { dryRun: false, expect });

  it('ends those and no other, in the transaction itself', async () => {
    const [a, b, c] = [await aSession(t, alice), await aSession(t, alice), await aSession(t, alice)];
    const report = await byIds([a, b.slice(0, 13).toUpperCase()]);
    expect(report).toMatchObject({
      revoked: 2,
      remaining: { username: 'alice', sessions: 1 },
      results: [{ id: a, outcome: 'revoked' }, { outcome: 'revoked' }],
    });
    expect(await liveIds(t)).toEqual([c]);
    expect(await fate(t, a)).toMatchObject({ reason: 'revoked', by: 'olga@box', revocation: report.revocation });
  });

  it('ends nobody by a revocation that is committed without its audit', async () => {
    t.notOnCluster('no trigger watches it there');
    const id = await aSession(t, alice);
    const unsealed = write(t.db, (tx) =>
      tx.query(
        `insert into tomo.revocation_targets (revocation_id, session_id, user_id)
         select tomo.begin_revocation('{}', null, '{}', true), $1, $2`,
        [id, alice],
      ),
    );
    await expect(unsealed).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/^Refused: revocation \d+ was begun and not sealed\. Nothing was changed\.$/),
    });
    expect(await liveIds(t)).toEqual([id]);
  });

  it('still knows whom it was meant for once cleanup has written the ends, and after an undo', async () => {
    const [a, b] = [await aSession(t, alice), await aSession(t, alice)];
    const { revocation } = await byIds([a]);
    await restoreSql(t, revocation ?? 0);
    await revokeByIds(t.db, [b], { ...NOTE, compromised: true }, { dryRun: false, expect: null });
    await clean(t);
    expect(await count(t, 'tomo.revocation_targets')).toBe(2);
  });

  it('gives every id its own answer and does the rest', async () => {
    const live = await aSession(t, alice);
    const ended = await aSession(t, alice, { ended: 5, reason: 'logout', by: 'alice' });
    const expired = await aSession(t, alice, { idle: 90 });
    const report = await byIds([ended, '00000000-0000-4000-8000-000000000000', live, expired, live]);
    expect(report.results.map((r) => r.outcome)).toEqual([
      'already-ended',
      'not-found',
      'revoked',
      'already-ended',
      'revoked',
    ]);
    expect(report.revoked).toBe(1);
    expect(await liveIds(t)).toEqual([]);
  });

  it('keeps the first time, reason and actor of what has ended already', async () => {
    const id = await aSession(t, alice);
    await byIds([id]);
    const first = await fate(t, id);
    expect(first.reason).toBe('revoked');
    await byIds([id]);
    await t.sql('select tomo.revoke_sessions(array[$1::uuid])', [id]);
    expect(await fate(t, id)).toEqual(first);
    expect([await count(t, 'tomo.revocations'), (await auditRows(t)).length]).toEqual([1, 1]);
  });

  it('serves a server too, which gets null when none was live', async () => {
    const [a, b] = [await aSession(t, alice), await aSession(t, alice, { idle: 61 })];
    const revoke = (ids: string[] | null) =>
      one<{ r: number | null }>(
        t,
        `select tomo.revoke_sessions($1::uuid[], '{"user": "alice"}', 'logged out elsewhere')::int as r`,
        [ids],
      );
    const { r } = await revoke([a, b, a]);
    expect(await fate(t, a)).toMatchObject({ reason: 'revoked', by: 'alice (claimed)', revocation: r });
    expect(await fate(t, b)).toMatchObject({ state: 'expired', written: false });
    expect([await revoke([a, b]), await revoke([]), await revoke(null)]).toEqual([
      { r: null },
      { r: null },
      { r: null },
    ]);
    expect([
      await count(t, 'tomo.revocations'),
      await count(t, 'tomo.revocation_targets'),
      (await auditRows(t)).length,
    ]).toEqual([1, 1, 1]);
  });

  it('audits how many, which and why, in the same transaction', async () => {
    const ids = [await aSession(t, alice), await aSession(t, alice)].sort();
    const { revocation } = await byIds(ids);
    const { digest } = await one<{ digest: string }>(
      t,
      `select encode(sha256(string_agg(uuid_send(x::uuid), ''::bytea order by x::uuid)), 'hex') as digest from unnest($1::text[]) x`,
      [ids],
    );
    expect(await auditRows(t)).toMatchObject([
      { action: 'revoke', reason: 'test', detail: { revocation, scope: 'sessions', count: 2, ids: digest } },
    ]);
    expect(await chainProblems(t)).toEqual([]);
  });

  it('leaves neither row, revocation nor audit when it is rolled back', async () => {
    const id = await aSession(t, alice);
    await expect(
      write(t.db, async (tx) => {
        await tx.query('select tomo.revoke_sessions(array[$1::uuid])', [id]);
        throw new Error('undo');
      }),
    ).rejects.toThrow('undo');
    expect([await liveIds(t), await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([[id], 0, []]);
  });

  it('compares the number of live ones that is expected, and changes nothing when it differs', async () => {
    const ids = [await aSession(t, alice), await aSession(t, alice, { idle: 61 })];
    await expect(byIds(ids, 2)).rejects.toMatchObject({
      code: 'EXPECTATION_FAILED',
      message: expect.stringMatching(/2.*1/),
    });
    expect([await count(t, 'tomo.live_sessions'), await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([
      1,
      0,
      [],
    ]);
    expect(await byIds(ids, 1)).toMatchObject({ revoked: 1 });
  });

  it('makes no revocation when nothing was live, also when that was expected', async () => {
    const dead = await aSession(t, alice, { idle: 61 });
    expect(await byIds([dead], 0)).toMatchObject({ revocation: null, revoked: 0 });
    await expect(byIds([dead], 1)).rejects.toMatchObject({ code: 'EXPECTATION_FAILED' });
    expect([await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([0, []]);
  });

  it('changes nothing for a malformed or ambiguous id among good ones, and names the candidates', async () => {
    const live = await aSession(t, alice, { id: 'abcd1234-0000-4000-8000-000000000001' });
    const other = await aSession(t, alice, { id: 'abcd1234-0000-4000-8000-000000000002' });
    await expect(byIds([live, 'xyz'])).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(byIds([live, 'abc'])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('short'),
    });
    await expect(byIds([live, 'abcd12'])).rejects.toMatchObject({
      code: 'AMBIGUOUS_ID',
      details: { candidates: expect.arrayContaining([live, other]) },
    });
    expect(await liveIds(t)).toEqual([live, other]);
  });

  it('says beforehand what it would do, and does nothing', async () => {
    const [live, dead] = [await aSession(t, alice), await aSession(t, alice, { idle: 61 })];
    const before = await fates(t);
    const report = await revokeByIds(t.db, [live, dead], NOTE, { dryRun: true, expect: null });
    expect(report).toMatchObject({
      dryRun: true,
      revocation: null,
      revoked: 1,
      results: [{ outcome: 'would-revoke' }, { outcome: 'already-ended' }],
      remaining: { sessions: 0 },
    });
    expect([await fates(t), await auditRows(t)]).toEqual([before, []]);
  });

  it('takes by filter the live ones that match, and no dead one whatever state the filter names', async () => {
    const gone = await aSession(t, alice, { ip: '198.51.100.4' });
    const stays = await aSession(t, alice, { ip: '203.0.113.4' });
    const expired = await aSession(t, alice, { ip: '198.51.100.5', idle: 90 });
    const report = await revokeByFilter(t.db, { state: 'all', ips: ['198.51.100.0/24'] }, NOTE, 1);
    expect(report).toEqual({ revocation: 1, revoked: 1 });
    expect(await liveIds(t)).toEqual([stays]);
    expect([(await fate(t, gone)).reason, (await fate(t, expired)).reason]).toEqual(['revoked', 'expired']);
  });

  it('leaves no trace of a filter that selects nothing', async () => {
    await aSession(t, alice);
    const nothing = { revocation: null, revoked: 0 };
    expect(await revokeByFilter(t.db, { state: 'active', ips: ['192.0.2.1'] }, NOTE, null)).toMatchObject(nothing);
    expect(await revokeByFilter(t.db, { state: 'active', ips: ['192.0.2.1'] }, NOTE, 0)).toMatchObject(nothing);
    await expect(revokeByFilter(t.db, { state: 'active', ips: ['192.0.2.1'] }, NOTE, 1)).rejects.toMatchObject({
      code: 'EXPECTATION_FAILED',
    });
    await expect(revokeByFilter(t.db, { state: 'active', users: ['alcie'] }, NOTE, null)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('alice'),
    });
    expect([await count(t, 'tomo.revocations'), await auditRows(t)]).toEqual([0, []]);
  });

  it('is in force for any number at once, and one write undoes it', async () => {
    await t.sql(`insert into tomo.sessions (user_id, ip) select $1, '198.51.100.9' from generate_series(1, 10500)`, [
      alice,
    ]);
    const before = await t.sql('select ctid, id from tomo.sessions order by id');
    const report = await revokeByFilter(t.db, { state: 'active', ips: ['198.51.100.9'] }, NOTE, 10_500);
    expect(report).toEqual({ revocation: 1, revoked: 10_500 });
    expect([await count(t, 'tomo.live_sessions'), await auditRows(t)]).toMatchObject([
      0,
      [{ detail: { count: 10_500 } }],
    ]);
    await restoreSql(t, 1);
    expect(await count(t, 'tomo.live_sessions')).toBe(10_500);
    expect(await t.sql('select ctid, id from tomo.sessions order by id')).toEqual(before);
    await t.sql('delete from tomo.sessions');
    await clean(t);
    expect(await count(t, 'tomo.revocation_targets')).toBe(0);
  });

  it('killed before its commit, leaves nobody out, now or ever', async () => {
    const id = await aSession(t, alice);
    await expect(
      write(t.db, async (tx) => {
        await tx.query(`select tomo.begin_revocation('{}', null, '{}', false)`);
        await tx.query('insert into tomo.revocation_targets (user_id, session_id, revocation_id) values ($1, $2, 1)', [
          alice,
          id,
        ]);
        throw new Error('killed');
      }),
    ).rejects.toThrow('killed');
    await clean(t);
    expect([await liveIds(t), await count(t, 'tomo.revocations')]).toEqual([[id], 0]);
  });
});

onPostgres('revoking chosen sessions beside other transactions', (t) => {
  it('waits for no session that a request holds, and the request is the last one', async () => {
    const id = await aSession(t, await aUser(t));
    const holder = await t.connect();
    await write(holder, async (tx) => {
      await t.sqlIn(tx, 'update tomo.sessions set last_activity_at = clock_timestamp() where id = $1', [id]);
      await write(t.db, (other) => other.query('select tomo.revoke_sessions(array[$1::uuid])', [id]), {
        lockTimeout: 1,
      });
    });
    expect(await liveIds(t)).toEqual([]);
    expect(await touch(t, id)).toMatchObject({ accepted: false, reason: 'revoked' });
  });
});
