import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import {
  auditRows,
  chainProblems,
  clean,
  codeFrom,
  count,
  fates,
  NOTE,
  one,
  pass,
  restoreSql,
  revokeAllSql,
  revokeUserSql,
} from './helpers.ts';

const DAY = 24 * 60;

onBothEngines('cleanup of sessions', (t) => {
  let alice: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
    // the partitions are there from now on: what a run reports is about sessions
    await clean(t);
  });
  const momentOf = async (id: string, expression: string) =>
    (await one<{ at: string }>(t, `select (${expression})::text as at from tomo.sessions where id = $1`, [id])).at;

  it('writes what has expired with the moment it did, by idle time, remembered or not, or by lifetime', async () => {
    await t.sql('update tomo.settings set session_max_lifetime = 50000');
    const idle = await aSession(t, alice, { idle: 90 });
    const remembered = await aSession(t, alice, { idle: 43_205, age: 43_300, remember: true });
    const old = await aSession(t, alice, { idle: 1, age: 50_005, remember: true });
    const times = [
      await momentOf(idle, `last_activity_at + interval '60 minutes'`),
      await momentOf(remembered, `last_activity_at + interval '43200 minutes'`),
      await momentOf(old, `created_at + interval '50000 minutes'`),
    ];
    expect(await clean(t)).toMatchObject({ sessionsEnded: 3, sessionsDeleted: 0 });
    const all = await fates(t);
    expect([idle, remembered, old].map((id) => all.get(id)?.endedAt)).toEqual(times);
    for (const id of [idle, remembered, old])
      expect(all.get(id)).toMatchObject({ state: 'expired', reason: 'expired', by: null, revocation: null });
  });

  it('never touches a live session', async () => {
    await aSession(t, alice, { idle: 58, age: 9000 });
    await aSession(t, alice, { idle: 43_100, age: 60_000, remember: true });
    await aSession(t, alice, { idle: 90 });
    const live = await liveIds(t);
    const before = await t.sql('select * from tomo.sessions where id = any($1) order by id', [live]);
    await clean(t, { batchSize: 1, retention: 1 });
    expect(live).toHaveLength(2);
    expect(await t.sql('select * from tomo.sessions where id = any($1) order by id', [live])).toEqual(before);
  });

  it('deletes what ended longer ago than the retention, and keeps the rest', async () => {
    for (const ended of [7 * DAY + 5, 30 * DAY]) await aSession(t, alice, { ended, age: 40 * DAY, idle: 35 * DAY });
    const kept = [
      await aSession(t, alice, { ended: 7 * DAY - 5, age: 8 * DAY, idle: 7 * DAY }),
      await aSession(t, alice, { ended: 5, reason: 'logout' }),
    ];
    expect(await clean(t)).toMatchObject({ sessionsDeleted: 2, sessionsEnded: 0 });
    expect([...(await fates(t)).keys()].sort()).toEqual(kept.sort());
  });

  it('deletes what ran out longer ago than the retention without writing it first', async () => {
    await aSession(t, alice, { idle: 7 * DAY + 65, age: 9 * DAY });
    await aSession(t, alice, { idle: 37 * DAY + 65, age: 90 * DAY, remember: true });
    const kept = await aSession(t, alice, { idle: 7 * DAY + 55, age: 9 * DAY });
    expect(await clean(t)).toMatchObject({ sessionsDeleted: 2, sessionsEnded: 1 });
    expect([...(await fates(t)).keys()]).toEqual([kept]);
  });

  it('takes another retention for one run, and never less than a day', async () => {
    await aSession(t, alice, { ended: 2 * DAY, idle: 3 * DAY, age: 3 * DAY });
    const kept = await aSession(t, alice, { ended: DAY - 5, idle: 3 * DAY, age: 3 * DAY });
    expect(await clean(t, { retention: 30 })).toMatchObject({ sessionsDeleted: 0 });
    expect(await clean(t, { retention: 0 })).toMatchObject({ sessionsDeleted: 1 });
    expect([...(await fates(t)).keys()]).toEqual([kept]);
    await t.sql('update tomo.settings set retention_sessions = 1');
    expect(await clean(t)).toMatchObject({ sessionsDeleted: 0 });
  });

  it('writes whom a revocation has ended, with its moment and actor, once it can no longer be undone', async () => {
    const [first, chosen, expired] = [
      await aSession(t, alice),
      await aSession(t, alice, { remember: true }),
      await aSession(t, alice, { idle: 90 }),
    ];
    await t.sql('select tomo.revoke_sessions(array[$1::uuid], $2)', [chosen, JSON.stringify(NOTE.actor)]);
    await revokeUserSql(t, alice);
    const second = await aSession(t, alice);
    await revokeAllSql(t);
    const live = await aSession(t, alice, { remember: true });
    // what had run out is final at once
    expect(await clean(t)).toMatchObject({ sessionsEnded: 1, sessionsDeleted: 0 });
    await pass(t, 23.9);
    expect(await clean(t)).toMatchObject({ sessionsEnded: 0, sessionsDeleted: 0 });
    await pass(t, 0.2);
    const before = await fates(t);
    const told = [chosen, first, second].map((id) => before.get(id));
    expect(told).toMatchObject([1, 2, 3].map((revocation) => ({ revocation, reason: 'revoked', by: 'olga@box' })));
    expect(before.get(expired)).toMatchObject({ revocation: null, reason: 'expired' });
    expect(await clean(t)).toMatchObject({ sessionsEnded: 3, sessionsDeleted: 0 });
    const after = await fates(t);
    for (const fate of before.values()) expect(after.get(fate.id)).toEqual({ ...fate, written: fate.id !== live });
    expect([await liveIds(t), await count(t, 'tomo.revocation_targets')]).toEqual([[live], 1]);
  });

  it('is missed by nobody for a month: who is out, since when, by whom and why is the same', async () => {
    const device = { remember: true, idle: 5, age: 60 };
    const [chosen, his, lapsed] = [
      await aSession(t, alice, device),
      await aSession(t, alice, device),
      await aSession(t, alice),
    ];
    await t.sql('select tomo.revoke_sessions(array[$1::uuid])', [chosen]);
    await t.sql(`select tomo.set_settings('{"session_timeout": 5, "remember_me_timeout": 100000}')`);
    await pass(t, 1);
    await t.sql(`select tomo.set_settings('{"session_timeout": 480}')`);
    await revokeUserSql(t, alice);
    await pass(t, (31 * DAY) / 60);
    const told = await fates(t);
    expect([chosen, his, lapsed].map((id) => told.get(id))).toMatchObject([
      { reason: 'revoked', revocation: 1 },
      { reason: 'revoked', revocation: 2 },
      { reason: 'expired', revocation: null },
    ]);
    expect(await codeFrom(restoreSql(t, 2))).toBe('TM022');
    // no revocation goes while a session hangs on it, however old
    await pass(t, 400 * 24);
    for (const rows of [1, 1000]) await t.sql('select tomo.prune_history($1)', [rows]);
    expect(await count(t, 'tomo.revocations')).toBe(2);
    expect((await fates(t)).get(his)).toMatchObject({ reason: 'revoked', revocation: 2, written: false });
    expect(await clean(t, { batchSize: 1 })).toMatchObject({ sessionsDeleted: 3 });
  });

  it.each([1, 2, 7])('works through more rows than a batch of %i holds', async (batchSize) => {
    for (let i = 0; i < 6; i += 1) {
      // several with equal times
      await aSession(t, alice, { idle: 90 + (i % 2), age: 200, remember: false });
      await aSession(t, alice, { idle: 9 * DAY + (i % 2), age: 10 * DAY });
      await aSession(t, alice, { ended: 8 * DAY + (i % 2), idle: 9 * DAY, age: 10 * DAY });
    }
    const live = await aSession(t, alice);
    expect(await clean(t, { batchSize })).toMatchObject({
      sessionsEnded: 6,
      sessionsDeleted: 12,
      workRemains: false,
      interrupted: false,
    });
    expect([await count(t, 'tomo.sessions'), await liveIds(t)]).toEqual([7, [live]]);
    expect(await clean(t, { batchSize })).toMatchObject({ sessionsEnded: 0, sessionsDeleted: 0 });
  });

  it('tells its progress, and stops between two batches when interrupted', async () => {
    for (let i = 0; i < 10; i += 1) await aSession(t, alice, { idle: 9 * DAY, age: 10 * DAY });
    const stop = new AbortController();
    const seen: number[] = [];
    const report = await clean(t, {
      batchSize: 4,
      signal: stop.signal,
      onProgress: (rows) => {
        seen.push(rows);
        stop.abort();
      },
    });
    expect(report).toMatchObject({ sessionsDeleted: 4, interrupted: true, workRemains: true });
    expect(seen).toEqual([4]);
    expect(await count(t, 'tomo.sessions')).toBe(6);
    expect(await clean(t)).toMatchObject({ sessionsDeleted: 6, workRemains: false });
  });

  it('with no time left leaves the work and says so', async () => {
    for (let i = 0; i < 20; i += 1) await aSession(t, alice, { idle: 9 * DAY, age: 10 * DAY });
    expect(await clean(t, { maxDuration: 0, batchSize: 1 })).toMatchObject({ workRemains: true, interrupted: false });
    expect(await count(t, 'tomo.sessions')).toBeGreaterThan(0);
    expect(await clean(t, { maxDuration: 600_000 })).toMatchObject({ workRemains: false });
    expect(await count(t, 'tomo.sessions')).toBe(0);
  });

  it('writes one audit row with what it did, and none when there was nothing to do', async () => {
    await aSession(t, alice, { idle: 90 });
    const before = (await auditRows(t)).length;
    const report = await clean(t);
    const rows = await auditRows(t);
    expect(rows.slice(before)).toMatchObject([
      { action: 'cleanup', actor: { osUser: 'olga' }, detail: { sessionsEnded: 1, sessionsDeleted: 0 } },
    ]);
    expect(await clean(t)).toMatchObject({ sessionsEnded: 0, auditHead: report.auditHead });
    expect((await auditRows(t)).length).toBe(rows.length);
    expect(report.auditHead).toBe(
      (await one<{ head: string }>(t, `select encode(hash, 'hex') as head from tomo.audit_head`)).head,
    );
    expect(await chainProblems(t)).toEqual([]);
  });

  it('notes when it ran last, also with nothing to do', async () => {
    await t.sql('update tomo.settings set last_cleanup_at = null');
    await clean(t);
    expect(await one(t, `select last_cleanup_at > now() - interval '1 minute' as ran from tomo.settings`)).toEqual({
      ran: true,
    });
  });
});

