import stringWidth from 'string-width';
import { beforeEach, expect, it, vi } from 'vitest';
import { VIEW_NAMES } from '../../src/cli/browse/view.ts';
import { aDevice, anAlert, aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { PATIENCE } from '../support/patience.ts';
import { TerminalSession } from '../support/spawn.ts';

onPostgres('the views of session browse', (t) => {
  beforeEach(async () => {
    await aUser(t, { username: 'admin', role: 'admin' });
    const [alice, guest] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'guest' })];
    const session = await aSession(t, alice, { idle: 0, browser: 'Firefox', os: 'Linux' });
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind, name, path)
       select $1, $2, now() - interval '1 minute' * n, 'page', 'Page ' || n, '/p/' || n from generate_series(1, 3) n`,
      [session, alice],
    );
    const device = await aDevice(t, alice, { browser: 'Firefox', os: 'Linux', trusted: true });
    await t.sql('update tomo.sessions set device_id = $1 where id = $2', [device, session]);
    await aDevice(t, guest, { seen: 3 });
    for (const age of [3, 2, 1]) await anAlert(t, alice, { session, age });
    for (const idle of [1, 2]) await aSession(t, guest, { idle });
  });

  it('are gone into and come back from, and act, on 80 by 24 and on 140 by 45', async () => {
    const env = { TOMO_DATABASE_URL: t.url };
    const screen = new TerminalSession(['session', 'browse'], { env, columns: 80, rows: 24 });
    const then = async (keys: string, shown: RegExp) => {
      await screen.type(keys);
      const lines = await screen.showing(shown);
      expect(lines).toHaveLength(screen.rows);
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(screen.columns);
    };
    /** The same on the other size. */
    const resized = async (shown: RegExp) => {
      const wide = screen.columns === 140;
      screen.resize(wide ? 80 : 140, wide ? 24 : 45);
      await vi.waitUntil(() => screen.screen.length === screen.rows, PATIENCE);
      await then('', shown);
    };
    await screen.showing(/^Sessions {2}1 of 3 .* as \S+\n/);
    // what is asked of every view is in its help
    await then('?', /another view: sessions, users/);
    await then('q', /\? help/);

    // a user, their sessions, what one of those did, and back to where the user was
    await then('2', /Users {2}1 of 3 [\s\S]*> admin/);
    await then('/alice\r', /1 of \d+ [\s\S]*> alice/);
    await then('\r', /Sessions of alice {2}1 of \d+ [\s\S]*> \w+ +alice/);
    await then('\r', /Activity of \w+ {2}1 of \d+ [\s\S]*> \S+ ago +alice/);
    await resized(/Activity of \w+ {2}1 of \d+ [\s\S]*> \S+ ago +alice/);
    await then('\u001b', /Sessions of alice {2}1 of/);
    await then('\u001b', /Users {2}1 of \d+ [\s\S]*> alice/);
    await then('d', /Role +\w+/);
    await resized(/Role +\w+/);
    await then('d', /> alice/);

    // an alert: its session, acknowledged, and open again
    await then(':al\t\r', /Alerts {2}1 of 3 [\s\S]*> 3 /);
    await then('\r', /Sessions \w{8} {2}1 of 1 [\s\S]*> \w+ +alice/);
    await then('\u001b', /Alerts {2}1 of 3/);
    await resized(/Alerts {2}1 of 3/);
    await then('a', /3 acknowledged \(alice/);
    expect(await t.sql('select count(*)::int as n from tomo.alerts where acknowledged_at is null')).toEqual([{ n: 2 }]);
    await then('f', /Alerts {2}1 of 1 [\s\S]*> 3 /);
    await then('A', /3 is open again/);

    // a device: named, trusted or not, its sessions, and forgotten after a question
    await then('3', /Devices {2}1 of \d+ /);
    await resized(/Devices {2}1 of \d+ [\s\S]*> /);
    await then('f', /Devices {2}1 of 1 /);
    await then('T', /no longer trusted/);
    await then('f', /Devices {2}1 of \d+ [\s\S]*\nuntrusted[\s\S]*> /);
    await then('l', /Its name\?/);
    await then('\u0015the one\r', /is called "[^"]*the one" now/);
    await then('\r', /Sessions on .* of /);
    await then('\u001b', /Devices/);
    await then('F', /1 device\n[\s\S]*Forget 1 device for good\? y\/N/);
    await then('n', /Not confirmed/);
    await then('t', /Nobody is told of logins from there|trusted/);

    // everybody of a user out, which is in the list of revocations, and back in
    await then(':users guest\r', /Users {2}1 of 1 [\s\S]*> guest/);
    await then('x', /1 user\n[\s\S]*Why\?/);
    await then('gone\r', /Revoke \d+ sessions of guest\? y\/N/);
    await then('y', /Revoked 2 sessions of guest; 0 remain/);
    await then('5', /Revocations {2}1 of 1 [\s\S]*> 1 /);
    await resized(/Revocations {2}1 of 1 [\s\S]*> 1 /);
    await then('\r', /Sessions ended by revocation 1 {2}1 of \d+ [\s\S]*> \w+ +guest/);
    // what cannot be done there does not look as if it had been
    await then('R', /^(?!.*turned around)[\s\S]*> \w+ +guest[\s\S]*neither searched, sorted nor filtered/);
    await then('/zzz', /none[\s\S]*neither searched, sorted nor filtered/);
    await then('\u001b', /1 of \d+ [\s\S]*> \w+ +guest/);
    await then('\u001b', /Revocations {2}1 of 1/);
    await then('u', /Restored revocation 1: \d+ sessions live again/);
    await then('6', /Audit {2}1 of \d+ [\s\S]*restored/);
    await then('\r', /As recorded/);
    await resized(/As recorded/);
    await then('d7', /Activity {2}1 of 3 /);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });

  it('fit the largest and the smallest terminal, whatever people and clients call themselves', async () => {
    const names = [
      '\u001b[31mred\u001b[2J',
      '东京都渋谷区道玄坂上九丁目서울',
      '👩‍💻👨‍👩‍👧‍👦',
      'user\u202egnp',
      'tab\tnew\nline',
      'x'.repeat(90),
    ];
    for (const username of names) {
      const user = await aUser(t, { username });
      const session = await aSession(t, user, { userAgent: `${username}${'A'.repeat(400)}`, city: username, idle: 2 });
      await aDevice(t, user, { label: username.slice(0, 60) });
      await anAlert(t, user, { session });
      await t.sql(
        `insert into tomo.session_activity (session_id, user_id, kind, name, path) values ($1, $2, 'page', $3, '/' || $3)`,
        [session, user, username],
      );
      await t.sql('select tomo.revoke_sessions(array[$1]::uuid[], $2)', [
        await aSession(t, user),
        JSON.stringify({ osUser: username, host: 'h' }),
      ]);
    }
    const screen = new TerminalSession(['session', 'browse'], { env: { TOMO_DATABASE_URL: t.url } });
    await screen.showing(/^Sessions {2}1 of 9 /);
    for (const [columns, rows] of [
      [300, 100],
      [41, 11],
      [20, 5],
      [80, 24],
    ] as const) {
      screen.resize(columns, rows);
      // on a screen that is too small keys do nothing, so it has to have seen that it is larger
      await screen.showing(columns < 40 ? /^Terminal too small/ : /\n>/);
      for (const [i, view] of VIEW_NAMES.entries()) {
        await screen.type(`${i + 1}`);
        const heading = columns < 40 ? /^Terminal too small/ : new RegExp(`^[^\\n]*${view} {2}1`, 'i');
        await vi.waitUntil(() => screen.screen.length === rows && heading.test(screen.screen[0] ?? ''), PATIENCE);
        for (const line of await screen.showing(columns < 40 ? heading : /\n>/)) {
          expect(stringWidth(line), line).toBeLessThanOrEqual(columns);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
        }
      }
    }
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });
});
