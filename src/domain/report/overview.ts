import { type Database, read } from '../../db/port/database.ts';
import { type Housekeeping, selectHousekeeping } from '../../db/report/overview.ts';
import { selectSessions } from '../../db/session/sessions.ts';
import { COUNT_CAP } from '../list/page.ts';

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
    const page = await selectSessions(tx, { state: 'active' }, 'activity', {
      after: null,
      limit: 1,
      countTo: COUNT_CAP + 1,
    });
    return {
      location: db.location,
      database: db.name,
      embedded: db.embedded,
      live: page.total ?? page.sessions.length,
      ...(await selectHousekeeping(tx, COUNT_CAP + 1)),
    };
  });
}
