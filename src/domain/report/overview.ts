import { type Database, read } from '../../db/port/database.ts';
import { type Housekeeping, selectHousekeeping } from '../../db/report/overview.ts';
import { COUNT_CAP } from '../list/page.ts';
import { SESSIONS } from '../session/list.ts';

export interface Overview extends Housekeeping {
  location: string;
  database: string;
  embedded: boolean;
  /** Live sessions, counted to COUNT_CAP + 1, like the open alerts. */
  live: number;
}

/** The state of the sessions in a few figures, quick at any size. */
export function readOverview(db: Database): Promise<Overview> {
  return read(db, async (tx) => {
    const first = { sort: 'activity', limit: 1, withTotal: true } as const;
    const { rows, total } = await SESSIONS.pageIn(tx, { state: 'active' }, first);
    return {
      location: db.location,
      database: db.name,
      embedded: db.embedded,
      live: total ?? rows.length,
      ...(await selectHousekeeping(tx, COUNT_CAP + 1)),
    };
  });
}
