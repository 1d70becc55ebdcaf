import type { Transaction } from '../../db/port/database.ts';
import { selectClock } from '../../db/session/rules.ts';

/** Two clocks that are no more seconds apart than this are the same. */
const TOLERANCE = 5;

/**
 * Seconds that `clock`, of this machine, is ahead of the database's; negative: behind; 0: the same, as far as the
 * round trip lets one see it.
 */
export async function clockOffset(tx: Transaction, clock: () => Date): Promise<number> {
  const asked = clock().getTime();
  const database = Date.parse(await selectClock(tx));
  const answered = clock().getTime();
  const ahead = ((asked + answered) / 2 - database) / 1000;
  return Math.abs(ahead) > TOLERANCE + (answered - asked) / 2000 ? ahead : 0;
}
