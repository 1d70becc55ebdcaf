import { beforeEach, describe, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { sessionCookieName } from '../../src/domain/server/cookie.ts';
import { verifyCsrfToken } from '../../src/domain/server/csrf.ts';
import {
  closeSession,
  findUser,
  type LoginInput,
  loginSession,
  openSession,
  recordActivity,
  touchSession,
  verifySession,
} from '../../src/domain/server/session.ts';
import { showSession } from '../../src/domain/session/show.ts';
import { makeSigningKeys, signToken, verifyToken } from '../../src/domain/token/token.ts';
import { aUser, liveIds } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { fate, one, revokeUserSql } from './helpers.ts';

const OLD = 'an old secret of more than thirty-two bytes';
const KEYS = makeSigningKeys(OLD);
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0';
const NOBODY = '00000000-0000-4000-8000-000000000000';

onBothEngines('what a server calls', (t) => {
  let alice: string;
  beforeEach(async () => {
    alice = await aUser(t, { username: 'alice', role: 'admin' });
  });
  const open = (input: Partial<LoginInput> = {}) => openSession(t.db, { userId: alice, ...input });
  const set = (values: string) => t.sql(`update tomo.settings set ${values}`);
  const rest = (id: string, minutes: number) =>
    t.sql(`update tomo.sessions set last_activity_at = last_activity_at - make_interval(mins => $2) where id = $1`, [
      id,
      minutes,
    ]);
  const expiryOf = async (id: string) => (await showSession(t.db, id, 1)).session.expiresAt ?? '';
  const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);

  describe('openSession', () => {
    it('returns the session, with what the database knows of the device and the place', async () => {
      const login = {
        ip: '203.0.113.9',
        userAgent: FIREFOX,
        screen: '1920x1080',
        timeZone: 'Europe/Berlin',
        place: { country: 'de', city: 'Berlin', latitude: 52.5, longitude: 13.4 },
      };
      const session = await open(login);
      expect(session).toMatchObject({
        userId: alice,
        username: 'alice',
        role: 'admin',
        rememberMe: false,
        tokenLifetime: 3600,
      });
      expect(session).toMatchObject({
        deviceIsNew: true,
        location: 'first',
        evicted: [],
        lastActivityAt: session.createdAt,
      });
      expect(Date.parse(session.expiresAt) - Date.parse(session.createdAt)).toBe(3_600_000);
      expect((await showSession(t.db, session.id, 1)).session).toMatchObject({
        state: 'active',
        device: 'Firefox on Windows',
        ip: '203.0.113.9',
        country: 'DE',
        city: 'Berlin',
        createdAt: session.createdAt,
        expiresAt: session.expiresAt,
        deviceId: session.deviceId,
      });
      expect(await open(login)).toMatchObject({ deviceIsNew: false, location: 'usual' });
    });

    it('needs nothing but a user', async () => {
      expect(await open()).toMatchObject({ deviceIsNew: true, location: 'unknown' });
    });

    it('names the sessions that the limit has ended', async () => {
      await set('max_sessions_per_user = 1');
      const first = await open();
      expect((await open({ rememberMe: true })).evicted).toEqual([first.id]);
    });

    it.each([
      ['NOT_FOUND', /no user/, { userId: NOBODY }, ''],
      ['USER_INACTIVE', /alice is inactive/, {}, 'update tomo.users set is_active = false'],
      [
        'SESSION_LIMIT',
        /limit of 1 session/,
        {},
        `update tomo.settings set max_sessions_per_user = 1, session_limit_action = 'deny'`,
      ],
      ['INVALID_INPUT', /"alice" is not an id/, { userId: 'alice' }, ''],
      ['INVALID_INPUT', /"x" is not an id/, { replaces: 'x' }, ''],
      ['INVALID_INPUT', /"1.2.3.4:80" is not an address/, { ip: '1.2.3.4:80' }, ''],
    ])('throws %s (%s) and opens nothing', async (code, message, input, change) => {
      const before = change.includes('limit') ? [(await open()).id] : [];
      if (change) await t.sql(change);
      await expect(open(input)).rejects.toMatchObject({
        name: 'TomoError',
        code,
        message: expect.stringMatching(message),
      });
      expect(await liveIds(t)).toEqual(before);
    });

    it.each([
      ['fe80::1%eth0', 'fe80::1'],
      ['::ffff:192.0.2.1', '192.0.2.1'],
      ['', null],
    ])('takes the address %j as %j', async (ip, stored) => {
      expect(await one(t, 'select host(ip) as ip from tomo.sessions where id = $1', [(await open({ ip })).id])).toEqual(
        { ip: stored },
      );
    });

    it('lets no client make its login fail by what it says of itself', async () => {
      const hostile = `\0\u202e'; drop table tomo.sessions; --\ud800${'ä'.repeat(5000)}`;
      const text = {
        userAgent: hostile,
        loginMethod: hostile,
        screen: hostile,
        timeZone: hostile,
        fingerprint: hostile,
      };
      expect(await open({ ...text, place: { country: hostile, city: hostile, latitude: Number.NaN } })).toMatchObject({
        deviceIsNew: true,
      });
    });

    it('finds a user by the name that was said, and not by what is left of it', async () => {
      await aUser(t, { username: 'alice\ufffd' });
      const [found, ...others] = ['ALICE\ufffd', '\0alice\ufffd', 'alice\ud800', '', 'x'.repeat(5000)].map((name) =>
        findUser(t.db, name),
      );
      expect(await found).toEqual(expect.any(String));
      expect(await Promise.all(others)).toEqual([null, null, null, null]);
    });

    it('can be a part of a transaction of yours', async () => {
      const cancelled = write(t.db, async (tx) => {
        await openSession(tx, { userId: alice });
        throw new Error('no');
      });
      await expect(cancelled).rejects.toThrow('no');
      expect(await liveIds(t)).toEqual([]);
    });
  });

  describe('touchSession', () => {
    it('moves the last activity, and with activity: false only asks', async () => {
      const { id } = await open();
      await rest(id, 50);
      expect(await touchSession(t.db, id, { activity: false })).toMatchObject({
        accepted: true,
        session: { id, expiresAt: await expiryOf(id) },
      });
      const touched = await touchSession(t.db, id);
      expect(touched).toMatchObject({
        accepted: true,
        session: { id, userId: alice, username: 'alice', role: 'admin', tokenLifetime: 3600 },
      });
      const { session } = await showSession(t.db, id, 1);
      expect(touched).toMatchObject({
        session: { lastActivityAt: session.lastActivityAt, expiresAt: session.expiresAt },
      });
      expect(Date.now() - Date.parse(session.lastActivityAt ?? '')).toBeLessThan(60_000);
    });

    it.each([
      ['unknown', async () => NOBODY],
      ['unknown', async () => "'; select"],
      ['expired', async () => open().then(({ id }) => rest(id, 61).then(() => id))],
      ['revoked', async () => open().then(({ id }) => revokeUserSql(t, alice).then(() => id))],
      ['logout', async () => open().then(({ id }) => closeSession(t.db, id).then(() => id))],
      [
        'evicted',
        async () => set('max_sessions_per_user = 1').then(() => open().then(({ id }) => open().then(() => id))),
      ],
    ])('says that a session is over: %s', async (reason, make) => {
      expect(await touchSession(t.db, await make())).toMatchObject({ accepted: false, reason });
    });

    it('writes times in UTC, whatever the time zone of the connection', async () => {
      await t.db.query(`set time zone 'Asia/Kathmandu'`);
      const { id, createdAt } = await open();
      await t.db.query('set time zone default');
      expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}\+00:00$/);
      expect((await showSession(t.db, id, 1)).session.createdAt).toBe(createdAt);
    });
  });

  it('closeSession ends a live session once, and says by whom', async () => {
    const { id } = await open();
    expect(await closeSession(t.db, id, 'olga')).toBe(true);
    expect(await closeSession(t.db, id)).toBe(false);
    expect(await closeSession(t.db, 'nonsense')).toBe(false);
    expect(await fate(t, id)).toMatchObject({ state: 'logged-out', reason: 'logout', by: 'olga (claimed)' });
  });

  it('recordActivity writes a line of the history, without the query string', async () => {
    const { id } = await open();
    await recordActivity(t.db, {
      sessionId: id,
      kind: 'api',
      name: 'start\0 server',
      path: '/api/servers?key=s3cret',
      status: 204,
      ip: '::1',
    });
    await recordActivity(t.db, { sessionId: id, kind: 'page', status: 700 });
    const { activity } = await showSession(t.db, id, 5);
    // on PGlite both may be of the same millisecond
    expect(activity.toSorted((a, b) => b.kind.localeCompare(a.kind))).toMatchObject([
      { kind: 'page', name: null, path: null, status: null, ip: null },
      { kind: 'api', name: 'start server', path: '/api/servers', status: 204, ip: '::1' },
    ]);
    await expect(recordActivity(t.db, { sessionId: id, kind: 'poll' as never })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('kind'),
    });
    await expect(set('session_timeout = 0')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('range of session_timeout'),
    });
  });

  describe('verifySession', () => {
    const tokenFor = async (session: { id: string; tokenLifetime: number }, keys = KEYS) =>
      signToken(keys, { sessionId: session.id, userId: alice, lifetime: session.tokenLifetime });

    it('accepts a token of a live session and touches it', async () => {
      const session = await open();
      await rest(session.id, 30);
      const verdict = await verifySession(t.db, KEYS, await tokenFor(session));
      expect(verdict).toMatchObject({
        ok: true,
        renewed: null,
        session: { id: session.id, username: 'alice', expiresAt: await expiryOf(session.id) },
      });
      expect((await expiryOf(session.id)) > session.expiresAt).toBe(true);
    });

    it('refuses with a reason and throws for nothing that a client sends', async () => {
      const session = await open();
      const token = await tokenFor(session);
      const verify = (text: string | undefined, options = {}) => verifySession(t.db, KEYS, text, options);
      expect(await verify(undefined)).toMatchObject({ ok: false, reason: 'missing' });
      expect(await verify('')).toMatchObject({ ok: false, reason: 'missing' });
      expect(await verify('a.b.c')).toMatchObject({ ok: false, reason: 'malformed' });
      expect(await verify(token.slice(0, -2))).toMatchObject({ ok: false, reason: 'signature' });
      expect(await verify(token, { now: later(61) })).toMatchObject({
        ok: false,
        reason: 'expired',
        detail: expect.stringContaining('It expired'),
      });
      expect(await verify(token, { now: later(-2) })).toMatchObject({ ok: false, reason: 'not-yet-valid' });
      expect(await verify(await tokenFor({ ...session, id: NOBODY }))).toMatchObject({
        ok: false,
        reason: 'unknown',
        userId: null,
      });
      const bob = await signToken(KEYS, { sessionId: session.id, userId: await aUser(t), lifetime: 60 });
      expect(await verify(bob)).toMatchObject({ ok: false, reason: 'unknown', userId: null });
      await revokeUserSql(t, alice);
      expect(await verify(token)).toMatchObject({ ok: false, reason: 'revoked', userId: alice });
    });

    it('renews past half of the life, without changing whose session it is', async () => {
      await set('session_timeout = 480');
      const session = await open();
      const token = await tokenFor(session);
      expect(await verifySession(t.db, KEYS, token, { now: later(1) })).toMatchObject({ ok: true, renewed: null });
      const verdict = await verifySession(t.db, KEYS, token, { now: later(241) });
      const renewed = verdict.ok && verdict.renewed;
      expect(await verifyToken(KEYS, renewed || '', { now: later(241) })).toMatchObject({
        ok: true,
        claims: { sessionId: session.id, userId: alice },
        pastHalf: false,
      });
    });

    it('renews as soon as the session would outlive the token, so that the idle timeout is the whole one', async () => {
      const session = await open();
      const old = await signToken(KEYS, { sessionId: session.id, userId: alice, lifetime: 3600, now: later(-5) });
      expect(await verifySession(t.db, KEYS, old)).toMatchObject({ ok: true, renewed: expect.any(String) });
    });

    it('renews what a previous key has signed, with the current one', async () => {
      const rotated = makeSigningKeys('the new secret, also of more than 32 bytes', [OLD]);
      const verdict = await verifySession(t.db, rotated, await tokenFor(await open()));
      const renewed = verdict.ok ? verdict.renewed : null;
      expect(await verifyToken(rotated, renewed ?? '')).toMatchObject({ ok: true, key: 'current' });
    });
  });

  describe('loginSession', () => {
    const login = (cookieHeader?: string, keys = KEYS) =>
      loginSession(t.db, keys, { userId: alice, rememberMe: true }, { secure: true, cookieHeader });
    const header = (token: string) => `theme=dark; ${sessionCookieName(true)}=${token}`;

    it('gives a session, its token, the cookie and a CSRF token that belong together', async () => {
      const { session, token, cookie, csrfToken } = await login();
      expect(cookie).toBe(
        `${sessionCookieName(true)}=${token}; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict`,
      );
      expect(verifyCsrfToken(KEYS, session.id, csrfToken)).toBe(true);
      expect(await verifySession(t.db, KEYS, token)).toMatchObject({
        ok: true,
        session: { id: session.id, rememberMe: true },
      });
    });

    it('ends the session that the browser holds, even if its token has expired', async () => {
      const first = await login();
      const second = await login(header(first.token));
      expect(await fate(t, first.session.id)).toMatchObject({ reason: 'logout', by: 'new login' });
      const expired = await signToken(KEYS, {
        sessionId: second.session.id,
        userId: alice,
        lifetime: 60,
        now: later(-600),
      });
      const third = await login(header(expired));
      expect(await liveIds(t)).toEqual([third.session.id]);
    });

    it('ends none that somebody has only named', async () => {
      const first = await login();
      const forged = await signToken(makeSigningKeys('x'.repeat(32)), {
        sessionId: first.session.id,
        userId: alice,
        lifetime: 60,
      });
      const second = await login(header(forged));
      expect(await liveIds(t)).toEqual([first.session.id, second.session.id].sort());
    });
  });
});
