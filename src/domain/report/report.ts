import { ALERT_ROWS } from '../../db/alert/alerts.ts';
import { rowsOf } from '../../db/list/row-source.ts';
import { NEWEST } from '../../db/list/rows.ts';
import { type Database, read } from '../../db/port/database.ts';
import { type Housekeeping, selectHousekeeping } from '../../db/report/overview.ts';
import { REVOCATION_ROWS } from '../../db/revocation/list.ts';
import { selectSettings } from '../../db/settings/settings.ts';
import type { Alert } from '../../model/alert.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Timestamp } from '../../model/session.ts';
import { SETTING_KEYS, type SettingKey, type SettingValue } from '../../model/settings.ts';
import type { Standby } from '../../model/standby.ts';
import { COUNT_CAP } from '../list/page.ts';
import { collectStats, STATS_TRANSACTION, type TomoStats } from './stats.ts';

/** Everything that the report says, from one snapshot. */
export interface Report {
  /** Name of the database, and where it is, without user or password. */
  database: string;
  location: string;
  /** Of the server, if it is one. */
  standby: Standby | null;
  stats: TomoStats;
  /** Open ones, the newest. */
  alerts: Alert[];
  /** Of the period, the newest. */
  revocations: Revocation[];
  housekeeping: Housekeeping;
  settings: Record<SettingKey, SettingValue>;
}

const TOP = 12;
const ROWS = 20;

/** Collects the report about the time since then, by the clock of a time zone (IANA name). */
export function collectReport(db: Database, since: Timestamp, timeZone: string): Promise<Report> {
  return read(
    db,
    async (tx) => {
      const [stats, alerts, revocations, housekeeping, { values }] = await Promise.all([
        collectStats(tx, { since, usernames: null, top: TOP, timeZone }),
        rowsOf(ALERT_ROWS.page(tx, { state: 'open' }, NEWEST, ROWS)),
        rowsOf(REVOCATION_ROWS.page(tx, { since }, NEWEST, ROWS)),
        selectHousekeeping(tx, COUNT_CAP),
        selectSettings(tx),
      ]);
      const settings = onlySettings(values);
      return {
        database: db.name,
        location: db.location,
        stats,
        alerts,
        revocations,
        housekeeping,
        settings,
        standby: db.standby(),
      };
    },
    STATS_TRANSACTION,
  );
}

/** Without what the database keeps beside them, such as epochs. */
function onlySettings(values: Report['settings']): Report['settings'] {
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, values[key]])) as Report['settings'];
}
