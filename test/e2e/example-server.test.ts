import { once } from 'node:events';
import { connect } from 'node:net';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { makeSigningKeys, verifyToken } from '../../src/domain/token/token.ts';
import { aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { exampleServers } from '../support/example-server.ts';
import { tomo } from '../support/spawn.ts';

const [OLD, NEW] = ['an old secret of more than thirty-two bytes', 'the new secret, also of more than 32 bytes'];

onPostgres('the example server', (t) => {
  const start = exampleServers(t);
  let url: string;
  beforeAll(async () => {
    url = await start({ JWT_SECRET_KEY: OLD });
  });
  beforeEach(async () => {
    await aUser(t, { username: 'alice' });
  });

  /** As a browser without a jar: what it is given, and nothing more. */
  const ask = (
    path: string,
    options: {
      cookie?: string | undefined;
      form?: Record<string, string>;
      headers?: Record<string, string>;
      at?: string;
    } = {},
  ) =>
    fetch(`${options.at ?? url}${path}`, {
      method: options.form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        'User-Agent': 'Mozilla/5.0 (X11; Linux) Firefox/130.0',
        ...(options.cookie ? { Cookie: options.cookie } : {}),
        ...options.headers,
      },
      ...(options.form ? { body: new URLSearchParams(options.form) } : {}),
    });
  const setCookie = (answer: Response) => answer.headers.get('set-cookie') ?? '';
  async function logIn(
    form: Record<string, string> = {},
    options: { at?: string; cookie?: string } = {},
  ): Promise<string> {
    const answer = await ask('/login', { form: { username: 'alice', ...form }, ...options });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/me']);
    return setCookie(answer).split(';')[0] ?? '';
  }
  const session = async (cookie: string) =>
    (await ask('/api/me', { cookie })).json() as Promise<{ id: string; lastActivityAt: string }>;
  const csrfOf = async (cookie: string) =>
    /name="csrf" value="([\w-]+)"/.exec(await (await ask('/me', { cookie })).text())?.[1] ?? '';

  it('logs in with the cookie of the specification, and nobody who is not there or inactive', async () => {
    expect((await ask('/me')).status).toBe(401);
    const brief = await ask('/login', { form: { username: 'Alice' } });
    expect(setCookie(brief)).toMatch(/^tomo_session=[\w-]+\.[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/);
    const long = await ask('/login', { form: { username: 'alice', remember: 'on' } });
    expect(setCookie(long)).toContain('; Max-Age=2592000; ');
    expect((await ask('/login', { form: { username: 'mallory' } })).status).toBe(401);
    expect(
      (await ask('/login', { form: { username: 'alice' }, headers: { 'Sec-Fetch-Site': 'cross-site' } })).status,
    ).toBe(403);
    await t.sql(`update tomo.settings set max_sessions_per_user = 2, session_limit_action = 'deny'`);
    expect((await ask('/login', { form: { username: 'alice' } })).status).toBe(403);
    await t.sql('update tomo.users set is_active = false');
    expect((await ask('/login', { form: { username: 'alice' } })).status).toBe(401);
  });

  it('gives a new session at every login and ends the one before', async () => {
    const first = await logIn();
    const second = await logIn({}, { cookie: first });
    expect((await ask('/me', { cookie: first })).status).toBe(401);
    expect((await ask('/me', { cookie: second })).status).toBe(200);
  });

  it('does nothing without the CSRF token of this very session', async () => {
    const [cookie, other] = [await logIn(), await logIn()];
    const restart = (form: Record<string, string>, headers = {}) => ask('/restart', { cookie, form, headers });
    expect((await restart({})).status).toBe(403);
    expect((await restart({ csrf: 'x' })).status).toBe(403);
    expect((await restart({ csrf: await csrfOf(other) })).status).toBe(403);
    expect((await restart({ csrf: await csrfOf(cookie) })).status).toBe(202);
    expect((await restart({}, { 'X-CSRF-Token': await csrfOf(cookie) })).status).toBe(202);
    expect((await ask('/logout', { cookie, form: {} })).status).toBe(403);
    expect((await ask('/me', { cookie })).status).toBe(200);
  });

  it.each([
    ['http://evil.example', {}],
    ['null', {}],
    ['https://127.0.0.1', {}],
    [undefined, { 'Sec-Fetch-Site': 'cross-site' }],
    [undefined, { 'Sec-Fetch-Site': 'same-site' }],
  ])('takes no form that comes from elsewhere: Origin %s, %j', async (origin, more: Record<string, string>) => {
    const cookie = await logIn();
    const headers = { ...more, ...(origin ? { Origin: origin } : {}) };
    for (const path of [
      '/login',
      '/restart',
      '/logout',
      '/sessions/revoke',
      '/sessions/revoke-others',
      '/sessions/not-me',
    ])
      expect([path, (await ask(path, { cookie, form: { csrf: await csrfOf(cookie) }, headers })).status]).toEqual([
        path,
        403,
      ]);
    expect((await ask('/me', { cookie })).status).toBe(200);
    expect(await t.sql('select from tomo.sessions')).toHaveLength(1);
    const same = { Origin: url, 'Sec-Fetch-Site': 'same-origin' };
    expect((await ask('/restart', { cookie, form: { csrf: await csrfOf(cookie) }, headers: same })).status).toBe(202);
  });

  const FORM = 'Content-Type: application/x-www-form-urlencoded';
  const post = (body: string | Buffer, header = FORM, length = Buffer.byteLength(body)) =>
    Buffer.concat([
      Buffer.from(`POST /login HTTP/1.1\r\nHost: x\r\n${header}\r\nContent-Length: ${length}\r\n\r\n`),
      Buffer.from(body),
    ]);
  it.each<[string, number, string | Buffer]>([
    ['a path that is none', 404, 'GET // HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['NUL in the path', 404, 'GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a path that cannot be decoded', 404, 'GET /%ff%zz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a whole address', 404, 'GET http://[:: HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another method', 404, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no host', 400, 'GET /login HTTP/1.1\r\n\r\n'],
    ['no HTTP', 400, Buffer.from([0x16, 3, 1, 0, 0xff, 13, 10, 13, 10])],
    ['a form that is too long', 413, post('x'.repeat(20_000))],
    ['a form that says it is longer, and goes on', 413, post('x'.repeat(11_000), FORM, 1e9)],
    ['a form that is not UTF-8', 400, post(Buffer.from('username=\xff\xfe', 'latin1'))],
    ['a body that is no form', 415, post('{}', 'Content-Type: application/json')],
    ['NUL in a name', 401, post('username=ali%00\0ce%ff%zz')],
    ['a very long name', 401, post(`username=${'a'.repeat(9000)}`)],
    ['a cookie that is none', 401, `GET /me HTTP/1.1\r\nHost: x\r\nCookie: tomo_session=%00\xff.{}.\r\n\r\n`],
  ])('answers %s with %i, and goes on', async (_, status, bytes) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(bytes);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    socket.destroy();
    expect((await ask('/login')).status).toBe(200);
  });

  it('keeps the session alive by what its user does, and writes that into the history', async () => {
    const cookie = await logIn();
    const { id } = await session(cookie);
    await t.sql(`update tomo.sessions set last_activity_at = now() - interval '50 minutes'`);
    const before = Date.now() - 60_000;
    expect(Date.parse((await session(cookie)).lastActivityAt)).toBeGreaterThan(before);
    await ask('/restart', { cookie, form: { csrf: 'x' } });
    // written after the answer, so two may come in either order
    await expect
      .poll(
        () =>
          t.sql('select kind, path, status from tomo.session_activity where session_id = $1 order by path, status', [
            id,
          ]),
        {
          timeout: 30_000,
        },
      )
      .toEqual([
        { kind: 'api', path: '/api/me', status: 200 },
        { kind: 'api', path: '/api/me', status: 200 },
        { kind: 'action', path: '/restart', status: 403 },
      ]);
    await t.sql(`update tomo.sessions set last_activity_at = now() - interval '61 minutes'`);
    const over = await ask('/api/me', { cookie });
    expect([over.status, await over.json()]).toEqual([401, { error: 'not logged in', reason: 'expired' }]);
  });

  it('lets a user out, and closes what that session has open', async () => {
    const cookie = await logIn();
    const open = await ask('/api/events', { cookie });
    const answer = await ask('/logout', { cookie, form: { csrf: await csrfOf(cookie) } });
    expect(setCookie(answer)).toBe('tomo_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict');
    expect((await ask('/me', { cookie })).status).toBe(401);
    expect(await open.text()).toMatch(/hello.*ended/s);
  });

  it('lets nobody in whom tomo session revoke has thrown out, and closes what was open', async () => {
    // emptying the tables has set it back, and the server knows the revocation that had this number
    await t.sql(`select setval('tomo.revocations_id_seq', 1000)`);
    const [cookie, other] = [await logIn(), await logIn()];
    const { id } = await session(cookie);
    const reader = (await ask('/api/events', { cookie })).body?.getReader();
    const kept = (await ask('/api/events', { cookie: other })).body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('hello');
    const { exitCode } = await tomo(['session', 'revoke', id.slice(0, 8)], { env: { TOMO_DATABASE_URL: t.url } });
    expect(exitCode).toBe(0);
    const refused = await ask('/api/me', { cookie });
    expect([refused.status, await refused.json()]).toEqual([401, { error: 'not logged in', reason: 'revoked' }]);
    expect(setCookie(refused)).toContain('tomo_session=; Path=/; Max-Age=0');
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('ended');
    expect((await reader?.read())?.done).toBe(true);
    expect((await ask('/me', { cookie: other })).status).toBe(200);
    await kept?.cancel();
  });

  it('writes what its environment says about sessions into the database when it starts', async () => {
    await start({ JWT_SECRET_KEY: OLD, SESSION_TIMEOUT: '30m', MAX_SESSIONS_PER_USER: '3' });
    const { stdout } = await tomo(['config', 'show', '--columns', 'key,value,origin'], {
      env: { TOMO_DATABASE_URL: t.url },
    });
    expect(stdout).toMatch(/^session_timeout\t30\tenvironment$/m);
    expect(stdout).toMatch(/^max_sessions_per_user\t3\tenvironment$/m);
  });

  it('accepts what an old key has signed and renews it with the new one; behind HTTPS the cookie is Secure', async () => {
    const token = (await logIn({ remember: 'on' })).split('=')[1];
    const rotated = await start({ JWT_SECRET_KEY: NEW, JWT_PREVIOUS_SECRET_KEYS: OLD, HTTPS: '1' });
    const answer = await ask('/api/me', { at: rotated, cookie: `__Host-tomo_session=${token}` });
    expect(answer.status).toBe(200);
    const [, renewed = ''] =
      /^__Host-tomo_session=([\w.-]+); Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict$/.exec(
        setCookie(answer),
      ) ?? [];
    expect(await verifyToken(makeSigningKeys(NEW), renewed)).toMatchObject({ ok: true });
    const again = await ask('/api/me', { at: rotated, cookie: `__Host-tomo_session=${renewed}` });
    expect([again.status, setCookie(again)]).toEqual([200, '']);
    // the plain name is for plain HTTP
    expect((await ask('/api/me', { at: rotated, cookie: `tomo_session=${renewed}` })).status).toBe(401);
    const forgotten = await start({ JWT_SECRET_KEY: NEW });
    expect((await ask('/api/me', { at: forgotten, cookie: `tomo_session=${token}` })).status).toBe(401);
  });
});
