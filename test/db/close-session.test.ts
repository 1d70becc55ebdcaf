import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { fate, one, revokeUserSql } from './helpers.ts';
import { close, open } from './server-calls.ts';

onBothEngines('close_session', (t) => {
  let user: string;
  beforeEach(async () => {
    user = await aUser(t, { username: 'alice' });
  });

  it('logs out once, and says by whom', async () => {
    const [first, second, third] = [await open(t, user), await open(t, user), await open(t, user)].map(
      (s) => s.session_id,
    ) as [string, string, string];
    expect(await close(t, first)).toBe(true);
    expect(await close(t, first, 'somebody later')).toBe(false);
    expect(await fate(t, first)).toMatchObject({
      state: 'logged-out',
      reason: 'logout',
      by: 'alice',
      revocation: null,
    });
    expect(await close(t, second, 'the other tab'.repeat(100))).toBe(true);
    expect((await fate(t, second)).by).toBe(`${'the other tab'.repeat(100).slice(0, 240)} (claimed)`);
    expect(await fate(t, third)).toMatchObject({ state: 'active' });
  });

  it('takes a session that is not there for one that is not live', async () => {
    expect(await close(t, '00000000-0000-4000-8000-000000000000')).toBe(false);
  });

  it.each([
    ['idle for too long', {}, { idle: 90, age: 100 }, `last_activity_at + interval '60 minutes'`],
    [
      'remembered, and idle for too long',
      { remember_me_timeout: 80 },
      { idle: 90, age: 100, remember: true },
      `last_activity_at + interval '80 minutes'`,
    ],
    ['too old', { session_max_lifetime: 60 }, { idle: 1, age: 90 }, `created_at + interval '60 minutes'`],
  ])('leaves one that is %s as it expired, at the moment it ran out', async (_, settings, session, moment) => {
    for (const [key, value] of Object.entries(settings)) await t.sql(`update tomo.settings set ${key} = ${value}`);
    const id = await aSession(t, user, session);
    expect(await close(t, id)).toBe(false);
    expect(
      await one(
        t,
        `select end_reason, ended_by, ended_at = ${moment} as "onTime" from tomo.verdicts(now()) where id = $1`,
        [id],
      ),
    ).toEqual({
      end_reason: 'expired',
      ended_by: null,
      onTime: true,
    });
  });

  it('leaves one that is revoked to its revocation', async () => {
    const id = await aSession(t, user);
    await revokeUserSql(t, user);
    expect(await close(t, id)).toBe(false);
    expect(await fate(t, id)).toMatchObject({ reason: 'revoked', by: 'olga@box', revocation: 1 });
  });
});
