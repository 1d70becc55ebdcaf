import { TomoError } from '../../model/errors.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import { type Database, type Ending, read, type Transaction, write } from '../port/database.ts';
import type { Choice, Ended } from '../port/ending.ts';
import { lockUserControls, revokeAll, revokeFilter, revokeIds, revokeUser, selectSilent } from './revoke.ts';

/** Throws EXPECTATION_FAILED unless there are as many sessions as expected (null: any number). */
export function checkExpectation(found: number, expected: number | null): void {
  if (expected !== null && expected !== found) {
    throw new TomoError(
      'EXPECTATION_FAILED',
      `Refused: expected ${expected} sessions and found ${found}. Nothing was changed.`,
    );
  }
}

export const NOTHING: Ended = { revocations: [], revocable: [], cameBack: 0, stillIn: 0 };

/** Ends sessions of the schema `tomo`: all of it is one transaction, however many they are. */
export async function endSessions<C extends Choice, R>(
  db: Database,
  { note, expect, choose, report }: Ending<C, R>,
  again = false,
): Promise<R> {
  let choice: C | undefined;
  const work = async (tx: Transaction): Promise<{ reported: R } | { ended: Ended; of: C }> => {
    choice = await choose(tx);
    await tx.begun();
    const done = endChosen(tx, choice, note, expect);
    // where several servers have written for the owner, no other role reads in the same transaction
    return tx.distributed ? { ended: await done, of: choice } : { reported: await report(tx, done, choice) };
  };
  try {
    const done = await write(db, work, { statementTimeout: 0, looksFirst: true });
    if ('reported' in done) return done.reported;
    const { tellWorkers } = await import('../distributed/tell.ts');
    await tellWorkers(
      db,
      done.ended.revocations.map(({ id }) => id),
    );
    return await read(db, (tx) => report(tx, Promise.resolve(done.ended), done.of));
  } catch (error) {
    // one that was there when it was asked; what ends everybody goes on without it
    if (choice?.scope === 'all' && isNodeLost(error) && !again)
      return endSessions(db, { note, expect, choose, report }, true);
    if (!(error instanceof NothingSelected) || choice === undefined) throw error;
    const chosen = choice;
    return read(db, (tx) => report(tx, Promise.resolve(NOTHING), chosen));
  }
}

async function endChosen(tx: Transaction, choice: Choice, note: RevocationNote, expect: number | null): Promise<Ended> {
  switch (choice.scope) {
    case 'ids':
      return endIds(tx, choice.ids, choice.filter, note, expect);
    case 'filter': {
      const revocation = await revokeFilter(tx, choice.filter, note, expect);
      if (revocation.revoked === 0) throw new NothingSelected();
      return { ...NOTHING, revocations: [revocation] };
    }
    case 'users': {
      const ids = choice.users.map(({ id }) => id);
      const keptOf = (user: string) => choice.keep.filter(({ userId }) => userId === user).map(({ id }) => id);
      const [, ...revoked] = await Promise.all([
        lockUserControls(tx, ids),
        ...ids.map((id) => revokeUser(tx, id, note, keptOf(id), null)),
      ]);
      const revocations = revoked.map(({ revocation, ended }) => ({ id: revocation, revoked: ended }));
      checkExpectation(
        revocations.reduce((sum, one) => sum + one.revoked, 0),
        expect,
      );
      return { ...NOTHING, revocations };
    }
    case 'all': {
      const { revocation, ended } = await revokeAll(tx, note, choice.keep, expect);
      const silent = tx.distributed ? await selectSilent(tx, revocation) : [];
      return { ...NOTHING, revocations: [{ id: revocation, revoked: ended }], silent };
    }
    default:
      return choice satisfies never;
  }
}

async function endIds(
  tx: Transaction,
  ids: readonly string[],
  filter: object | undefined,
  note: RevocationNote,
  expect: number | null,
): Promise<Ended> {
  const { revocation, ended, claimed } = await revokeIds(tx, ids, filter, note, expect);
  if (revocation === null) return NOTHING;
  const revocable = [...ended.map((id) => ({ id, live: true })), ...claimed.map((id) => ({ id, live: false }))];
  return { ...NOTHING, revocations: [{ id: revocation, revoked: ended.length }], revocable };
}

function isNodeLost(error: unknown): boolean {
  return error instanceof TomoError && error.reason === 'node-lost' && error.outcome === 'unchanged';
}

/** Rolls the empty revocation back. */
class NothingSelected extends Error {}
