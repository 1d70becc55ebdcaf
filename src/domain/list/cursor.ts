import { TomoError } from '../../model/errors.ts';

/** How a part of a cursor is written: short, and so that nothing else ever reaches the database. */
interface Part {
  write: (key: string) => string;
  /** Undefined for a text that it never writes. */
  read: (text: string) => string | undefined;
}

const matching = (pattern: RegExp) => (text: string) => (pattern.test(text) ? text : undefined);

const TEXT = {
  write: (key: string) => Buffer.from(key).toString('base64url'),
  read: (text: string) => matching(/^[^\0]+$/)(Buffer.from(text, 'base64url').toString()),
};

const UUID = {
  write: (key: string) => Buffer.from(key.replaceAll('-', ''), 'hex').toString('base64url'),
  read: (text: string) =>
    /^[0-9a-f]{32}$/
      .exec(Buffer.from(text, 'base64url').toString('hex'))?.[0]
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
};

const PARTS = {
  time: { write: writeTime, read: readTime },
  number: { write: String, read: matching(/^\d{1,15}$/) },
  name: TEXT,
  uuid: UUID,
  /** Of whatever form; most are UUIDs or 32 hex digits. */
  id: {
    write: (key) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(key) ? UUID.write(key) : `~${TEXT.write(key)}`),
    read: (text) => (text.startsWith('~') ? TEXT.read(text.slice(1)) : UUID.read(text)),
  },
  /** A row's place in its table, as "(12,3)". */
  row: {
    write: (key) => key.slice(1, -1).replace(',', '-'),
    read: (text) => /^\d{1,10}-\d{1,5}$/.exec(text)?.[0].replace(/(.*)-(.*)/, '($1,$2)'),
  },
} satisfies Record<string, Part>;

/** The orders of a list: for each, a letter of its own (none where there is one order) and what its sort keys are. */
export type Orders<S extends string> = Readonly<Record<S, readonly [letter: string, ...kinds: (keyof typeof PARTS)[]]>>;

/** Of a list that is in order of its numbers: the cursor is the number. */
export const BY_NUMBER: Orders<'newest'> = { newest: ['', 'number'] };

/** Where the page after a row with these sort keys starts, as a short opaque text. */
export function encodeCursor<S extends string>(orders: Orders<S>, sort: S, keys: readonly string[]): string {
  const [letter, ...kinds] = orders[sort];
  return letter + kinds.map((kind, i) => PARTS[kind].write(keys[i] ?? '')).join('.');
}

/** The sort keys in a cursor. Throws INVALID_INPUT for a text that is not a cursor, or one of another order. */
export function decodeCursor<S extends string>(orders: Orders<S>, sort: S, text: string): string[] {
  const from = (Object.keys(orders) as S[]).find((name) => text.startsWith(orders[name][0]));
  const [letter, ...kinds] = orders[from ?? sort];
  const parts = text.slice(letter.length).split('.');
  const keys = kinds.flatMap((kind, i) => PARTS[kind].read(parts[i] ?? '') ?? []);
  if (!from || keys.length !== kinds.length || parts.length !== kinds.length) {
    throw new TomoError('INVALID_INPUT', `"${text}" is not a cursor of this list.`, {
      field: 'after',
      hint: 'Take the one that the page before has printed.',
    });
  }
  if (from !== sort) {
    const text = `this cursor is of the order "${from}", not of "${sort}".`;
    throw new TomoError('INVALID_INPUT', text, { field: 'after' });
  }
  return keys;
}

/** What a column may hold beside moments. */
const SPECIAL = [
  ['-infinity', '-'],
  ['infinity', '+'],
  ['null', '_'],
] as const;

/** What else an order of times may be of where servers keep them as they like: numbers, and years of any length. */
const UNUSUAL = /^(-?\d+(\.\d+)?(e[+-]?\d+)?|-?Infinity|NaN|\d{4,6}-\d\d-\d\dT[\d:.]{8,15}\+00:00( BC)?)$/;
const USUAL = /^\d{4}-.*[^C]$/;

/** Of an ISO time with up to six decimals the microseconds; a JavaScript date keeps only three of them. */
function writeTime(iso: string): string {
  const special = SPECIAL.find(([moment]) => moment === iso);
  if (special) return special[1];
  if (!USUAL.test(iso)) return `~${TEXT.write(iso)}`;
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  const seconds = Date.parse(iso.replace(/\.\d+/, '')) / 1000;
  return (seconds * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))).toString(36);
}

function readTime(text: string): string | undefined {
  const special = SPECIAL.find(([, sign]) => sign === text);
  if (special) return special[0];
  if (text.startsWith('~')) return matching(UNUSUAL)(Buffer.from(text.slice(1), 'base64url').toString());
  if (!/^-?[0-9a-z]{1,13}$/.test(text)) return undefined;
  const microseconds = Number.parseInt(text, 36);
  const seconds = Math.floor(microseconds / 1_000_000);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  return date.toISOString().replace('.000Z', `.${String(microseconds - seconds * 1_000_000).padStart(6, '0')}Z`);
}
