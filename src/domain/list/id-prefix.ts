import type { Transaction } from '../../db/port/database.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { isLikeToken } from '../text/token-text.ts';

const CANDIDATES = 10;
/** More than an id with all its dashes and some space around it. */
const LONGEST = 42;

/** Things with random ids that any unambiguous first digits name. */
export interface Identified<T extends { id: string }> {
  noun: 'session' | 'device';
  /** One line about a candidate, behind its id. */
  describe: (thing: T) => string;
  byRange: (tx: Transaction, range: { from: string; to: string }, limit: number) => Promise<T[]>;
}

/** The hex digits of an id or of a prefix of one; dashes and case do not matter. Throws INVALID_INPUT. */
export function parsePrefix(text: string, { noun }: { noun: 'session' | 'device' }): string {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  if (isLikeToken(text) || text.length > LONGEST) {
    // not repeated: it may be a token, or a part of one
    throw new TomoError(
      'INVALID_INPUT',
      `What was given is not a ${noun} id: ${isLikeToken(text) ? 'it is a token' : `it has ${text.length} characters`}.`,
      { reason: 'not-an-id' },
    );
  }
  if (!/^[0-9a-f]{1,32}$/.test(digits)) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a ${noun} id.`, {
      reason: `malformed-${noun}-id`,
      hint: 'An id is 32 hex digits; its first ones are enough.',
    });
  }
  if (digits.length < 4) throw invalidInput(`"${text}" is too short for a ${noun} id.`, 'Give at least 4 digits.');
  return digits;
}

/** The one thing that an id or prefix names, or undefined. Throws INVALID_INPUT, or AMBIGUOUS_ID with the candidates. */
export async function findByPrefix<T extends { id: string }>(
  tx: Transaction,
  kind: Identified<T>,
  text: string,
): Promise<T | undefined> {
  const digits = parsePrefix(text, kind);
  const range = { from: toUuid(digits.padEnd(32, '0')), to: toUuid(digits.padEnd(32, 'f')) };
  const found = await kind.byRange(tx, range, CANDIDATES + 1);
  if (found.length <= 1) return found[0];
  const shown = found.slice(0, CANDIDATES);
  throw new TomoError(
    'AMBIGUOUS_ID',
    `${found.length > CANDIDATES ? `More than ${CANDIDATES}` : found.length} ${kind.noun}s start with ${text}.`,
    {
      hint: `Give more digits. Candidates:\n${shown.map((thing) => `  ${thing.id}  ${kind.describe(thing)}`).join('\n')}`,
      details: { candidates: shown.map((thing) => thing.id) },
    },
  );
}

/** What the texts name, one entry for each, undefined where there is none; whole ids are looked up together. Throws like findByPrefix. */
export async function findAllByPrefix<T extends { id: string }>(
  tx: Transaction,
  kind: Identified<T> & { byId: (tx: Transaction, ids: string[]) => Promise<T[]> },
  texts: string[],
): Promise<(T | undefined)[]> {
  const digits = texts.map((text) => parsePrefix(text, kind));
  const whole = await kind.byId(tx, digits.filter((d) => d.length === 32).map(toUuid));
  const byDigits = new Map(whole.map((thing) => [thing.id.replaceAll('-', ''), thing]));
  const found: (T | undefined)[] = [];
  for (const [i, text] of texts.entries()) {
    found.push(digits[i]?.length === 32 ? byDigits.get(digits[i]) : await findByPrefix(tx, kind, text));
  }
  return found;
}

function toUuid(digits: string): string {
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  );
}