onPostgres('cleanup beside other transactions', (t) => {
  let alice: string;
  beforeEach(async () => {
    alice = await aUser(t);
  });

  it('lets a second one say that it is running already, and do nothing', async () => {
    await aSession(t, alice, { idle: 90 });
    const other = await t.connect();
    let second: unknown;
    const step = async () => {
      second ??= await cleanUp(other, { actor: NOTE.actor, retention: null, batchSize: 10, maxDuration: null });
    };
    // the first one is in the middle of its work
    const db = Object.create(t.db, {
      transaction: {
        value: async (...args: Parameters<typeof t.db.transaction>) => {
          await step();
          return t.db.transaction(...args);
        },
      },
      query: { value: t.db.query.bind(t.db) },
    }) as typeof t.db;
    expect(await clean({ db })).toMatchObject({ alreadyRunning: false, sessionsEnded: 1 });
    expect(second).toMatchObject({ alreadyRunning: true, sessionsEnded: 0, workRemains: false });
    expect(
      await cleanUp(other, { actor: NOTE.actor, retention: null, batchSize: 10, maxDuration: null }),
    ).toMatchObject({ alreadyRunning: false });
  });

  it('skips rows that a request holds, and the next run takes them', async () => {
    const held = [
      await aSession(t, alice, { idle: 90 }),
      await aSession(t, alice, { idle: 9 * DAY, age: 10 * DAY }),
      await aSession(t, alice, { ended: 8 * DAY, age: 10 * DAY }),
    ];
    for (const values of [{ idle: 91 }, { idle: 9 * DAY, age: 10 * DAY }, { ended: 8 * DAY, age: 10 * DAY }])
      await aSession(t, alice, values);
    const request = await t.connect();
    await write(request, async (tx) => {
      await t.sqlIn(tx, 'select from tomo.sessions where id = any($1) for update', [held]);
      expect(await clean(t)).toMatchObject({ sessionsEnded: 1, sessionsDeleted: 2 });
    });
    expect(await clean(t)).toMatchObject({ sessionsEnded: 1, sessionsDeleted: 2 });
  });

  it('goes on behind a whole batch that is held, whatever has ended its sessions', async () => {
    const bob = await aUser(t);
    const own = async (user: string) => {
      const ids: string[] = [];
      for (const age of [16, 15, 14, 13, 12, 11]) ids.push(await aSession(t, user, { age }));
      return ids;
    };
    const [his, hers] = [await own(bob), await own(alice)];
    await revokeUserSql(t, bob, { compromised: true });
    await t.sql('select tomo.revoke_sessions($1::uuid[], p_compromised => true)', [hers]);
    const first = [...his.slice(0, 2), ...hers.toSorted().slice(0, 2)];
    const request = await t.connect();
    await write(request, async (tx) => {
      await t.sqlIn(tx, 'select from tomo.sessions where id = any($1) for update', [first]);
      expect(await clean(t, { batchSize: 2 })).toMatchObject({ sessionsEnded: 8 });
    });
    expect(await clean(t, { batchSize: 2 })).toMatchObject({ sessionsEnded: 4 });
  });

  it('lets go of its lease when it fails', async () => {
    await aSession(t, alice, { idle: 90 });
    await t.sql('alter function tomo.end_sessions rename to end_sessions_away');
    await expect(clean(t)).rejects.toThrow();
    await t.sql('alter function tomo.end_sessions_away rename to end_sessions');
    const other = await t.connect();
    expect(await clean({ db: other })).toMatchObject({ alreadyRunning: false, sessionsEnded: 1 });
  });

  it('tells nobody that a session it has only tidied was ended', async () => {
    await aSession(t, alice, { idle: 90 });
    const { Client } = await import('pg');
    const listener = new Client({ connectionString: t.url });
    await listener.connect();
    const heard: unknown[] = [];
    listener.on('notification', (message) => heard.push(message.payload));
    await listener.query('listen tomo_session_ended');
    await clean(t);
    await listener.query('select 1');
    await listener.end();
    expect(heard).toEqual([]);
  });
});
