import { type Database, read } from '../../db/port/database.ts';
import { selectClock } from '../../db/session/rules.ts';
import { selectSessionsById } from '../../db/session/sessions.ts';
import type { Timestamp } from '../../model/session.ts';
import { type Explanation, explain } from '../session/why.ts';
import { clockHints, type Hint } from '../session/why-hints.ts';
import { withoutTokens } from '../text/token-text.ts';
import { checkTokens, type Refusal, readToken, type SignatureCheck } from './check.ts';
import type { SigningKeys } from './token.ts';

/**
 * What Tomo knows of a header and of claims (RFC 7515, section 4.1; RFC 7519, section 4.1). What else a token
 * says is not repeated.
 */
const HEADER = ['alg', 'typ', 'kid'];
const CLAIMS = ['iss', 'sub', 'sid', 'iat', 'nbf', 'exp'];

export interface TokenInspection {
  /** Whether the server would accept it now; null: without a signing key that cannot be told. */
  accepted: boolean | null;
  /** Why not. */
  refusal: Refusal | null;
  /** A plain sentence about what is wrong with the token itself. */
  detail: string | null;
  /** What would be wrong by the database's clock, where that says something else than this machine's. */
  byDatabaseClock: { refusal: Refusal | null } | null;
  signature: SignatureCheck;
  /**
   * As the token says; outside text, to be believed only when the signature is by one of the keys. Null:
   * it cannot be read.
   */
  header: Record<string, unknown> | null;
  claims: Record<string, unknown> | null;
  /** Names of what else it claims. */
  otherClaims: string[];
  issuedAt: Timestamp | null;
  notBefore: Timestamp | null;
  expiresAt: Timestamp | null;
  /** The session it names, and why that is live or dead; null: there is none. */
  why: Explanation | null;
  hints: Hint[];
}

/**
 * Everything about one token: signature, claims, session, and whether the server would accept it now. `keys`
 * undefined: there are none.
 */
export async function inspectToken(
  db: Database,
  token: string,
  keys: SigningKeys | undefined,
  { clock }: { clock: () => Date },
): Promise<TokenInspection> {
  const here = await readToken(token, keys, clock());
  return read(db, async (tx) => {
    const there = await readToken(token, keys, new Date(await selectClock(tx)));
    const [checked, byDatabase] = await checkTokens(tx, [here, there]);
    if (!checked || !byDatabase) throw new Error('a token was lost');
    const { refusal, detail, signature, holder, unverified } = checked;
    const [session] = holder ? await selectSessionsById(tx, [holder.id]) : [];
    const why = session ? await explain(tx, session, { environment: {}, clock }) : null;
    const { iat, nbf, exp } = unverified?.claims ?? {};
    return {
      accepted: refusal === null ? true : refusal === 'no-key' ? null : false,
      refusal,
      detail,
      byDatabaseClock: byDatabase.refusal === refusal ? null : { refusal: byDatabase.refusal },
      signature,
      header: unverified && known(unverified.header, HEADER),
      claims: unverified && known(unverified.claims, CLAIMS),
      otherClaims: Object.keys(unverified?.claims ?? {}).filter((name) => !CLAIMS.includes(name)),
      issuedAt: timeOf(iat),
      notBefore: timeOf(nbf),
      expiresAt: timeOf(exp),
      why,
      hints: why?.hints ?? (await clockHints(tx, clock)),
    };
  });
}

/** Those of the fields that are there, if they are plain values; one that holds a token in its turn keeps it. */
function known(said: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  const plain = (value: unknown) =>
    typeof value === 'string' ? withoutTokens(value).slice(0, 200) : typeof value === 'object' ? null : value;
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(said, name) ? [[name, plain(said[name])]] : [])));
}

/** NumericDate (RFC 7519, section 2) to ISO 8601; null for what is none. */
export function timeOf(seconds: unknown): Timestamp | null {
  if (typeof seconds !== 'number') return null;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
