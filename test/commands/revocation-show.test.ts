import { beforeEach, expect, it } from 'vitest';
import RevocationShow from '../../src/commands/revocation/show.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('revocation show', (t) => {
  let alice: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice' });
  });
  const show = async (id: string, options = {}) =>
    (await run(t, RevocationShow, [id], { tty: true, ...options })).stdout.trimEnd().split('\n');

  it('tells what was typed, what it left alone, what undoing it would bring, and the first sessions', async () => {
    const kept = await aSession(t, alice);
    for (let i = 0; i < 12; i += 1) await aSession(t, alice, { idle: 5 + i, browser: 'Firefox', os: 'Windows' });
    await run(t, SessionRevokeUser, ['alice', '--keep', kept, '--reason', 'stolen \u001b[31mlaptop']);
    await run(t, SessionRevokeUser, ['alice', '--keep', kept]);
    await t.sql(
      `update tomo.sessions set last_activity_at = now() - interval '2 hours', created_at = now() - interval '3 hours'
        where id = (select id from tomo.sessions where id <> $1 order by id limit 1)`,
      [kept],
    );
    await t.sql(`update tomo.revocations set at = at - interval '90 minutes'`);
    const lines = await show('1');
    expect(lines.map((line) => line.replace(/\(1h ago\)/, '(ago)'))).toEqual([
      'Revocation   1',
      expect.stringMatching(/^When {9}\d{4}-.* \(ago\)$/),
      expect.stringMatching(/^Who {10}.+@.+ \(database role postgres\)$/),
      'Whose        alice',
      'Reason       stolen \\u001b[31mlaptop',
      'Ended        12 sessions',
      `Kept         ${kept.slice(0, 8)} (alice)`,
      expect.stringMatching(/^Undo {9}tomo session restore 1, until \d{4}-/),
      '',
      'If it were restored now',
      '  0 sessions live again. 12 stay dead:',
      '     1  expired: idle for too long',
      '    11  also revoked by revocation 2 (tomo session restore 2)',
      '',
      'Sessions it ended, 10 of 12 sessions',
      expect.stringMatching(/^ {2}ID +USER +DEVICE/),
      ...Array.from({ length: 10 }, () =>
        expect.stringMatching(/^ {2}[0-9a-f]{8} +alice +Firefox on Windows .*revoked/),
      ),
    ]);
  });

  it('shows a filter as the flags that make it', async () => {
    await aSession(t, alice, { browser: "Fire'fox", os: 'Windows', country: 'DE', ip: '203.0.113.9' });
    const argv = [
      '--user',
      'alice',
      '--ip',
      '203.0.113.0/24',
      '--since',
      '2h',
      '--device',
      "fire'fox on",
      '--country',
      'DE',
      '--country',
      'FR',
      '--method',
      'password',
    ];
    await run(t, SessionRevoke, [...argv, '--yes'], { now: new Date() });
    const words = (await show('1', { columns: 400 }))[3];
    expect(words).toMatch(
      /^Whose {8}1 session: --user alice --ip 203\.0\.113\.0\/24 --since '\d{4}-[\d: -]+ UTC' --device 'fire'\\''fox on' --country DE --country FR --method password$/,
    );
  });

  it('gives programs everything, and no forecast where nothing can be undone', async () => {
    const id = await aSession(t, alice);
    await run(t, SessionRevoke, [id]);
    const details = (await run(t, RevocationShow, ['1', '--json'])).json();
    expect(details).toMatchObject({
      revocation: { id: 1, scope: 'sessions', filter: { ids: 1 }, sessions: 1, state: 'restorable' },
      kept: [],
      forecast: {
        live: 1,
        dead: { idle: 0, lifetime: 0, 'user-inactive': 0, revoked: 0, deleted: 0 },
        newer: [],
        sessions: [],
      },
      sessions: [{ id, username: 'alice', state: 'revoked', revocationId: 1 }],
    });
    await run(t, SessionRestore, ['1']);
    expect((await run(t, RevocationShow, ['1', '--json'])).json()).toMatchObject({
      revocation: { state: 'restored' },
      forecast: null,
      sessions: [],
    });
    expect((await show('1')).at(-1)).toMatch(/^Undo {9}restored by .+@.+ (just now|\ds ago), at \d{4}-/);
  });

  it.each([
    ['99', 4, 'There is no revocation 99.'],
    ['-1', 2, '"-1" is not the number of a revocation'],
    ['x', 2, '"x" is not the number of a revocation'],
  ])('answers %s with exit %i', async (argument, exitCode, message) => {
    expect(await run(t, RevocationShow, [argument])).toMatchObject({
      exitCode,
      stderr: expect.stringContaining(message),
    });
  });
});
