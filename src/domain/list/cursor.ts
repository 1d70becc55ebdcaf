import { TomoError } from '../../model/errors.ts';

const MOMENT = /^(-infinity|\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d))$/;
/** What a part of a cursor may be; anything else never reaches the database. */
const KINDS = {
  time: (part: string) => MOMENT.test(part) && (part === '-infinity' || !Number.isNaN(Date.parse(part))),
  count: (part: string) => /^\d{1,9}$/.test(part),
  name: (part: string) => part !== '' && !part.includes('\0'),
  uuid: (part: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part),
  row: (part: string) => /^\(\d{1,10},\d{1,5}\)$/.test(part),
};

/** The orders of a list: for each, a letter of its own and what the sort keys of a row are. */
export type Orders<S extends string> = Readonly<Record<S, readonly [letter: string, ...kinds: (keyof typeof KINDS)[]]>>;

/** Where the page after a row with these sort keys starts, as an opaque text for `--after`. */
export function encodeKeys<S extends string>(orders: Orders<S>, sort: S, keys: readonly string[]): string {
  return orders[sort][0] + Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** The sort keys in a cursor. Throws INVALID_INPUT for a text that is not a cursor, or one of another order. */
export function decodeKeys<S extends string>(orders: Orders<S>, sort: S, text: string): string[] {
  const from = (Object.keys(orders) as S[]).find((name) => orders[name][0] === text[0]);
  const keys = from && parse(text.slice(1));
  const [, ...kinds] = orders[from ?? sort];
  if (!from || !keys || keys.length !== kinds.length || !kinds.every((kind, i) => KINDS[kind](keys[i] ?? ''))) {
    throw new TomoError('INVALID_INPUT', `--after: "${text}" is not a cursor of this list.`, {
      hint: 'Take the one that the page before has printed.',
    });
  }
  if (from !== sort)
    throw new TomoError('INVALID_INPUT', `--after: this cursor belongs to --sort ${from}, not to --sort ${sort}.`);
  return keys;
}

function parse(base64: string): string[] | undefined {
  try {
    const keys: unknown = JSON.parse(Buffer.from(base64, 'base64url').toString());
    return Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** The cursor of a list that is ordered by number. Throws INVALID_INPUT. */
export function numberCursor(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) {
    throw new TomoError('INVALID_INPUT', `--after: "${text}" is not a cursor of this list.`, {
      hint: 'Take the one that the page before has printed.',
    });
  }
  return Number(text);
}
