import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { TomoError } from '../../model/errors.ts';
import { isUuid } from '../text/uuid.ts';

/** HS256 needs a key as long as its hash (RFC 7518, section 3.2). */
const MIN_KEY_BYTES = 32;
/** What a cookie can hold twice over. */
const MAX_TOKEN_LENGTH = 8192;
const ISSUER = 'tomo';
const ALGORITHM = 'HS256';
/** The year 9999, in seconds since 1970: a time that a Date and a database can hold. */
const LAST_SECOND = 253_402_300_799;

export interface SigningKey {
  /** Names the key in the header of a token and tells nothing about it. */
  kid: string;
  secret: KeyObject;
}

/** New tokens are signed with `current`; those of `previous` keys are accepted until they expire. */
export interface SigningKeys {
  current: SigningKey;
  previous: readonly SigningKey[];
}

/**
 * The keys as texts (their bytes are UTF-8), previous ones while a rotation lasts. Throws INVALID_INPUT for one that
 * is shorter than 32 bytes (RFC 7518, section 3.2) or given twice.
 */
export function makeSigningKeys(current: string, previous: readonly string[] = []): SigningKeys {
  const named = [current, ...previous].map((text, i) => ({
    text,
    name: i === 0 ? 'current signing key' : `previous signing key ${i}`,
  }));
  for (const [i, { text, name }] of named.entries()) {
    const bytes = Buffer.byteLength(text);
    if (bytes < MIN_KEY_BYTES) {
      throw new TomoError('INVALID_INPUT', `The ${name} has ${bytes} bytes; HS256 needs at least ${MIN_KEY_BYTES}.`, {
        hint: 'Make one: openssl rand -hex 32',
      });
    }
    const twin = named.slice(0, i).find((other) => other.text === text);
    if (twin) {
      throw new TomoError('INVALID_INPUT', `The ${name} is the same as the ${twin.name}.`, {
        hint: 'After a rotation the new key is the current one, and the old key a previous one.',
      });
    }
  }
  return { current: makeKey(current), previous: previous.map(makeKey) };
}

function makeKey(text: string): SigningKey {
  const secret = createSecretKey(text, 'utf8');
  return { kid: createHmac('sha256', secret).update('tomo signing key').digest('hex').slice(0, 16), secret };
}

export interface TokenInput {
  sessionId: string;
  userId: string;
  /** Seconds, as open_session and touch_session return it. */
  lifetime: number;
  now?: Date;
}

/** A JWT (RFC 7519), signed with the current key by HS256: `iss`, `sub` the user, `sid` the session, `iat`, `exp`. */
export async function signToken(
  keys: SigningKeys,
  { sessionId, userId, lifetime, now = new Date() }: TokenInput,
): Promise<string> {
  const { default: jwt } = await import('jsonwebtoken');
  const iat = Math.floor(now.getTime() / 1000);
  return jwt.sign({ iss: ISSUER, sub: userId, sid: sessionId, iat, exp: iat + lifetime }, keys.current.secret, {
    algorithm: ALGORITHM,
    keyid: keys.current.kid,
  });
}

/** What a verified token says. Times in seconds since 1970. */
export interface TokenClaims {
  sessionId: string;
  userId: string;
  issuedAt: number;
  expiresAt: number;
}

/** What a token says of itself: outside text, not to be believed. */
export interface UnverifiedToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
}

/**
 * - malformed: no JWT at all, or one that demands extensions
 * - algorithm: signed by another one than HS256, or not at all
 * - signature: by none of our keys, or altered since
 * - claims: signed by us, but not a session's token; `detail` names the claim
 * - expired, not-yet-valid: by `seconds`; not-yet-valid means that a clock is wrong, here or where it was signed
 */
export type TokenProblem = 'malformed' | 'algorithm' | 'signature' | 'claims' | 'expired' | 'not-yet-valid';

export type TokenVerdict =
  /** pastHalf: more than half of its life is over, so that it should be renewed. */
  | { ok: true; claims: TokenClaims; key: 'current' | 'previous'; pastHalf: boolean; unverified: UnverifiedToken }
  | {
      ok: false;
      reason: TokenProblem;
      /** A plain sentence; may quote the token's header or claims, never its signature. */
      detail: string;
      /** For expired and not-yet-valid: for how long, and how long until. */
      seconds: number | null;
      /** Which key has signed it; null: none, or it was not looked at. */
      key: 'current' | 'previous' | null;
      /** Null when nothing can be read. */
      unverified: UnverifiedToken | null;
    };

