import { TomoError } from './errors.ts';
import type { Session, SessionSort } from './types.ts';

/** Where the page after this session starts, as an opaque text for `--after`. */
export function encodeCursor(session: Session, sort: SessionSort): string {
  const key = sort === 'login' ? session.createdAt : session.lastActivityAt;
  return Buffer.from(JSON.stringify([sort, key, session.id])).toString('base64url');
}

/** Throws INVALID_INPUT for a cursor that is no cursor or belongs to another order. */
export function decodeCursor(text: string, sort: SessionSort): { key: string; id: string } {
  const [from, key, id] = parse(text);
  if (typeof key !== 'string' || Number.isNaN(Date.parse(key)) || typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id)) {
    throw new TomoError('INVALID_INPUT', `--after: "${text}" is not a cursor.`, { hint: 'Take the one that the page before has printed.' });
  }
  if (from !== sort) {
    throw new TomoError('INVALID_INPUT', `--after: this cursor belongs to --sort ${from}, not to --sort ${sort}.`);
  }
  return { key, id };
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
