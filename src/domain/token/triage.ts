import { type Database, read } from '../../db/port/database.ts';
import type { SessionState, Timestamp } from '../../model/session.ts';
import {
  type CheckedToken,
  checkTokens,
  isGenuine,
  type ReadToken,
  type Refusal,
  readToken,
  type SignatureCheck,
} from './check.ts';
import { timeOf } from './inspection.ts';
import type { SigningKeys } from './token.ts';

/** Characters of tokens that are remembered, to tell each of them once. */
const REMEMBERED = 64_000_000;

/** Tokens that are looked up together. */
const BATCH = 1000;

/** A token that was found somewhere, and where. */
export interface FoundToken {
  /** Counted from 1. */
  line: number;
  token: string;
}

/** What there is to say about one of many tokens. */
export interface TriagedToken {
  /** Where it stood first. */
  line: number;
  /** How often it was there. */
  times: number;
  /** Null: without a signing key that cannot be told. */
  accepted: boolean | null;
  verdict: 'accepted' | Refusal;
  signature: SignatureCheck;
  /** The session it names, if there is such a one. */
  sessionId: string | null;
  username: string | null;
  state: SessionState | null;
  expiresAt: Timestamp | null;
  /**
   * What `revoke` means for it: its session is live and it proves to be of it (revoke), or is live and it proves
   * nothing (skip: nobody ends a session by a token that is made up); null: there is no live session.
   */
  action: 'revoke' | 'skip' | null;
}

export interface Triage {
  /** Different ones. */
  tokens: number;
  /** How often they were there in all. */
  occurrences: number;
  /** How many of each verdict. */
  verdicts: Partial<Record<TriagedToken['verdict'], number>>;
  /** Live sessions that genuine tokens are of. */
  revocable: Set<string>;
  /** Their users. */
  users: Set<string>;
  /** Live sessions that tokens name without proving to be of them. */
  unproven: Set<string>;
}

/**
 * Looks at any number of tokens, in batches, each of them once: signature, session, whether the server would accept it
 * now. Memory grows with the live sessions found, and up to 64 million characters with the tokens: what comes again
 * after so many is told again. `keys` undefined: there are none, and nothing is proven.
 */
export async function triageTokens(
  db: Database,
  tokens: AsyncIterable<FoundToken>,
  keys: SigningKeys | undefined,
  options: { now: () => Date; write: (token: TriagedToken) => Promise<void> | undefined; signal?: AbortSignal },
): Promise<Triage> {
  const triage: Triage = {
    tokens: 0,
    occurrences: 0,
    verdicts: {},
    revocable: new Set(),
    users: new Set(),
    unproven: new Set(),
  };
  let batch: (ReadToken & Place)[] = [];
  const work = async () => {
    const seen = batch;
    batch = [];
    const checked = await read(db, (tx) => checkTokens(tx, seen));
    for (const [i, token] of checked.entries()) {
      const { line = 0, times = 1 } = seen[i] ?? {};
      const row = rowOf(token, { line, times });
      note(triage, row);
      const pending = options.write(row);
      if (pending) await pending;
    }
  };
  for await (const { line, times, token } of distinct(tokens)) {
    batch.push({ ...(await readToken(token, keys, options.now())), line, times });
    if (batch.length === BATCH) await work();
    if (options.signal?.aborted) break;
  }
  if (batch.length > 0) await work();
  return triage;
}

type Place = Pick<TriagedToken, 'line' | 'times'>;

async function* distinct(tokens: AsyncIterable<FoundToken>): AsyncGenerator<FoundToken & Place> {
  let seen = new Map<string, FoundToken & Place>();
  let characters = 0;
  for await (const found of tokens) {
    const known = seen.get(found.token);
    if (known) {
      known.times += 1;
      continue;
    }
    seen.set(found.token, { ...found, times: 1 });
    characters += found.token.length;
    if (characters < REMEMBERED) continue;
    yield* seen.values();
    seen = new Map();
    characters = 0;
  }
  yield* seen.values();
}

function rowOf(token: CheckedToken, { line, times }: Place): TriagedToken {
  const { refusal, signature, holder, unverified } = token;
  return {
    line,
    times,
    accepted: refusal === null ? true : refusal === 'no-key' ? null : false,
    verdict: refusal ?? 'accepted',
    signature,
    sessionId: holder?.id ?? null,
    username: holder?.username ?? null,
    state: holder?.state ?? null,
    expiresAt: timeOf(unverified?.claims.exp),
    action: holder?.state !== 'active' ? null : isGenuine(token) ? 'revoke' : 'skip',
  };
}

function note(triage: Triage, { times, verdict, sessionId, username, action }: TriagedToken): void {
  triage.tokens += 1;
  triage.occurrences += times;
  triage.verdicts[verdict] = (triage.verdicts[verdict] ?? 0) + 1;
  if (sessionId === null || username === null || action === null) return;
  if (action === 'revoke') {
    triage.revocable.add(sessionId);
    triage.users.add(username);
    triage.unproven.delete(sessionId);
  } else if (!triage.revocable.has(sessionId)) {
    triage.unproven.add(sessionId);
  }
}
