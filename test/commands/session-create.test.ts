import { beforeEach, describe, expect, it } from 'vitest';
import SessionCreate from '../../src/commands/session/create.ts';
import SessionShow from '../../src/commands/session/show.ts';
import TokenInspect from '../../src/commands/token/inspect.ts';
import { readSessionCookie } from '../../src/domain/server/cookie.ts';
import { verifyCsrfToken } from '../../src/domain/server/csrf.ts';
import { verifySession } from '../../src/domain/server/session.ts';
import type { CreatedSession } from '../../src/domain/session/create.ts';
import { auditRows, chainProblems } from '../db/helpers.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { type RunOptions, run } from '../support/run.ts';
import { aToken, KEY_ENV, KEYS } from '../support/tokens.ts';

const TOKEN = /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/;

onPostgres('session create', (t) => {
  let bob: string;

  beforeEach(async () => {
    bob = await aUser(t, { username: 'bob' });
    await aUser(t, { username: 'root', role: 'admin' });
  });

  const create = (argv: string[], options: RunOptions = {}) =>
    run(t, SessionCreate, argv, { ...options, env: { ...KEY_ENV, ...options.env } });
  const nothing = async () => expect(await t.sql('select id from tomo.sessions')).toEqual([]);

  it('prints a token that the server accepts, and nothing else, to stdout; the rest to stderr', async () => {
    const { stdout, stderr, exitCode } = await create(['BOB', '--reason', 'nightly check']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(TOKEN);
    const verdict = await verifySession(t.db, KEYS, stdout.trim());
    expect(verdict).toMatchObject({ ok: true, session: { username: 'bob', rememberMe: false } });
    const [row] = await t.sql<{ id: string }>('select id from tomo.sessions');
    expect(stderr).toMatch(
      new RegExp(
        `Session ${row?.id.slice(0, 8)} of bob: the token is good until .* \\(in 1[45]m\\), the session itself as its timeouts say\\.`,
      ),
    );
    expect(stderr).toContain(`tomo session revoke ${row?.id.slice(0, 8)}`);
    expect(stderr).not.toContain(stdout.trim().slice(0, 12));
    expect(await auditRows(t)).toMatchObject([
      {
        action: 'create',
        reason: 'nightly check',
        actor: { osUser: expect.any(String) },
        detail: { session: row?.id, user: bob, username: 'bob', rememberMe: false, evicted: [] },
      },
    ]);
    expect(await chainProblems(t)).toEqual([]);
    const shown = (await run(t, SessionShow, ['-'], { stdin: stdout, env: KEY_ENV })).stdout;
    expect(shown).toMatch(/^Login method +cli$/m);
    expect(shown).toMatch(/^Device +tomo$/m);
    expect((await create(['bob', '--quiet'])).stderr).toBe('');
  });

  it('is an accepted token for TOMO_TOKEN and token inspect, as long as --lifetime says', async () => {
    const { stdout } = await create(['bob', '--lifetime', '2h', '--remember-me']);
    const inspected = await run(t, TokenInspect, ['-', '--json'], { stdin: stdout, env: KEY_ENV });
    const { issuedAt, expiresAt, why } = inspected.json<{
      issuedAt: string;
      expiresAt: string;
      why: { session: { rememberMe: boolean } };
    }>();
    expect(Date.parse(expiresAt) - Date.parse(issuedAt)).toBe(2 * 3600 * 1000);
    expect(why.session.rememberMe).toBe(true);
    for (const lifetime of ['59s', '31d', '0m', 'x', '-1m'])
      expect(await create(['bob', `--lifetime=${lifetime}`])).toMatchObject({ exitCode: 2, stdout: '' });
  });

  describe('formats', () => {
    it('cookie: a header that the server reads', async () => {
      const { stdout } = await create(['bob', '--format', 'cookie']);
      const token = readSessionCookie(stdout.trim().replace(/^Cookie: /, ''), { secure: true });
      expect(await verifySession(t.db, KEYS, token)).toMatchObject({ ok: true });
      const plain = (await create(['bob', '--format', 'cookie', '--url', 'http://localhost:8080'])).stdout;
      expect(readSessionCookie(plain.trim().replace(/^Cookie: /, ''), { secure: false })).toBeDefined();
    });

    it.each([['--format', 'json'], ['--json']])('json: everything, also of an error (%s %s)', async (...argv) => {
      const json = (await create(['bob', ...argv.filter(Boolean)])).json<CreatedSession & { schemaVersion: number }>();
      expect(json).toMatchObject({
        schemaVersion: 1,
        session: { username: 'bob', evicted: [] },
        token: expect.any(String),
        tokenExpiresAt: expect.any(String),
      });
      expect(verifyCsrfToken(KEYS, json.session.id, json.csrfToken)).toBe(true);
      expect((await create(['nobody', ...argv.filter(Boolean)])).json()).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
    });

    it('curl: a line for the shell, with the address from --url or TOMO_URL', async () => {
      const { stdout, stderr } = await create(['bob', '--format', 'curl'], {
        env: { TOMO_URL: 'https://tomo.example.org/a b?c=1&d=$(x)' },
      });
      expect(stdout).toMatch(
        /^curl --cookie '__Host-tomo_session=eyJ[\w.-]+' --header 'X-CSRF-Token: [\w-]+' 'https:\/\/tomo\.example\.org\/a%20b\?c=1&d=\$\(x\)'\n$/,
      );
      expect(stderr).not.toMatch(/Warning/);
      const plain = await create(['bob', '--format', 'curl', '--url', "http://203.0.113.7/x'y"], {
        env: { TOMO_URL: 'https://tomo.example.org' },
      });
      expect(plain.stdout).toMatch(/^curl --cookie 'tomo_session=eyJ[\w.-]+' .* 'http:\/\/203\.0\.113\.7\/x%27y'\n$/);
      expect(plain.stderr).toMatch(/Warning: over http the token can be read/);
    });

    it.each(['', 'tomo.example.org', 'ftp://x', 'https://u:secret@x', 'javascript:1'])(
      'curl: not without a good address (%j), and nothing is opened',
      async (url) => {
        const { stderr, exitCode } = await create(['bob', '--format', 'curl', '--url', url]);
        expect(exitCode).toBe(2);
        expect(stderr).not.toContain('secret');
        await nothing();
      },
    );
  });

  it('is refused without a signing key, with what to set, before anything is opened', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionCreate, ['bob']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/There is no signing key.*JWT_SECRET_KEY_FILE/s);
    await nothing();
  });

  it('for an admin asks, or needs --yes where there is nobody to ask', async () => {
    const refused = await create(['root']);
    expect(refused).toMatchObject({ exitCode: 6, stdout: '' });
    expect(refused.stderr).toMatch(/Repeat with --yes\./);
    const question = /root is an admin\. Open a session as root\?[\s\S]*y\/N/;
    expect(await create(['root'], { tty: true, answers: [[question, '\r']] })).toMatchObject({ exitCode: 6 });
    await nothing();
    const agreed = await create(['root'], { tty: true, answers: [[question, 'y\r']] });
    expect(agreed.stdout).toMatch(TOKEN);
    expect(agreed.stderr).toMatch(/stays in the scrollback/);
    expect((await create(['root', '--yes'])).stdout).toMatch(TOKEN);
  });

  it('with TOMO_TOKEN is for admins, who need no question for themselves; the audit names them', async () => {
    const alice = await aUser(t, { username: 'alice', role: 'admin' });
    const env = async (user: string) => ({ TOMO_TOKEN: await aToken(t, await aSession(t, user)) });
    expect(await create(['bob'], { env: await env(bob) })).toMatchObject({ exitCode: 5, stdout: '' });
    const asAlice = { env: await env(alice) };
    expect((await create(['alice'], asAlice)).stdout).toMatch(TOKEN);
    expect((await create(['bob'], asAlice)).stdout).toMatch(TOKEN);
    expect(await create(['root'], asAlice)).toMatchObject({ exitCode: 6 });
    expect((await auditRows(t)).map(({ actor }) => actor)).toMatchObject([
      { user: 'alice', claimed: true },
      { user: 'alice', claimed: true },
    ]);
  });

  it('raises alerts as any login does', async () => {
    await t.sql('update tomo.settings set new_device_alerts = true, login_notifications = true');
    await create(['bob']);
    expect(await t.sql('select kind from tomo.alerts')).toEqual([{ kind: 'login' }]);
    await t.sql('truncate tomo.alerts, tomo.devices');
    await t.sql(`insert into tomo.devices (user_id, fingerprint) values ($1, sha256('x'))`, [bob]);
    await create(['bob']);
    expect(await t.sql('select kind from tomo.alerts')).toEqual([{ kind: 'new_device' }]);
  });

  it('obeys the session limit, and says what that has ended', async () => {
    const old = await aSession(t, bob);
    await t.sql('update tomo.settings set max_sessions_per_user = 1');
    expect((await create(['bob'])).stderr).toContain('The session limit has ended 1 session of bob for it.');
    expect(await liveIds(t)).not.toContain(old);
    await t.sql(`update tomo.settings set session_limit_action = 'deny'`);
    const denied = await create(['bob']);
    expect(denied).toMatchObject({ exitCode: 6, stdout: '' });
    expect(denied.stderr).toMatch(/bob has reached the limit of 1/);
    expect(await auditRows(t)).toHaveLength(1);
  });

  it.each([
    ['bobb', 4, /There is no user "bobb"\.\nDid you mean bob\?/],
    ['idle', 5, /the user idle is inactive/],
    ['', 4, /There is no user ""/],
  ])('of %j fails with exit %i and says why', async (name, code, words) => {
    await aUser(t, { username: 'idle', active: false });
    const { stdout, stderr, exitCode } = await create([name]);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toMatch(words);
    await nothing();
    expect(await auditRows(t)).toEqual([]);
  });

  it('never prints a hostile name raw', async () => {
    const name = 'x\u001b[31m\u202ey';
    await aUser(t, { username: name, role: 'admin' });
    for (const more of [['--yes'], [], ['--json', '--yes']]) {
      const ran = await create([name, ...more]);
      expect(ran.stdout + ran.stderr).not.toMatch(/[\u001b\u202e]/);
    }
  });
});

onPostgres('session create', (t) => {
  it('takes the right to call create_session and to read users, and no right on other tables', async () => {
    await aUser(t, { username: 'bob' });
    const role = `support_${process.pid}`;
    await t.sql(`create role ${role} login`);
    const db = await t.connect();
    await db.query(`set session authorization ${role}`);
    const as = () => run({ ...t, db }, SessionCreate, ['bob'], { env: KEY_ENV });
    await t.sql(`grant usage on schema tomo to ${role}`);
    await t.sql(`grant select on tomo.users, tomo.schema_migrations to ${role}`);
    const refused = await as();
    expect(refused).toMatchObject({ exitCode: 5, stdout: '' });
    expect(refused.stderr).toMatch(/lacks EXECUTE on function tomo\.create_session/);
    const [, grant = ''] = /(grant execute .*)$/m.exec(refused.stderr) ?? [];
    await t.sql(grant);
    expect((await as()).stdout).toMatch(TOKEN);
    await db.query('reset session authorization');
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
    expect((await auditRows(t))[0]?.actor).toMatchObject({ dbRole: role });
  });
});
