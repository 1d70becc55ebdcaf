import { TomoError } from '../../model/errors.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import {
  type Choice,
  type Database,
  type Ended,
  type Ending,
  read,
  type Transaction,
  write,
} from '../port/database.ts';
import {
  addTargetsByFilter,
  addTargetsById,
  beginRevocation,
  lockUserControls,
  revokeAll,
  revokeUser,
  sealRevocation,
  selectRevocable,
} from './revoke.ts';

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
): Promise<R> {
  let choice: C | undefined;
  const work = async (tx: Transaction) => {
    choice = await choose(tx);
    return report(tx, await endChosen(tx, choice, note, expect), choice);
  };
  try {
    return await write(db, work, { statementTimeout: 0 });
  } catch (error) {
    if (!(error instanceof NothingSelected) || choice === undefined) throw error;
    const chosen = choice;
    return read(db, (tx) => report(tx, NOTHING, chosen));
  }
}

async function endChosen(tx: Transaction, choice: Choice, note: RevocationNote, expect: number | null): Promise<Ended> {
  switch (choice.scope) {
    case 'ids':
      return endIds(tx, choice.ids, choice.filter, note, expect);
    case 'filter': {
      const id = await beginRevocation(tx, note, choice.filter);
      await addTargetsByFilter(tx, id, choice.filter);
      const revoked = await sealRevocation(tx, id, expect);
      if (revoked === 0) throw new NothingSelected();
      return { ...NOTHING, revocations: [{ id, revoked }] };
    }
    case 'users': {
      await lockUserControls(
        tx,
        choice.users.map(({ id }) => id),
      );
      const revocations: Ended['revocations'] = [];
      for (const user of choice.users) {
        const keep = choice.keep.filter(({ userId }) => userId === user.id).map(({ id }) => id);
        const { revocation, ended } = await revokeUser(tx, user.id, note, keep, null);
        revocations.push({ id: revocation, revoked: ended });
      }
      checkExpectation(
        revocations.reduce((sum, { revoked }) => sum + (revoked ?? 0), 0),
        expect,
      );
      return { ...NOTHING, revocations };
    }
    case 'all': {
      const { revocation, ended } = await revokeAll(tx, note, choice.keep, expect);
      return { ...NOTHING, revocations: [{ id: revocation, revoked: ended }] };
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
  const revocable = await selectRevocable(tx, ids, note.compromised);
  const claimed = revocable.filter(({ live }) => !live).length;
  checkExpectation(revocable.length, expect);
  if (revocable.length === 0) return NOTHING;
  const id = await beginRevocation(tx, note, filter ?? { ids: ids.length, ...(claimed > 0 ? { claimed } : {}) });
  await addTargetsById(tx, id, ids, note.compromised);
  await sealRevocation(tx, id, null);
  return { ...NOTHING, revocations: [{ id, revoked: revocable.length - claimed }], revocable };
}

/** Rolls the empty revocation back. */
class NothingSelected extends Error {}
