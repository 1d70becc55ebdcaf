import { ALERT_ROWS } from '../../db/alert/alerts.ts';
import { type Database, read } from '../../db/port/database.ts';
import { type Housekeeping, selectHousekeeping } from '../../db/report/overview.ts';
import { REVOCATION_ROWS } from '../../db/revocation/list.ts';
import { selectSettings } from '../../db/settings/settings.ts';
import type { Alert } from '../../model/alert.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Timestamp } from '../../model/session.ts';
import { SETTING_KEYS, type SettingKey, type SettingValue } from '../../model/settings.ts';
import { COUNT_CAP } from '../list/page.ts';
import { collectStats, STATS_TRANSACTION, type TomoStats } from './stats.ts';

/** Everything that the report says, from one snapshot. */
export interface Report {
  /** Name of the database, and where it is, without user or password. */
  database: string;
  location: string;
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
      const stats = await collectStats(tx, { since, usernames: null, top: TOP, timeZone });
      const newest = { sort: 'newest', after: null } as const;
      return {
        database: db.name,
        location: db.location,
        stats,
        alerts: await ALERT_ROWS.page(tx, { state: 'open' }, newest, ROWS),
        revocations: await REVOCATION_ROWS.page(tx, { since }, newest, ROWS),
        housekeeping: await selectHousekeeping(tx, COUNT_CAP),
        settings: onlySettings((await selectSettings(tx)).values),
      };
    },
    STATS_TRANSACTION,
  );
}

/** Without what the database keeps beside them, such as epochs. */
function onlySettings(values: Report['settings']): Report['settings'] {
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, values[key]])) as Report['settings'];
}
