import { type Database, read } from '../../db/port/database.ts';
import { type Housekeeping, selectHousekeeping } from '../../db/report/overview.ts';
import type { AuditEntry } from '../../model/audit.ts';
import type { DatabaseContext } from '../../model/context.ts';
import type { ServerFacts } from '../../model/server.ts';
import type { Standby } from '../../model/standby.ts';
import { readAudit } from '../audit/trail.ts';
import { COUNT_CAP } from '../list/page.ts';
import { SESSIONS } from '../session/list.ts';
import { confineFilter, isConfined, type Operator } from '../user/operator.ts';

export interface Overview extends Omit<Housekeeping, 'openAlerts'> {
  location: string;
  database: string;
  embedded: boolean;
  /** Of the server, if it is one. */
  standby: Standby | null;
  /** By which name the database was opened; null: by none. */
  context: DatabaseContext | null;
  /** Whose sessions and alerts are counted; null: everybody's. */
  username: string | null;
  /** Live sessions, counted to COUNT_CAP + 1, like the open alerts. */
  live: number;
  /** Counted alike; null: this server has none. */
  openAlerts: number | null;
  /** Whose sessions are looked at; null: those of the schema `tomo`. */
  server: Pick<ServerFacts, 'name' | 'title' | 'reference' | 'late' | 'unseen'> | null;
}

/** The state of the sessions in a few figures, quick at any size; for one who is confined, of their own. */
export function readOverview(db: Database, operator: Operator | null): Promise<Overview> {
  if (!db.sessions.server.isTomo) return readAdopted(db);
  const own = isConfined(operator) ? operator : null;
  return read(db, async (tx) => {
    const first = { sort: 'activity', limit: 1, withTotal: true, last: true } as const;
    const [housekeeping, { rows, total }] = await Promise.all([
      selectHousekeeping(tx, COUNT_CAP + 1, own?.userId),
      SESSIONS.pageIn(tx, confineFilter(own, { state: 'active' }, true), first),
    ]);
    return {
      location: db.location,
      database: db.name,
      embedded: db.embedded,
      context: db.context ?? null,
      username: own?.username ?? null,
      live: (await total) ?? rows.length,
      server: null,
      ...housekeeping,
      standby: db.standby(),
    };
  });
}

async function readAdopted(db: Database): Promise<Overview> {
  const { name, title, reference, late, unseen } = db.sessions.server;
  return {
    location: db.location,
    database: db.name,
    embedded: db.embedded,
    context: db.context ?? null,
    username: null,
    live: await read(db, (tx) => tx.sessions.countTo(tx, { state: 'active' }, COUNT_CAP + 1)),
    server: { name, title, reference, late, unseen },
    lastCleanupAt: await lastCleanup(db),
    cleanupFailed: [],
    openAlerts: null,
    standby: db.standby(),
  };
}

/** Of this server in this database, as far as the audit goes back. */
function lastCleanup(db: Database): Promise<string | null> {
  return readAudit(db, async ({ trail }) => {
    for await (const line of trail.stream({ actions: ['cleanup'] }, { after: null })) {
      const { at, detail } = JSON.parse(line) as AuditEntry;
      const here =
        detail.server === db.sessions.server.name && [undefined, db.location].includes(detail.database as string);
      if (here && detail.outcome !== 'unchanged') return at;
    }
    return null;
  });
}
