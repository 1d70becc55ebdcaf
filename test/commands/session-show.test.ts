import { beforeEach, expect, it } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionShow from '../../src/commands/session/show.ts';
import type { Session } from '../../src/model/session.ts';
import { anAlert, aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const ID = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';

onPostgres('session show', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
  });

  it('shows device, login method, place and timeline of a live session', async () => {
    await aSession(t, ann, {
      id: ID,
      browser: 'Firefox',
      os: 'Windows',
      ip: '203.0.113.7',
      method: 'passkey',
      country: 'DE',
      city: 'Berlin',
      idle: 3,
      age: 125,
    });
    await t.sql(
      `update tomo.sessions set region = 'Land Berlin', isp = 'Example Telecom', latitude = 52.52, longitude = 13.405 where id = $1`,
      [ID],
    );
    const { stdout, exitCode } = await run(t, SessionShow, [ID], { tty: true });
    expect(exitCode).toBe(0);
    for (const fact of [
      /^Session +3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6$/m,
      /^User +ann$/m,
      /^State +active$/m,
      /^Device +Firefox on Windows$/m,
      /^User agent +Mozilla\/5\.0 \(Windows\) Firefox\/1\.0$/m,
      /^IP address +203\.0\.113\.7$/m,
      /^Place .*Berlin.*DE/m,
      /^Place .*Land Berlin/m,
      /^Coordinates +52\.52, 13\.405$/m,
      /^Provider +Example Telecom$/m,
      /^Login method +passkey$/m,
      /^Remember me +no$/m,
    ])
      expect(stdout).toMatch(fact);
    const timeline = stdout.slice(stdout.indexOf('Timeline')).split('\n').slice(1);
    expect(timeline[0]).toMatch(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC +2h ago +opened \(passkey\)$/);
    expect(timeline[1]).toMatch(/ 3m ago +last active$/);
    expect(timeline[2]).toMatch(/ in 5[67]m +expires if nothing happens$/);
  });

  it.each([
    ['skipped', /^Location check +not checked: a private or trusted network$/m],
    ['unknown', /^Location check +cannot be evaluated/m],
    ['first', /^Location check +the first known place of this user$/m],
    ['usual', /^Location check +usual$/m],
    ['new-country', /^Location check +unusual: never seen in NG before$/m],
    ['impossible-travel', /^Location check +unusual: faster than anybody travels/m],
  ])('says what became of the check of the place: %s', async (check, line) => {
    await aSession(t, ann, { id: ID, country: 'NG' });
    await t.sql('update tomo.sessions set location_check = $1', [check]);
    expect((await run(t, SessionShow, [ID])).stdout).toMatch(line);
    expect((await run(t, SessionShow, [ID, '--json'])).json<{ session: object }>().session).toMatchObject({
      locationCheck: check,
    });
  });

  it('says nothing of the place while nobody has looked the address up', async () => {
    await aSession(t, ann, { id: ID });
    expect((await run(t, SessionShow, [ID])).stdout).not.toMatch(/Location check|Place/);
  });

  it('shows what is known of the device: label, screen and time zone', async () => {
    const [device] = await t.sql<{ id: string }>(
      `insert into tomo.devices (user_id, fingerprint, screen, time_zone, label) values ($1, sha256('x'), '1920x1080', 'Europe/Berlin', 'Ann''s laptop') returning id`,
      [ann],
    );
    await aSession(t, ann, { id: ID, browser: 'Firefox', os: 'Windows' });
    await t.sql('update tomo.sessions set device_id = $1', [device?.id]);
    const { stdout } = await run(t, SessionShow, [ID]);
    expect(stdout).toMatch(/^Known as +Ann's laptop$/m);
    expect(stdout).toMatch(/desktop, 1920x1080, Europe\/Berlin$/m);
  });

  it.each(['3f2a', '3F2A9C41', '3f2a-9c41', '3f2a9c415b6c4d7e8f90a1b2c3d4e5f6', ID.toUpperCase(), ` ${ID} `])(
    'takes %j for the id',
    async (text) => {
      await aSession(t, ann, { id: ID });
      await aSession(t, ann, { id: '3f2b0000-5b6c-4d7e-8f90-a1b2c3d4e5f6' });
      const { stdout, exitCode } = await run(t, SessionShow, [text]);
      expect(exitCode).toBe(0);
      expect(stdout).toContain(ID);
    },
  );

  it('lists the candidates when a prefix is ambiguous', async () => {
    const other = '3f2a0000-0000-4000-8000-000000000001';
    await aSession(t, ann, { id: ID, ip: '203.0.113.7' });
    await aSession(t, await aUser(t, { username: 'bob' }), { id: other, ip: '198.51.100.1', ended: 5 });
    const ran = await run(t, SessionShow, ['3f2a']);
    expect(ran.exitCode).toBe(2);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(/2 sessions start with 3f2a/);
    expect(ran.stderr).toMatch(new RegExp(`${ID} +ann +203\\.0\\.113\\.7 +active`));
    expect(ran.stderr).toMatch(new RegExp(`${other} +bob +198\\.51\\.100\\.1 +revoked`));

    const { error } = (await run(t, SessionShow, ['3f2a', '--json'])).json<{
      error: { code: string; details: { candidates: string[] } };
    }>();
    expect(error.code).toBe('AMBIGUOUS_ID');
    expect(error.details.candidates.toSorted()).toEqual([other, ID]);
  });

  it('lists no more than ten candidates', async () => {
    await t.sql(
      `insert into tomo.sessions (id, user_id) select ('abcd0000-0000-4000-8000-0000000000' || (10 + i))::uuid, $1::uuid from generate_series(1, 30) i`,
      [ann],
    );
    const { stderr, exitCode } = await run(t, SessionShow, ['abcd']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/More than 10 sessions start with abcd/);
    expect(stderr.match(/^ {2}abcd/gm)).toHaveLength(10);
  });

  it('says that ended sessions are kept for the retention when an id is not there', async () => {
    await t.sql('update tomo.settings set retention_sessions = 30');
    const { stderr, exitCode } = await run(t, SessionShow, ['3f2a9c41']);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/no session 3f2a9c41/);
    expect(stderr).toMatch(/kept 30 days/);
    expect(stderr).toMatch(/tomo session list --state all/);
  });

  it('needs an id', async () => {
    const { stderr, exitCode } = await run(t, SessionShow, []);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/id/);
    expect(stderr).toMatch(/tomo session show --help/);
  });

  it.each([
    ['logout', /logged out by carol$/m, 'logged out'],
    ['revoked', /revoked by carol$/m, 'revoked'],
    ['evicted', /evicted by the session limit/m, 'evicted'],
    ['expired', /ago +expired/m, 'expired'],
  ])('tells in the timeline how a session ended: %s', async (reason, line, state) => {
    await aSession(t, ann, {
      id: ID,
      idle: 50,
      age: 90,
      ended: 20,
      reason,
      by: reason === 'logout' || reason === 'revoked' ? 'carol' : undefined,
    });
    const { stdout } = await run(t, SessionShow, [ID]);
    expect(stdout).toMatch(line);
    expect(stdout).toMatch(new RegExp(`^State +${state}$`, 'm'));
    const words = stdout
      .trimEnd()
      .slice(stdout.indexOf('Timeline'))
      .split('\n')
      .slice(1)
      .map((l) => l.replace(/.* ago +/, ''));
    expect(words.slice(0, 2)).toEqual(['opened (password)', 'last active']);
    expect(words).toHaveLength(3);
  });

  it('says that a session ran out although no cleanup has written that', async () => {
    await aSession(t, ann, { id: ID, idle: 100, age: 200 });
    const { stdout } = await run(t, SessionShow, [ID]);
    expect(stdout).toMatch(/^State +expired$/m);
    expect(stdout).toMatch(/40m ago +expired$/m);
  });

  it('says at once when, by whom and with what a session was revoked, and the same after a cleanup', async () => {
    await aSession(t, ann, { id: ID });
    await t.sql(`select tomo.revoke_all('{"user": "olga"}')`);
    const session = async () => (await run(t, SessionShow, [ID, '--json'])).json<{ session: Session }>().session;
    const before = await session();
    expect(before).toMatchObject({
      state: 'revoked',
      expiresAt: null,
      endReason: 'revoked',
      endedBy: 'olga (claimed)',
      revocationId: 1,
    });
    await t.sql('update tomo.revocations set compromised = true');
    expect((await run(t, SessionCleanup, ['--json'])).json()).toMatchObject({ sessionsEnded: 1 });
    expect(await session()).toEqual(before);
  });

  it('says that a session is revoked whose user was deactivated', async () => {
    await aSession(t, ann, { id: ID });
    await t.sql('update tomo.users set is_active = false');
    const { stdout } = await run(t, SessionShow, [ID]);
    expect(stdout).toMatch(/^State +revoked$/m);
    expect(stdout).not.toMatch(/expires if nothing happens/);
  });

  it('shows the latest activity, latest first, and as much of it as is asked for', async () => {
    await aSession(t, ann, { id: ID, idle: 1, age: 60 });
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind, name, path, status, ip)
       select $1::uuid, $2::uuid, now() - make_interval(mins => i), 'page', 'Page ' || i, '/page/' || i, 200, '203.0.113.9' 
         from generate_series(1, 15) i`,
      [ID, ann],
    );
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind)
       values ($1, $2, now() - interval '2 days', 'action')`,
      [ID, ann],
    );
    const ten = await run(t, SessionShow, [ID], { tty: true });
    const rows = ten.stdout.slice(ten.stdout.indexOf('Latest activity')).split('\n').slice(1);
    expect(rows[0]).toMatch(/^ {2}WHEN +KIND +STATUS +WHAT +IP ADDRESS$/);
    expect(rows[1]).toMatch(/^ {2}1m ago +page +200 +Page 1 \/page\/1 +203\.0\.113\.9$/);
    expect(rows.filter((row) => row !== '')).toHaveLength(11);

    const all = await run(t, SessionShow, [ID, '--activity', '200', '--json']);
    const { session, activity } = all.json<{
      session: { id: string };
      activity: { kind: string; path: string | null }[];
    }>();
    expect(session.id).toBe(ID);
    expect(activity).toHaveLength(16);
    expect(activity.at(-1)).toMatchObject({ kind: 'action', path: null });
    expect((await run(t, SessionShow, [ID, '--activity', '0'])).stdout).not.toContain('Latest activity');
  });

  it('shows the alerts about it', async () => {
    await aSession(t, ann, { id: ID });
    await anAlert(t, ann, { session: ID, acknowledgedBy: 'olga' });
    await anAlert(t, ann, { kind: 'login', evidence: { lastSession: ID, repeated: 1 } });
    await anAlert(t, ann, { session: '3f2b0000-5b6c-4d7e-8f90-a1b2c3d4e5f6' });
    const { stdout } = await run(t, SessionShow, [ID], { tty: true });
    const lines = stdout.slice(stdout.indexOf('Alerts')).trimEnd().split('\n').slice(1);
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}2 {2}1m ago {2}login with unknown device from an unknown place$/),
      expect.stringMatching(/^ {2}1 {2}1m ago {2}Firefox on Windows, never seen before, acknowledged by olga$/),
    ]);
  });

  it('prints JSON with schema version, session and activity', async () => {
    await aSession(t, ann, { id: ID });
    const ran = await run(t, SessionShow, ['3f2a', '--json']);
    expect(Object.keys(ran.json())).toEqual(['schemaVersion', 'session', 'alerts', 'activity']);
    expect(ran.stderr).toBe('');
  });
});
