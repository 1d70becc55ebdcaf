import { type Candidate, type CandidateKind, selectCandidates } from '../../db/list/completion.ts';
import { type Database, read } from '../../db/port/database.ts';

export type { Candidate, CandidateKind };

const MOST = 50;

/** Values of the database that begin like this. Milliseconds: nobody waits for a completion. */
export async function findCandidates(db: Database, kind: CandidateKind, start: string): Promise<Candidate[]> {
  if (kind === 'session' && !/^[0-9a-f-]{0,32}$/.test(start)) return [];
  return read(db, (tx) => selectCandidates(tx, kind, start, MOST), { statementTimeout: 700, lockTimeout: 200 });
}
