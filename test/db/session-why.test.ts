import { expect, it } from 'vitest';
import { revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { explainSession } from '../../src/domain/session/why.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { clean, NOTE } from './helpers.ts';

onBothEngines('why a session is live or dead', (t) => {
  it('finds the same cause for every rule that fails alone, in the order of the definition', async () => {
    t.notOnCluster('no trigger watches a deactivation there');
    const user = await aUser(t);
    const past = (values: string) =>
      failed(`insert into tomo.past_timeouts values (now(), '-infinity', ${values})`, 'delete from tomo.past_timeouts');
    await t.sql('insert into tomo.user_controls (user_id) values ($1)', [user]);
    const id = await aSession(t, user, { idle: 1, age: 100 });
    const failed = async (change: string, undo: string) => {
      await t.sql(change);
      const { failed, rules } = await explainSession(t.db, id, { environment: {}, clock: () => new Date() });
      await t.sql(undo);
      return [failed, ...rules.filter(({ passed }) => !passed).map(({ rule }) => rule)];
    };
    const set = (value: string, back: string) =>
      failed(`update tomo.settings set ${value}`, `update tomo.settings set ${back}`);
    expect(
      await failed(
        `update tomo.sessions set ended_at = now(), end_reason = 'logout'`,
        'update tomo.sessions set ended_at = null, end_reason = null',
      ),
    ).toEqual(['not-ended', 'not-ended']);
    expect(await set('min_epoch = 1', 'min_epoch = 0')).toEqual(['revoked-all', 'revoked-all']);
    expect(
      await failed('update tomo.user_controls set min_epoch = 1', 'update tomo.user_controls set min_epoch = 0'),
    ).toEqual(['revoked-user', 'revoked-user']);
    expect(await set('session_timeout = 1', 'session_timeout = 60')).toEqual(['idle', 'idle']);
    expect(await past('1, 43200, 0')).toEqual(['idle-floor', 'idle-floor']);
    expect(await set('session_max_lifetime = 100', 'session_max_lifetime = 0')).toEqual(['lifetime', 'lifetime']);
    expect(await past('60, 43200, 100')).toEqual(['lifetime-floor', 'lifetime-floor']);
    expect(await past('60, 1, 0')).toEqual([null]);
    expect(await set('remember_me_timeout = 1', 'remember_me_timeout = 43200')).toEqual([null]);
    const chosen = (await revokeByIds(t.db, [id], NOTE, { dryRun: false, expect: null })).revocation ?? 0;
    expect(await failed('select 1', `select tomo.restore(${chosen})`)).toEqual(['revoked-chosen', 'revoked-chosen']);
    expect(await failed('update tomo.users set is_active = false', 'update tomo.users set is_active = true')).toEqual([
      'revoked-user',
      'user-active',
      'revoked-user',
    ]);
  });

  it('says the same before and after cleanup has written the end', async () => {
    const user = await aUser(t);
    const [expired, revoked] = [await aSession(t, user, { idle: 90 }), await aSession(t, user)];
    await revokeByIds(t.db, [revoked], { ...NOTE, compromised: true }, { dryRun: false, expect: null });
    const all = async () => {
      const told = await Promise.all(
        [expired, revoked].map((id) => explainSession(t.db, id, { environment: {}, clock: () => new Date() })),
      );
      return told.map(({ failed, rules }) => ({ failed, rules }));
    };
    const before = await all();
    expect(before.map(({ failed }) => failed)).toEqual(['idle', 'revoked-chosen']);
    expect(await clean(t)).toMatchObject({ sessionsEnded: 2 });
    expect(await all()).toEqual(before);
  });
});
