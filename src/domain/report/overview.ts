import { type Database, read } from '../../db/port/database.ts';
import { type Housekeeping, selectHousekeeping } from '../../db/report/overview.ts';
import type { DatabaseContext } from '../../model/context.ts';
import { COUNT_CAP } from '../list/page.ts';
import { SESSIONS } from '../session/list.ts';
import { confineFilter, isConfined, type Operator } from '../user/operator.ts';

export interface Overview extends Housekeeping {
  location: string;
  database: string;
  embedded: boolean;
  /** By which name the database was opened; null: by none. */
  context: DatabaseContext | null;
  /** Whose sessions and alerts are counted; null: everybody's. */
  username: string | null;
  /** Live sessions, counted to COUNT_CAP + 1, like the open alerts. */
  live: number;
}

/** The state of the sessions in a few figures, quick at any size; for one who is confined, of their own. */
export function readOverview(db: Database, operator: Operator | null): Promise<Overview> {
  const own = isConfined(operator) ? operator : null;
  return read(db, async (tx) => {
    const first = { sort: 'activity', limit: 1, withTotal: true } as const;
    const { rows, total } = await SESSIONS.pageIn(tx, confineFilter(own, { state: 'active' }, true), first);
    return {
      location: db.location,
      database: db.name,
      embedded: db.embedded,
      context: db.context ?? null,
      username: own?.username ?? null,
      live: total ?? rows.length,
      ...(await selectHousekeeping(tx, COUNT_CAP + 1, own?.userId)),
    };
  });
}
