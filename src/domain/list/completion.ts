import { type Candidate, type CandidateKind, selectCandidates } from '../../db/list/completion.ts';
import { rowsOf } from '../../db/list/row-source.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';

import { parseIdPrefix } from '../session/id.ts';

export type { Candidate, CandidateKind };

/** The beginning of a value; of sessions, those of these users alone, of anybody where none is named. */
export interface Typed {
  start: string;
  users: readonly string[];
}

const MOST = 50;
/** Of an id that is looked for by its beginning. */
const SHORTEST = 4;

/** Values of the database that begin like this. Milliseconds: nobody waits for a completion. */
export async function findCandidates(db: Database, kind: CandidateKind, { start, users }: Typed): Promise<Candidate[]> {
  const { isTomo, ids } = db.sessions.server;
  if (kind === 'session' && ids === 'hex' && !/^[0-9a-f-]{0,32}$/.test(start)) return [];
  const select = (tx: Transaction) =>
    isTomo ? selectCandidates(tx, kind, { start, users }, MOST) : adoptedCandidates(tx, kind, { start, users }, MOST);
  return read(db, select, { statementTimeout: 700, lockTimeout: 200 });
}

/** More than are shown, since those that only contain the beginning are among them. */
const CONTAINING = 500;
/** Nobody types such an id whole. */
const RANDOM = /^([0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Za-z]{24,})$/;

/** Of a server that keeps no devices, alerts and revocations here. */
async function adoptedCandidates(
  tx: Transaction,
  kind: CandidateKind,
  { start, users }: Typed,
  limit: number,
): Promise<Candidate[]> {
  const { sessions } = tx;
  if (kind === 'user') {
    const names = await sessions.users.containing(tx, start, CONTAINING);
    const begins = names.filter((name) => name.toLowerCase().startsWith(start.toLowerCase()));
    return begins.slice(0, limit).map((value) => ({ value, about: '' }));
  }
  if (kind !== 'session') return [];
  const newest = { sort: 'login', after: null } as const;
  const whose = users.length > 0 ? { users: [...users] } : {};
  const found =
    start.length < SHORTEST
      ? await rowsOf(sessions.page(tx, { state: 'active', ...whose }, newest, limit))
      : await sessions.byPrefix(tx, parseIdPrefix(tx, start), limit);
  return found
    .filter(({ id, state }) => state === 'active' && id.startsWith(start))
    .map(({ id, username, ip }) => ({
      value: RANDOM.test(id) ? id.slice(0, Math.max(8, start.length)) : id,
      about: [username, ip].filter(Boolean).join(', '),
    }));
}
