import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSigningKeys, signToken, type TokenInput, verifyToken } from '../../src/domain/token/token.ts';

const SECRET = 'an old secret of more than thirty-two bytes';
const KEYS = makeSigningKeys(SECRET);
const NOW = new Date('2026-11-24T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const SESSION = '3f2a9c41-1111-4111-8111-0123456789ab';
const USER = '11111111-2222-4333-8444-555555555555';
const CLAIMS = { iss: 'tomo', sub: USER, sid: SESSION, iat: SECONDS, exp: SECONDS + 3600 };
const HASH = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const;

const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const issue = (input: Partial<TokenInput> = {}, keys = KEYS) =>
  signToken(keys, { sessionId: SESSION, userId: USER, lifetime: 3600, now: NOW, ...input });
const verify = (token: string, options: { now?: Date; clockTolerance?: number } = {}) =>
  verifyToken(KEYS, token, { now: NOW, ...options });

/** A token made without our code, as an attacker or a server in another language makes it. */
function forge(header: object, claims: unknown, secret: string, alg: keyof typeof HASH = 'HS256'): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac(HASH[alg], secret).update(text).digest('base64url')}`;
}

describe('signing keys', () => {
  it.each([
    ['', [], 'The current signing key has 0 bytes; HS256 needs at least 32.'],
    ['x'.repeat(31), [], 'The current signing key has 31 bytes; HS256 needs at least 32.'],
    [SECRET, ['x'.repeat(32), 'short'], 'The previous signing key 2 has 5 bytes; HS256 needs at least 32.'],
    [SECRET, [SECRET], 'The previous signing key 1 is the same as the current signing key.'],
    [SECRET, ['x'.repeat(32), 'x'.repeat(32)], 'The previous signing key 2 is the same as the previous signing key 1.'],
  ])('"%s" with %j are refused', (current, previous, message) => {
    expect(() => makeSigningKeys(current, previous)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message }),
    );
  });

  it('count bytes, not characters', () => {
    expect(makeSigningKeys('ü'.repeat(16)).current.kid).toMatch(/^[0-9a-f]{16}$/);
  });

  it('show nothing of themselves when they are logged', () => {
    expect(`${inspect(KEYS, { depth: 9, showHidden: true })} ${JSON.stringify(KEYS)}`).not.toContain('secret of');
  });
});

describe('a token that we have signed', () => {
  it('has the header and the claims that other languages expect', async () => {
    const [header = '', claims = '', signature] = (await issue()).split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'HS256',
      typ: 'JWT',
      kid: KEYS.current.kid,
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual(CLAIMS);
    expect(signature).toBe(createHmac('sha256', SECRET).update(`${header}.${claims}`).digest('base64url'));
  });

  it('is accepted, and is due for renewal past half of its life', async () => {
    const token = await issue();
    const claims = { sessionId: SESSION, userId: USER, issuedAt: SECONDS, expiresAt: SECONDS + 3600 };
    expect(await verify(token)).toMatchObject({ ok: true, key: 'current', pastHalf: false, claims });
    expect(await verify(token, { now: at(1799) })).toMatchObject({ ok: true, pastHalf: false });
    expect(await verify(token, { now: at(1800) })).toMatchObject({ ok: true, pastHalf: true });
  });

  it.each([
    [3629, {}, { ok: true }],
    [3630, {}, { ok: false, reason: 'expired', seconds: 30, key: 'current' }],
    [3600, { clockTolerance: 0 }, { ok: false, reason: 'expired', seconds: 0 }],
    [3_000, { clockTolerance: Number.NaN }, { ok: false }],
    [3_000, { now: new Date(Number.NaN) }, { ok: false }],
    [86_400 * 365, {}, { ok: false, reason: 'expired', seconds: 86_400 * 365 - 3600 }],
    [-30, {}, { ok: true }],
    [
      -31,
      {},
      {
        ok: false,
        reason: 'not-yet-valid',
        seconds: 31,
        key: 'current',
        detail: 'It becomes valid in 31 s: a clock is wrong.',
      },
    ],
  ])('after %d s, with %j: %j', async (seconds, options, verdict) => {
    expect(await verify(await issue(), { now: at(seconds), ...options })).toMatchObject(verdict);
  });
});

describe('rotation', () => {
  const rotated = makeSigningKeys('the new secret, also of more than 32 bytes', [
    'another previous one of at least 32 bytes',
    SECRET,
  ]);

  it('accepts what a previous key has signed, and nothing once that is gone', async () => {
    expect(await verifyToken(rotated, await issue(), { now: NOW })).toMatchObject({ ok: true, key: 'previous' });
    expect(await verifyToken(rotated, await issue({}, rotated), { now: NOW })).toMatchObject({
      ok: true,
      key: 'current',
    });
    expect(await verify(await issue({}, rotated))).toMatchObject({ ok: false, reason: 'signature' });
  });

  it.each([{}, { kid: 'unheard-of' }, { kid: 7 }, { kid: ['x'] }])(
    'tries every key when the header says %j',
    async (kid) => {
      const token = forge({ alg: 'HS256', ...kid }, CLAIMS, SECRET);
      expect(await verifyToken(rotated, token, { now: NOW })).toMatchObject({ ok: true, key: 'previous' });
    },
  );

  it('takes the key that the header names and no other', async () => {
    const token = forge({ alg: 'HS256', kid: rotated.current.kid }, CLAIMS, SECRET);
    expect(await verifyToken(rotated, token, { now: NOW })).toMatchObject({
      ok: false,
      reason: 'signature',
      key: null,
    });
  });
});

describe('a token that somebody else has made', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const unsigned = `${encode({ alg: 'none' })}.${encode(CLAIMS)}.`;
  const rsa = `${encode({ alg: 'RS256' })}.${encode(CLAIMS)}`;

  it.each([
    ['unsigned', unsigned],
    ['unsigned, written otherwise', unsigned.replace(encode({ alg: 'none' }), encode({ alg: 'nOnE' }))],
    ['RS256', `${rsa}.${sign('sha256', Buffer.from(rsa), privateKey).toString('base64url')}`],
    ['RS256, signed by the HMAC of the public key', forge({ alg: 'RS256' }, CLAIMS, pem)],
    ['RS256, signed by the HMAC of our key', forge({ alg: 'RS256' }, CLAIMS, SECRET)],
    ['HS512 by our key', forge({ alg: 'HS512' }, CLAIMS, SECRET, 'HS512')],
    ['HS384 by our key', forge({ alg: 'HS384' }, CLAIMS, SECRET, 'HS384')],
    ['hs256', forge({ alg: 'hs256' }, CLAIMS, SECRET)],
    ['no algorithm', forge({}, CLAIMS, SECRET)],
    ['a list of algorithms', forge({ alg: ['HS256'] }, CLAIMS, SECRET)],
  ])('has another algorithm: %s', async (_, token) => {
    expect(await verify(token)).toMatchObject({
      ok: false,
      reason: 'algorithm',
      key: null,
      unverified: { claims: CLAIMS },
    });
  });

  it('does not pass with a key that looks like a public key', async () => {
    const keys = makeSigningKeys(pem);
    expect(await verifyToken(keys, forge({ alg: 'HS256' }, CLAIMS, pem), { now: NOW })).toMatchObject({ ok: true });
    expect(await verifyToken(keys, forge({ alg: 'RS256' }, CLAIMS, pem), { now: NOW })).toMatchObject({
      ok: false,
      reason: 'algorithm',
    });
  });

  it.each([
    ['another key', forge({ alg: 'HS256' }, CLAIMS, 'x'.repeat(32))],
    ['no signature', forge({ alg: 'HS256' }, CLAIMS, SECRET).replace(/[^.]+$/, '')],
    ['the signature of another hash', forge({ alg: 'HS256' }, CLAIMS, SECRET, 'HS512')],
    ['half a signature', forge({ alg: 'HS256' }, CLAIMS, SECRET).slice(0, -20)],
    [
      'other claims',
      forge({ alg: 'HS256' }, CLAIMS, SECRET).replace(encode(CLAIMS), encode({ ...CLAIMS, sub: SESSION })),
    ],
  ])('has no signature of ours: %s', async (_, token) => {
    expect(await verify(token)).toMatchObject({ ok: false, reason: 'signature', key: null });
  });

  it.each([
    ['iss', { iss: 'other' }],
    ['iss', { iss: undefined }],
    ['sub', { sub: 'alice' }],
    ['sub', { sub: [USER] }],
    ['sid', { sid: undefined }],
    ['sid', { sid: `${SESSION}\n` }],
    ['iat', { iat: undefined }],
    ['iat', { iat: '1' }],
    ['exp', { exp: undefined }],
    ['exp', { exp: 1e300 }],
    ['exp', { exp: String(SECONDS + 3600) }],
    ['exp', { exp: null }],
    ['nbf', { nbf: 'soon' }],
  ])('is signed by us but no session token: %s of %j', async (claim, change) => {
    const verdict = await verify(forge({ alg: 'HS256' }, { ...CLAIMS, ...change }, SECRET));
    expect(verdict).toMatchObject({
      ok: false,
      reason: 'claims',
      key: 'current',
      detail: expect.stringContaining(`(${claim})`),
    });
  });

  it('is not valid before its nbf', async () => {
    const token = forge({ alg: 'HS256' }, { ...CLAIMS, nbf: SECONDS + 90 }, SECRET);
    expect(await verify(token)).toMatchObject({ ok: false, reason: 'not-yet-valid', seconds: 90 });
    expect(await verify(token, { now: at(60) })).toMatchObject({ ok: true });
  });

  it.each([
    '',
    '.',
    '..',
    'a.b.c',
    'Bearer x',
    `${encode({ alg: 'HS256', typ: 'JWT' })}.bm8.x`,
    `${encode('HS256')}.${encode(CLAIMS)}.x`,
    `${encode([])}.${encode(CLAIMS)}.x`,
    forge({ alg: 'HS256' }, 'claims', SECRET),
    forge({ alg: 'HS256' }, [CLAIMS], SECRET),
    forge({ alg: 'HS256' }, null, SECRET),
    forge({ alg: 'HS256', crit: ['b64'], b64: false }, CLAIMS, SECRET),
    `${forge({ alg: 'HS256' }, CLAIMS, SECRET)}\n`,
    ` ${forge({ alg: 'HS256' }, CLAIMS, SECRET)}`,
    `${forge({ alg: 'HS256' }, CLAIMS, SECRET)}.${encode({})}`,
    forge({ alg: 'HS256' }, { ...CLAIMS, more: 'x'.repeat(8192) }, SECRET),
    'x.'.repeat(5_000_000),
    42 as never,
    null as never,
    { split: () => [] } as never,
  ])('is malformed: %.60s', async (token) => {
    expect(await verify(token)).toMatchObject({ ok: false, reason: 'malformed', key: null });
  });

  it('never makes it throw', async () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.tuple(fc.json(), fc.json(), fc.string()).map(([h, c, s]) => [h, c, s].map(encode).join('.')),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (token) => {
        expect(await verify(token)).toMatchObject({ ok: false });
      }),
    );
  });
});
