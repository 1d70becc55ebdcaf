import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clearSessionCookie, readSessionCookie, sessionCookie } from '../../src/domain/server/cookie.ts';
import { makeCsrfToken, verifyCsrfToken } from '../../src/domain/server/csrf.ts';
import { makeSigningKeys } from '../../src/domain/token/token.ts';

describe('the session cookie', () => {
  const brief = { rememberMe: false, tokenLifetime: 3600 };
  const long = { rememberMe: true, tokenLifetime: 2_592_000 };

  it('has the attributes of the specification, Secure and a __Host- name with HTTPS', () => {
    expect(sessionCookie('a.b-c.d_e', brief, { secure: true })).toBe(
      '__Host-tomo_session=a.b-c.d_e; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
    expect(sessionCookie('a.b.c', brief, { secure: false })).toBe(
      'tomo_session=a.b.c; Path=/; HttpOnly; SameSite=Strict',
    );
  });

  it('outlives the browser only with remember-me', () => {
    expect(sessionCookie('a.b.c', long, { secure: false })).toBe(
      'tomo_session=a.b.c; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict',
    );
  });

  it('is cleared with the same attributes', () => {
    expect(clearSessionCookie({ secure: true })).toBe(
      '__Host-tomo_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict',
    );
  });

  it.each(['', 'a;b', 'a b', 'a\r\nSet-Cookie: x=y', 'ä', 'x'.repeat(4001)])('is not made of %j', (token) => {
    expect(() => sessionCookie(token, brief, { secure: true })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });

  it.each([
    ['tomo_session=a.b.c', 'a.b.c'],
    ['x=1; tomo_session=a.b.c;y=2', 'a.b.c'],
    ['  tomo_session=a=b  ', 'a=b'],
    ['tomo_session=a.b.c; tomo_session=a.b.c', 'a.b.c'],
    ['tomo_session=planted; tomo_session=a.b.c', undefined],
    ['tomo_session=', undefined],
    ['tomo_session', undefined],
    ['xtomo_session=a', undefined],
    ['Tomo_Session=a', undefined],
    ['__Host-tomo_session=a', undefined],
    [';;;=;', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('is read from %j as %j', (header, token) => {
    expect(readSessionCookie(header, { secure: false })).toBe(token);
  });

  it('with HTTPS is read by its __Host- name only, which nobody else can plant', () => {
    expect(readSessionCookie('tomo_session=planted; __Host-tomo_session=a.b.c', { secure: true })).toBe('a.b.c');
    expect(readSessionCookie('tomo_session=planted', { secure: true })).toBeUndefined();
  });
});

describe('a CSRF token', () => {
  const [old, session, other] = [
    'o'.repeat(32),
    '3f2a9c41-1111-4111-8111-0123456789ab',
    '3f2a9c41-1111-4111-8111-0123456789ac',
  ];
  const keys = makeSigningKeys(old);
  const rotated = makeSigningKeys('n'.repeat(32), [old]);
  const token = makeCsrfToken(keys, session);

  it('is good for its session, whichever of the keys has made it, and every time another', () => {
    expect(verifyCsrfToken(keys, session, token)).toBe(true);
    expect(verifyCsrfToken(keys, session.toUpperCase(), token)).toBe(true);
    expect(verifyCsrfToken(rotated, session, token)).toBe(true);
    expect(makeCsrfToken(keys, session)).not.toBe(token);
  });

  it('is good for no other session and under no other key', () => {
    expect(verifyCsrfToken(keys, other, token)).toBe(false);
    expect(verifyCsrfToken(keys, undefined as never, token)).toBe(false);
    expect(verifyCsrfToken(makeSigningKeys('n'.repeat(32)), session, token)).toBe(false);
    expect(verifyCsrfToken(keys, session, makeCsrfToken(rotated, session))).toBe(false);
  });

  it('is made with a key of its own, which others can derive', () => {
    const bytes = Buffer.from(token, 'base64url');
    const mac = (key: string | Buffer) =>
      createHmac('sha256', key).update(`${session}!`).update(bytes.subarray(0, 32)).digest();
    expect(bytes.subarray(32)).toEqual(mac(Buffer.from(hkdfSync('sha256', old, '', 'tomo csrf', 32))));
    expect(bytes.subarray(32)).not.toEqual(mac(old));
  });

  it.each([
    undefined,
    null,
    '',
    7,
    {},
    [token],
    token.slice(1),
    `${token}A`,
    token.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
    token.replace(/.$/, '!'),
    'ä'.repeat(token.length),
    'A'.repeat(token.length),
    'A'.repeat(1e6),
  ])('is not %.20j', (forged) => {
    expect(verifyCsrfToken(keys, session, forged)).toBe(false);
  });
});
