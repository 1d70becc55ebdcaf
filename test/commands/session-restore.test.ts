import { beforeEach, expect, it } from 'vitest';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { run } from '../support/run.ts';

onBothEngines('session restore', (t) => {
  let alice: string;
  beforeEach(async () => {
    await t.empty();
    alice = await aUser(t, { username: 'alice' });
  });

  it('undoes each kind of revocation by the number that the command printed', async () => {
    const ids = [await aSession(t, alice), await aSession(t, alice)].sort();
    for (const [command, argv] of [
      [SessionRevoke, ids],
      [SessionRevokeUser, ['alice']],
      [SessionRevokeAll, ['--yes']],
    ] as const) {
      const revoked = await run(t, command, [...argv]);
      expect(await liveIds(t)).toEqual([]);
      const [, number = ''] = /tomo session restore (\d+)/.exec(revoked.stderr) ?? [];
      const { stdout, exitCode } = await run(t, SessionRestore, [number]);
      expect(exitCode).toBe(0);
      expect(stdout).toBe(`Restored revocation ${number}: 2 sessions live again.\n`);
      expect(await liveIds(t)).toEqual(ids);
    }
  });

  it('says how many do not come back because they have expired meanwhile', async () => {
    const expiring = await aSession(t, alice, { idle: 59 });
    await aSession(t, alice);
    await run(t, SessionRevokeUser, ['alice']);
    await t.sql(`update tomo.sessions set last_activity_at = now() - interval '61 minutes' where id = $1`, [expiring]);
    const { stdout } = await run(t, SessionRestore, ['1']);
    expect(stdout).toBe('Restored revocation 1: 1 session live again. 1 other expired meanwhile or ended otherwise.\n');
  });

  it('refuses what was done for a compromise, is too old or undone already, and changes nothing', async () => {
    await aSession(t, alice);
    await run(t, SessionRevokeUser, ['alice', '--compromised']);
    const compromised = await run(t, SessionRestore, ['1']);
    expect(compromised.exitCode).toBe(6);
    expect(compromised.stderr).toContain('made for a compromise');
    await t.sql(`update tomo.revocations set compromised = false, at = now() - interval '25 hours'`);
    expect((await run(t, SessionRestore, ['1'])).stderr).toContain('older than 24 hours');
    expect(await liveIds(t)).toEqual([]);
    await t.sql('update tomo.revocations set at = now()');
    await run(t, SessionRestore, ['1']);
    const again = await run(t, SessionRestore, ['1']);
    expect(again.exitCode).toBe(6);
    expect(again.stderr).toContain('already restored');
  });

  it.each([
    ['99', 4, 'no revocation 99'],
    ['abc', 2, '"abc" is not the number of a revocation'],
  ])('answers %s with exit %i', async (argument, code, message) => {
    const { exitCode, stderr } = await run(t, SessionRestore, [argument]);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(message);
  });
});
