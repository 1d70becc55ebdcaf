import { expect, it } from 'vitest';
import { Lease, withLease } from '../../src/db/lease/lease.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { clean, codeFrom, count } from './helpers.ts';

onPostgres('a lease', (t) => {
  it('is of one at a time, and free again once the work is done or has failed', async () => {
    const [one, two] = [await t.connect(), await t.connect()];
    const inside = await withLease(one, 'cleanup', () => withLease(two, 'cleanup', async () => 'both'));
    expect(inside).toBeUndefined();
    const failed = withLease(one, 'cleanup', () => Promise.reject(new Error('broken')));
    await expect(failed).rejects.toThrow('broken');
    expect(await withLease(two, 'cleanup', async () => 'after')).toBe('after');
    expect(await count(t, 'tomo.leases')).toBe(0);
  });

  it('of two cleanups that begin at once lets one work', async () => {
    const user = await aUser(t);
    for (let i = 0; i < 20; i += 1) await aSession(t, user, { idle: 90 });
    const databases = await Promise.all(Array.from({ length: 4 }, () => t.connect()));
    const reports = await Promise.all(databases.map((db) => clean({ db }, { batchSize: 1 })));
    expect(reports.filter((report) => !report.alreadyRunning)).toMatchObject([{ sessionsEnded: 20 }]);
  });

  it('of a program that has vanished is taken over when it has run out, and not before', async () => {
    const [vanished, other] = [new Lease(await t.connect(), 'cleanup', 120), await t.connect()];
    expect(await vanished.hold()).toBe(true);
    expect(await clean({ db: other })).toMatchObject({ alreadyRunning: true });
    await t.sql(`update tomo.leases set until = until - interval '120 seconds'`);
    expect(await clean({ db: other })).toMatchObject({ alreadyRunning: false });
  });

  it('that somebody else has taken over stops the work, and is not released by the first', async () => {
    const [first, second] = [await t.connect(), new Lease(await t.connect(), 'geo', 120)];
    const lost = await withLease(
      first,
      'geo',
      async (lease) => {
        await t.sql(`update tomo.leases set until = clock_timestamp()`);
        expect(await second.hold()).toBe(true);
        return lease.hold();
      },
      0,
    );
    expect([lost, await count(t, 'tomo.leases')]).toEqual([false, 1]);
    await second.release();
  });

  it('is only for whoever may do what it is for', async () => {
    const role = `tomo_leaseless_${process.pid}`;
    await t.sql(`create role ${role} login`);
    await t.sql(`grant usage on schema tomo to ${role}`);
    await t.sql(`grant execute on function tomo.take_lease to ${role}`);
    const db = await t.connect();
    await db.query(`set session authorization ${role}`);
    for (const name of ['cleanup', 'geo', 'indexes'] as const)
      expect(await codeFrom(new Lease(db, name, 60).hold())).toBe('42501');
    await db.query('reset session authorization');
    await t.sql(`grant execute on function tomo.record_cleanup to ${role}`);
    await db.query(`set session authorization ${role}`);
    expect(await new Lease(db, 'cleanup', 60).hold()).toBe(true);
    await db.query('reset session authorization');
    await t.sql('delete from tomo.leases');
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });
});
