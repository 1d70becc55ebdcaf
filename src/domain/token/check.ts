import type { Transaction } from '../../db/port/database.ts';
import { type SessionHolder, selectSessionHolders } from '../../db/session/holders.ts';
import { isUuid } from '../text/uuid.ts';
import { decodeToken, type SigningKeys, type TokenProblem, type UnverifiedToken, verifyToken } from './token.ts';

/** Seconds that the clocks of two machines may differ. */
const CLOCK_TOLERANCE = 30;

/**
 * Why the server would refuse a token: something with the token itself, or
 * - no-key: nothing speaks against it, but there is no key to check its signature with
 * - no-session: no such session, or deleted
 * - other-user: the session is another user's
 * - session-dead: the session is not live
 */
export type Refusal = TokenProblem | 'no-key' | 'no-session' | 'other-user' | 'session-dead';

/** What became of a token's signature: by which key it is, by none of them, or not looked at. */
export type SignatureCheck = 'current' | 'previous' | 'invalid' | 'unchecked';

/** A token by itself, before its session is looked up. */
export interface ReadToken {
  problem: TokenProblem | 'no-key' | null;
  /** A plain sentence about the problem, without anything of the signature. */
  detail: string | null;
  signature: SignatureCheck;
  /** Outside text. Null when nothing can be read. */
  unverified: UnverifiedToken | null;
  /** As the token has them: to be believed only when the signature is by one of the keys. */
  sessionId: string | null;
  userId: string | null;
}

export interface CheckedToken extends ReadToken {
  /** Null: the server would accept it now. */
  refusal: Refusal | null;
  holder: SessionHolder | null;
}

/** Signature and claims of a token. `keys` undefined: there are none, so that only a refusal can be certain. */
export async function readToken(token: string, keys: SigningKeys | undefined, now: Date): Promise<ReadToken> {
  const read = keys ? await verified(token, keys, now) : await unsigned(token, now);
  const { sid, sub } = read.unverified?.claims ?? {};
  return { ...read, sessionId: idIn(sid), userId: idIn(sub) };
}

type Verified = Omit<ReadToken, 'sessionId' | 'userId'>;

async function verified(token: string, keys: SigningKeys, now: Date): Promise<Verified> {
  const verdict = await verifyToken(keys, token, { now, clockTolerance: CLOCK_TOLERANCE });
  if (verdict.ok) return { problem: null, detail: null, signature: verdict.key, unverified: verdict.unverified };
  const { reason, detail, key, unverified } = verdict;
  return { problem: reason, detail, signature: key ?? (reason === 'signature' ? 'invalid' : 'unchecked'), unverified };
}

async function unsigned(token: string, now: Date): Promise<Verified> {
  const unverified = await decodeToken(token);
  const found = (problem: Verified['problem'], detail: string) =>
    ({ problem, detail, signature: 'unchecked', unverified }) as const;
  if (!unverified) return found('malformed', 'It is not a JWT.');
  const { alg } = unverified.header;
  if (alg !== 'HS256') return found('algorithm', 'Its algorithm is not HS256.');
  const { exp } = unverified.claims;
  const late = typeof exp === 'number' ? now.getTime() / 1000 - exp : 0;
  if (late >= CLOCK_TOLERANCE) return found('expired', `It expired ${Math.floor(late)} s ago.`);
  return found('no-key', 'There is no signing key here to check its signature with.');
}

function idIn(claim: unknown): string | null {
  return isUuid(claim) ? claim.toLowerCase() : null;
}

/** What the server would say to these tokens now, in their order: one look-up for all of them. */
export async function checkTokens(tx: Transaction, tokens: readonly ReadToken[]): Promise<CheckedToken[]> {
  const ids = [...new Set(tokens.flatMap(({ sessionId }) => sessionId ?? []))];
  const found = ids.length > 0 ? await selectSessionHolders(tx, ids) : [];
  const holders = new Map(found.map((holder) => [holder.id, holder]));
  return tokens.map((token) => {
    const holder = holders.get(token.sessionId ?? '') ?? null;
    return { ...token, holder, refusal: refusalOf(token, holder) };
  });
}

function refusalOf({ problem, userId }: ReadToken, holder: SessionHolder | null): Refusal | null {
  if (problem !== null && problem !== 'no-key') return problem;
  if (!holder) return 'no-session';
  if (holder.userId !== userId) return 'other-user';
  if (holder.state !== 'active') return 'session-dead';
  return problem;
}

/** Whether the token is by one of our keys and of the session it names, so that it may act on it, expired or not. */
export function isGenuine({ signature, problem, holder, userId }: CheckedToken): boolean {
  const ours = signature === 'current' || signature === 'previous';
  return ours && problem !== 'claims' && holder !== null && holder.userId === userId;
}

/** "was revoked": what became of a session that is not live. */
export function deathOf({ endReason }: SessionHolder): string {
  if (endReason === null) return 'belongs to a user who is not active';
  return {
    logout: 'was logged out',
    evicted: 'was evicted by the session limit',
    revoked: 'was revoked',
    expired: 'has expired',
  }[endReason];
}
