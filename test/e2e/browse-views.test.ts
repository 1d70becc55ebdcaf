import { beforeEach, expect, it } from 'vitest';
import { makeWorld } from '../../src/db/demo/make.ts';
import { write } from '../../src/db/port/database.ts';
import { makeDemoWorld } from '../../src/domain/demo/demo-world.ts';
import { onPostgres } from '../support/database.ts';
import { TerminalSession } from '../support/spawn.ts';

onPostgres('the views of session browse', (t) => {
  beforeEach(async () => {
    await write(t.db, (tx) => makeWorld(tx, makeDemoWorld(new Date()), { osUser: 'test', host: 'test' }));
  });

  const sizes = [
    [80, 24],
    [140, 45],
  ] as const;

  it.each([
    [...sizes[0], ...sizes[1]],
    [...sizes[1], ...sizes[0]],
  ])('are gone into and come back from, and act, on %i by %i and then %i by %i', async (columns, rows, wide, high) => {
    const screen = new TerminalSession(['session', 'browse'], { env: { TOMO_DATABASE_URL: t.url }, columns, rows });
    const then = async (keys: string, shown: RegExp) => {
      await screen.type(keys);
      const lines = await screen.showing(shown);
      expect(lines).toHaveLength(screen.rows);
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(screen.columns);
      return lines;
    };
    await screen.showing(/^Sessions {2}1 of 400 /);
    // what is asked of every view is in its help
    await then('?', /another view: sessions, users/);
    await then('q', /\? help/);

    // a user, their sessions, what one of those did, and back to where the user was
    await then('2', /Users {2}1 of 60 [\s\S]*> admin/);
    await then('/alice\r', /1 of \d+ [\s\S]*> alice/);
    await then('\r', /Sessions of alice {2}1 of \d+ [\s\S]*> \w+ +alice/);
    await then('\r', /Activity of \w+ {2}1 of \d+ [\s\S]*> \S+ ago +alice/);
    screen.resize(wide, high);
    await then('\u001b', /Sessions of alice {2}1 of/);
    await then('\u001b', /Users {2}1 of \d+ [\s\S]*> alice/);
    await then(columns >= 130 ? '' : 'd', /Role +\w+/);
    await then('d', /> alice/);

    // an alert: its session, acknowledged, and open again
    await then(':al\t\r', /Alerts {2}1 of 3 [\s\S]*> 3 /);
    await then('\r', /Sessions \w{8} {2}1 of 1 [\s\S]*> \w+ +alice/);
    await then('\u001b', /Alerts {2}1 of 3/);
    await then('a', /3 acknowledged \(alice/);
    expect(await t.sql('select count(*)::int as n from tomo.alerts where acknowledged_at is null')).toEqual([{ n: 2 }]);
    await then('f', /Alerts {2}1 of 1 [\s\S]*> 3 /);
    await then('A', /3 is open again/);

    // a device: named, trusted or not, its sessions, and forgotten after a question
    await then('3', /Devices {2}1 of \d+ /);
    await then('f', /Devices {2}1 of 36 /);
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
    await then('y', /Revoked \d+ sessions of guest; 0 remain/);
    await then('5', /Revocations {2}1 of 6 [\s\S]*> 6 /);
    await then('\r', /Sessions ended by revocation 6 {2}1 of \d+ [\s\S]*> \w+ +guest/);
    await then('\u001b', /Revocations {2}1 of 6/);
    await then('u', /Restored revocation 6: \d+ sessions live again/);
    await then('6', /Audit {2}1 of \d+ [\s\S]*restored/);
    await then('\r', /As recorded/);
    await then('d7', /Activity {2}1 of 1,000\+/);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });
});
