import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SigningKey, SigningKeys } from '../token/token.ts';

const RANDOM_BYTES = 32;
const MAC_BYTES = 32;

/**
 * A token that only a page of this session can know: random bytes and an HMAC of them and the session's id, under a
 * key derived from the signing key. Put it into forms or a meta element, never into a cookie of its own, and demand it
 * back with every request that changes something. It is good as long as the session; there may be many. OWASP
 * Cross-Site Request Forgery Prevention Cheat Sheet, "Signed Double-Submit Cookie".
 */
export function makeCsrfToken(keys: SigningKeys, sessionId: string): string {
  const random = randomBytes(RANDOM_BYTES);
  return Buffer.concat([random, mac(keys.current, sessionId, random)]).toString('base64url');
}

/** Whether the token was made for this session, by the current key or a previous one. Constant time; never throws. */
export function verifyCsrfToken(keys: SigningKeys, sessionId: string, token: unknown): boolean {
  if (
    typeof sessionId !== 'string' ||
    typeof token !== 'string' ||
    token.length !== Math.ceil(((RANDOM_BYTES + MAC_BYTES) * 4) / 3)
  )
    return false;
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== RANDOM_BYTES + MAC_BYTES) return false;
  const [random, given] = [bytes.subarray(0, RANDOM_BYTES), bytes.subarray(RANDOM_BYTES)];
  return [keys.current, ...keys.previous]
    .map((key) => timingSafeEqual(mac(key, sessionId, random), given))
    .includes(true);
}

/** HKDF (RFC 5869), so that what is learnt about one kind of token says nothing about the other. */
function mac({ secret }: SigningKey, sessionId: string, random: Buffer): Buffer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'tomo csrf', 32));
  return createHmac('sha256', key).update(`${sessionId.toLowerCase()}!`).update(random).digest();
}