export interface VerifyOptions {
  now?: Date;
  /** Seconds that the clocks of two servers may differ; default 30. */
  clockTolerance?: number;
}

/**
 * Checks signature and claims of a token; whether its session is live only the database knows. Never throws, whatever
 * the text. HS256 only, whatever the header says (RFC 8725, sections 2.1 and 3.1). The header's `kid` chooses the key;
 * with an unknown one or none, every key is tried.
 */
export async function verifyToken(
  keys: SigningKeys,
  token: string,
  { now = new Date(), clockTolerance = 30 }: VerifyOptions = {},
): Promise<TokenVerdict> {
  const { default: jwt } = await import('jsonwebtoken');
  const unverified = decode(jwt, token);
  type Refused = Extract<TokenVerdict, { ok: false }>;
  const refuse = (reason: TokenProblem, detail: string, key: Refused['key'] = null, seconds: number | null = null) =>
    ({ ok: false, reason, detail, seconds, key, unverified }) satisfies Refused;

  if (!unverified) return refuse('malformed', 'It is not a JWT.');
  const { header, claims } = unverified;
  if (header.alg !== ALGORITHM)
    return refuse('algorithm', `Its algorithm is ${quote(header.alg)}; only ${ALGORITHM} is accepted.`);
  // extensions that must be understood (RFC 7515, section 4.1.11)
  if ('crit' in header) return refuse('malformed', 'Its header demands extensions.');

  const signer = signerOf(jwt, keys, token, header.kid);
  if (!signer) return refuse('signature', 'It was signed by none of our keys, or altered since.');
  const key = signer === keys.current ? 'current' : 'previous';

  const { iss, sub, sid, iat, exp, nbf } = claims;
  if (iss !== ISSUER) return refuse('claims', `Its issuer (iss) is ${quote(iss)}, not "${ISSUER}".`, key);
  if (!isUuid(sub)) return refuse('claims', `Its user (sub) is ${quote(sub)}, which is not an id.`, key);
  if (!isUuid(sid)) return refuse('claims', `Its session (sid) is ${quote(sid)}, which is not an id.`, key);
  if (!isTime(iat)) return refuse('claims', `Its time of issue (iat) is ${quote(iat)}, which is not a time.`, key);
  if (!isTime(exp)) return refuse('claims', `Its expiry (exp) is ${quote(exp)}, which is not a time.`, key);
  if (nbf !== undefined && !isTime(nbf))
    return refuse('claims', `Its beginning (nbf) is ${quote(nbf)}, which is not a time.`, key);

  const seconds = now.getTime() / 1000;
  const early = Math.max(iat, nbf ?? iat) - seconds;
  // so that a time or a tolerance that is not a number lets nobody in
  const wait = Math.ceil(early);
  if (!(early <= clockTolerance))
    return refuse('not-yet-valid', `It becomes valid in ${wait} s: a clock is wrong.`, key, wait);
  const late = seconds - exp;
  const ago = Math.floor(late);
  if (!(late < clockTolerance)) return refuse('expired', `It expired ${ago} s ago.`, key, ago);
  return {
    ok: true,
    claims: { sessionId: sid.toLowerCase(), userId: sub.toLowerCase(), issuedAt: iat, expiresAt: exp },
    key,
    pastHalf: seconds >= (iat + exp) / 2,
    unverified,
  };
}

/** What a token says of itself, where there is no key to check it with. Null when nothing can be read. */
export async function decodeToken(token: string): Promise<UnverifiedToken | null> {
  const { default: jwt } = await import('jsonwebtoken');
  return decode(jwt, token);
}

type Jwt = typeof import('jsonwebtoken');

function decode(jwt: Jwt, token: string): UnverifiedToken | null {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return null;
  try {
    const { header, payload } = jwt.decode(token, { complete: true, json: true }) ?? {};
    return isObject(header) && isObject(payload) ? { header, claims: payload } : null;
  } catch {
    return null;
  }
}

function signerOf(jwt: Jwt, keys: SigningKeys, token: string, kid: unknown): SigningKey | undefined {
  const all = [keys.current, ...keys.previous];
  const named = all.filter((key) => key.kid === kid);
  return (named.length > 0 ? named : all).find(({ secret }) => {
    try {
      jwt.verify(token, secret, { algorithms: [ALGORITHM], ignoreExpiration: true, ignoreNotBefore: true });
      return true;
    } catch {
      return false;
    }
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LAST_SECOND;
}

/** Outside text in a sentence. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
