import { type IdRange, idsLike } from '../../db/list/id-range.ts';
import type { Transaction } from '../../db/port/database.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { isLikeToken } from '../text/token-text.ts';

const CANDIDATES = 10;
/** More than an id with all its dashes and some space around it. */
const LONGEST = 42;
/** More than any id that a server has made. */
const LONGEST_TEXT = 300;

/** Things with ids that any unambiguous beginning names. */
export interface Identified<T extends { id: string }> {
  noun: 'session' | 'device';
  /** One line about a candidate, behind its id. */
  describe: (thing: T) => string;
  /** An id as it is typed, whole or its beginning, in the form in which two are compared. Throws INVALID_INPUT. */
  parse: (text: string) => string;
  isWhole: (prefix: string) => boolean | 'perhaps';
  byPrefix: (tx: Transaction, prefix: string, limit: number) => Promise<T[]>;
}

type ByRange<T> = (tx: Transaction, range: IdRange, limit: number) => Promise<T[]>;

/** Of ids that are UUIDs: dashes and case do not matter. */
export function byDigits<T>(noun: 'session' | 'device', byRange: ByRange<T>) {
  return {
    noun,
    ...HEX_IDS(noun),
    byPrefix: (tx: Transaction, digits: string, limit: number) => byRange(tx, idsLike(digits), limit),
  };
}

/** Hexadecimal ids. */
export function HEX_IDS(noun: 'session' | 'device') {
  return { parse: (text: string) => parsePrefix(text, { noun }), isWhole: (digits: string) => digits.length === 32 };
}

/** Ids that are text of a server's own. */
export const TEXT_IDS = {
  parse(text: string): string {
    const id = text.trim();
    refuseToken(text, LONGEST_TEXT, 'session');
    if (id === '') throw new TomoError('INVALID_INPUT', 'An id is empty.', { reason: 'malformed-session-id' });
    return id;
  },
  isWhole: () => 'perhaps' as const,
};

/** The hex digits of an id or of a prefix of one; dashes and case do not matter. Throws INVALID_INPUT. */
export function parsePrefix(text: string, { noun }: { noun: 'session' | 'device' }): string {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  refuseToken(text, LONGEST, noun);
  if (!/^[0-9a-f]{1,32}$/.test(digits)) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a ${noun} id.`, {
      reason: `malformed-${noun}-id`,
      hint: 'An id is 32 hex digits; its first ones are enough.',
    });
  }
  if (digits.length < 4) throw invalidInput(`"${text}" is too short for a ${noun} id.`, 'Give at least 4 digits.');
  return digits;
}

function refuseToken(text: string, longest: number, noun: string): void {
  if (!isLikeToken(text) && text.length <= longest) return;
  // not repeated: it may be a token, or a part of one
  throw new TomoError(
    'INVALID_INPUT',
    `What was given is not a ${noun} id: ${isLikeToken(text) ? 'it is a token' : `it has ${text.length} characters`}.`,
    { reason: 'not-an-id' },
  );
}

/**
 * The one thing that an id or prefix names, or undefined. Throws INVALID_INPUT, or AMBIGUOUS_ID with the candidates.
 */
export async function findByPrefix<T extends { id: string }>(
  tx: Transaction,
  kind: Identified<T>,
  text: string,
): Promise<T | undefined> {
  const prefix = kind.parse(text);
  const found = await kind.byPrefix(tx, prefix, CANDIDATES + 1);
  const whole = found.find(({ id }) => id === prefix);
  if (whole || found.length <= 1) return whole ?? found[0];
  const shown = found.slice(0, CANDIDATES);
  throw new TomoError(
    'AMBIGUOUS_ID',
    `${found.length > CANDIDATES ? `More than ${CANDIDATES}` : found.length} ${kind.noun}s start with ${text}.`,
    {
      hint: `Give more of it. Candidates:\n${shown.map((thing) => `  ${thing.id}  ${kind.describe(thing)}`).join('\n')}`,
      details: { candidates: shown.map((thing) => thing.id) },
    },
  );
}

/**
 * What the texts name, one entry for each, undefined where there is none; whole ids are looked up together. Throws
 * like findByPrefix.
 */
export async function findAllByPrefix<T extends { id: string }>(
  tx: Transaction,
  kind: Identified<T> & { byId: (tx: Transaction, ids: string[]) => Promise<T[]> },
  texts: string[],
): Promise<(T | undefined)[]> {
  const prefixes = texts.map(kind.parse);
  const whole = prefixes.filter((prefix) => kind.isWhole(prefix) !== false);
  const lookUp = async () => new Map((await kind.byId(tx, whole)).map((thing) => [kind.parse(thing.id), thing]));
  const known = whole.length > 0 ? lookUp() : new Map<string, T>();
  return Promise.all(
    texts.map(async (text, i) => {
      const prefix = prefixes[i] ?? '';
      const isWhole = kind.isWhole(prefix);
      const thing = isWhole === false ? undefined : (await known).get(prefix);
      return thing ?? (isWhole === true ? undefined : findByPrefix(tx, kind, text));
    }),
  );
}
