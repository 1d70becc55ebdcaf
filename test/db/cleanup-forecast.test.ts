import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forecastCleanup } from '../../src/domain/cleanup/cleanup.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { runs } from '../support/extent.ts';
import { auditRows, clean, fates, revokeAllSql, revokeUserSql } from './helpers.ts';

const DAY = 24 * 60;

onBothEngines('the forecast of a cleanup', (t) => {
  it('changes nothing', async () => {
    await aSession(t, await aUser(t), { idle: 90 });
    const before = await fates(t);
    await forecastCleanup(t.db, 1);
    expect([await fates(t), await auditRows(t)]).toEqual([before, []]);
  });

  const minutes = fc.constantFrom(2, 45, 90, 500, 2 * DAY, 5 * DAY, 9 * DAY, 40 * DAY, 60 * DAY);
  const session = fc.record({
    user: fc.nat({ max: 1 }),
    idle: minutes,
    extra: minutes,
    remember: fc.boolean(),
    epoch: fc.nat({ max: 2 }),
    userEpoch: fc.nat({ max: 1 }),
    ended: fc.option(minutes, { nil: undefined, freq: 3 }),
  });
  const world = fc.record({
    sessions: fc.array(session, { minLength: 30, maxLength: 30, size: 'max' }),
    lifetime: fc.constantFrom(0, 600, 3 * DAY),
    retention: fc.constantFrom(null, 1, 3, 30),
    revokedAgo: fc.constantFrom(0, 60, 3 * DAY, 8 * DAY),
    revoke: fc.boolean(),
  });

  it('is what the cleanup then does, whatever the rows', async () => {
    await fc.assert(
      fc.asyncProperty(world, async ({ sessions, lifetime, retention, revokedAgo, revoke }) => {
        await t.empty();
        const users = [await aUser(t), await aUser(t)];
        for (const { user, extra, ...s } of sessions)
          await aSession(t, users[user] ?? '', { ...s, age: s.idle + extra });
        await t.sql('update tomo.settings set session_max_lifetime = $1', [lifetime]);
        if (revoke) {
          await revokeUserSql(t, users[0] ?? '');
          await revokeAllSql(t);
          await revokeAllSql(t);
          await t.sql(`update tomo.revocations set at = at - make_interval(mins => $1)`, [revokedAgo]);
          const order = await t.sql<{ id: string }>('select id from tomo.sessions order by id');
          const [{ at } = {}] = await t.sql<{ at: string }>('select (now() - make_interval(mins => $1))::text as at', [
            revokedAgo,
          ]);
          // a login after the revocation has its epochs
          for (const [i, { id }] of order.entries()) {
            await t.sql(
              `update tomo.sessions set epoch = case when created_at > $4::timestamptz then 2 else $2 end,
            user_epoch = case when created_at > $4::timestamptz then 1 else $3 end where id = $1`,
              [id, sessions[i]?.epoch ?? 0, sessions[i]?.userEpoch ?? 0, at],
            );
          }
        }
        const forecast = await forecastCleanup(t.db, retention);
        const report = await clean(t, { retention, batchSize: 7 });
        expect(report.sessionsDeleted).toBe(forecast.deleted);
        expect(report.sessionsEnded).toBe(forecast.ended);
        expect(await forecastCleanup(t.db, retention)).toEqual({ ended: 0, deleted: 0 });
      }),
      { numRuns: runs(25), endOnFailure: true },
    );
  });
});
