import { expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import type { TomoStats as Stats } from '../../src/domain/report/stats.ts';
import { anAlert, aSession, aUser, JOURNEY } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('session stats', (t) => {
  const stats = async (...argv: string[]) => (await run(t, SessionStats, [...argv, '--json'])).json<Stats>();

  it('agrees with counting by hand', async () => {
    await t.sql('update tomo.settings set max_sessions_per_user = 6');
    const countries = ['DE', 'NG', 'FR', undefined];
    const browsers = ['Firefox', 'Chrome', 'Edge'];
    for (let u = 0; u < 5; u += 1) {
      const user = await aUser(t, { username: `user-${u}`, active: u !== 4 });
      for (let i = 0; i < 4 + 2 * u; i += 1) {
        const n = u * 7 + i;
        await aSession(t, user, {
          idle: n % 5 === 0 ? 90 : 3,
          age: 100 + n * 37,
          remember: n % 3 === 0,
          country: countries[n % 4],
          browser: browsers[n % 3],
          os: 'Windows',
          method: n % 2 ? 'password' : 'sso',
          ip: `203.0.113.${n % 6}`,
          ended: n % 4 === 3 ? 2 : undefined,
          reason: ['logout', 'revoked', 'evicted', 'expired'][u],
        });
      }
    }
    type Row = {
      username: string;
      state: string;
      country: string | null;
      device: string;
      loginMethod: string;
      rememberMe: boolean;
      endReason: string;
    };
    const all = (await run(t, SessionList, ['--state', 'all', '--all', '--output', 'ndjson'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row);
    const live = all.filter(({ state }) => state === 'active');
    const tally = (key: (row: Row) => string | null, rows = live) => {
      const counts = new Map<string | null, number>();
      for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
      return Object.fromEntries(counts) as Record<string, number>;
    };
    const asTally = (top: { name: string | null; sessions: number }[]) =>
      Object.fromEntries(top.map(({ name, sessions }) => [name, sessions]));

    const s = await stats();
    expect(s.totals).toMatchObject({ live: live.length, remembered: live.filter((row) => row.rememberMe).length });
    expect(s.totals.ended).toEqual({
      logout: 0,
      revoked: 0,
      evicted: 0,
      expired: 0,
      ...tally(
        (row) => row.endReason,
        all.filter((row) => row.endReason),
      ),
    });
    expect(asTally(s.byCountry.top)).toEqual(tally((row) => row.country));
    expect(asTally(s.byDevice.top)).toEqual(tally((row) => row.device));
    expect(asTally(s.byMethod.top)).toEqual(tally((row) => row.loginMethod));
    const byUser: Record<string, number> = tally((row) => row.username);
    expect(Object.fromEntries(s.byUser.top.map(({ username, sessions }) => [username, sessions]))).toEqual(byUser);
    expect(s.byUser.top.map(({ sessions }) => sessions)).toEqual(Object.values(byUser).sort((a, b) => b - a));
    expect(s.limits).toMatchObject({
      over: Object.values(byUser).filter((n) => n > 6).length,
      full: Object.values(byUser).filter((n) => n === 6).length,
      near: Object.values(byUser).filter((n) => n === 5).length,
    });
    expect(s.logins.total).toBe(all.length);
    expect(s.logins.week.logins.flat().reduce((a, b) => a + b, 0)).toBe(all.length);
  });

  it('names what is odd first, with the command that looks closer', async () => {
    const alice = await aUser(t, { username: 'alice' });
    const suspect = await aSession(t, alice, {
      country: 'NG',
      city: 'Lagos',
      ip: '102.89.1.2',
      browser: 'Firefox',
      os: 'Windows',
    });
    await t.sql(`update tomo.sessions set location_check = 'impossible-travel' where id = $1`, [suspect]);
    await aSession(t, alice, { country: 'DE' });
    await aSession(t, alice, { country: 'FR' });
    await anAlert(t, alice, { kind: 'unusual_location', evidence: JOURNEY, session: suspect });
    await anAlert(t, alice, { kind: 'login' });
    const script = await aUser(t, { username: "ci o'deploy" });
    for (let i = 0; i < 5; i += 1)
      await aSession(t, script, { userAgent: 'curl/8.16.0', browser: 'curl', ip: '10.1.2.3' });
    await t.sql(`update tomo.user_agents set form_factor = 'tool' where browser = 'curl'`);
    const gone = await aUser(t, { username: 'gone' });
    await t.sql('update tomo.users set is_active = false where id = $1', [gone]);
    await aSession(t, gone);

    const { stdout } = await run(t, SessionStats, [], { tty: true });
    expect(stdout.split('\nSessions\n')[0]).toBe(`Worth a look
  ! alice: impossibly quick journey to Lagos, NG (102.89.1.2)
    tomo session show ${suspect.slice(0, 8)}
  ! gone is not active and has 1 open session from after that
    tomo session list --user gone --state revoked
  ! 1 open alert about 1 user: 1 unusual location
    tomo alert list
  - alice: 3 sessions from 3 countries and 2 addresses at once
    tomo session list --user alice
  - ci o'deploy: 5 sessions from one device and address (curl, 10.1.2.3)
    tomo session list --user 'ci o'\\''deploy' --ip 10.1.2.3
  - curl, a program, not a browser, has 5 sessions
    tomo session list --device curl
`);
  });

  it('confines itself to users, names only so many, and sums up the others', async () => {
    for (const username of ['ann', 'bea', 'eve']) {
      const user = await aUser(t, { username });
      await aSession(t, user, { method: username });
      await aSession(t, user, { method: 'sso', ended: 5, reason: 'logout' });
    }
    expect(await stats('--user', 'ANN')).toMatchObject({
      usernames: ['ann'],
      totals: { live: 1, users: 1, ended: { logout: 1 } },
      logins: { total: 2 },
    });
    const s = await stats('--top', '1');
    expect(s.byUser).toMatchObject({ top: [{ username: 'ann' }], others: { values: 2, sessions: 2 } });
    expect(s.byMethod).toEqual({ top: [{ name: 'ann', sessions: 1 }], others: { values: 2, sessions: 2 } });
  });

  it('counts what ended since then, whether that is most of it or the least', async () => {
    const user = await aUser(t);
    const DAY = 24 * 60;
    for (const [days, reason] of [
      [0.1, 'logout'],
      [2, 'logout'],
      [2, 'revoked'],
      [5, 'evicted'],
    ] as const)
      await aSession(t, user, { age: 6 * DAY, idle: days * DAY, ended: days * DAY, reason });
    // nothing has written its end yet
    await aSession(t, user, { age: 3 * DAY, idle: DAY });
    const none = { logout: 0, revoked: 0, evicted: 0, expired: 0 };
    expect((await stats('--since', '1d')).totals.ended).toEqual({ ...none, logout: 1, expired: 1 });
    expect((await stats('--since', '4d')).totals.ended).toEqual({ ...none, logout: 2, revoked: 1, expired: 1 });
    expect((await stats('--since', '9d')).totals.ended).toEqual({ logout: 2, revoked: 1, evicted: 1, expired: 1 });
  });

  it('says that ended sessions of before the retention are gone', async () => {
    await aSession(t, await aUser(t), { remember: true, age: 20 * 24 * 60 });
    const s = await stats('--since', '30d');
    expect(s.logins.total).toBe(1);
    expect(s.logins.week.logins.flat().every((n) => n === 0)).toBe(true);
    expect((await run(t, SessionStats, ['--since', '30d'])).stdout).toMatch(
      /those of before \d{4}-\d\d-\d\d\s+are\s+deleted/,
    );
  });

  it('is empty when nobody is in, and that is no error', async () => {
    const { stdout, exitCode } = await run(t, SessionStats, []);
    expect([exitCode, stdout.split('\n')[1]]).toEqual([0, '  0 live, of 0 users; 0 of them remembered']);
  });

  it('knows no such user', async () => {
    expect(await run(t, SessionStats, ['--user', 'nobody'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining('There is no user "nobody".'),
    });
  });
});
