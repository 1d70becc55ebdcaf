import { TomoError } from '../../model/errors.ts';
import type { Session, SessionSort } from '../../model/session.ts';

const LETTER: Record<SessionSort, string> = { activity: 'a', idle: 'i', login: 'l' };

/** Where the page after this session starts, as a short opaque text for `--after`: order, microseconds, id. */
export function encodeCursor(session: Session, sort: SessionSort): string {
  const key = sort === 'login' ? session.createdAt : session.lastActivityAt;
  const id = Buffer.from(session.id.replaceAll('-', ''), 'hex').toString('base64url');
  return `${LETTER[sort]}${toMicroseconds(key).toString(36)}${id}`;
}

/** Throws INVALID_INPUT for a text that is not a cursor, or one of another order. */
export function decodeCursor(text: string, sort: SessionSort): { key: string; id: string } {
  const [, letter = '', digits = '', id = ''] = /^([ail])(-?[0-9a-z]{1,13})([\w-]{22})$/.exec(text) ?? [];
  const hex = Buffer.from(id, 'base64url').toString('hex');
  const key = fromMicroseconds(Number.parseInt(digits, 36));
  if (hex.length !== 32 || key === undefined) {
    throw new TomoError('INVALID_INPUT', `--after: "${text}" is not a cursor.`, {
      hint: 'Take the one that the page before has printed.',
    });
  }
  if (letter !== LETTER[sort]) {
    const from = (Object.keys(LETTER) as SessionSort[]).find((name) => LETTER[name] === letter);
    throw new TomoError('INVALID_INPUT', `--after: this cursor belongs to --sort ${from}, not to --sort ${sort}.`);
  }
  return { key, id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
}

/** Of an ISO time with up to six decimals; a JavaScript date keeps only three of them. */
function toMicroseconds(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? '';
  const seconds = Date.parse(iso.replace(/\.\d+/, '')) / 1000;
  return seconds * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

function fromMicroseconds(microseconds: number): string | undefined {
  const seconds = Math.floor(microseconds / 1_000_000);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  return date.toISOString().replace('.000Z', `.${String(microseconds - seconds * 1_000_000).padStart(6, '0')}Z`);
}
