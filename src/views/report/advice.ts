import { CLEANUP_OVERDUE } from '../../domain/cleanup/schedule.ts';
import type { Report } from '../../domain/report/report.ts';
import type { SettingKey } from '../../model/settings.ts';
import { suspicionWords } from '../session/suspicions.ts';

/** Something to do: what, and the command for it. `later`: nothing is wrong, and it could be better. */
export interface Step {
  weight: 'bad' | 'odd' | 'later';
  text: string;
  command: string;
}

const OVERDUE = 'The last cleanup is more than two days ago';
const WORKING_DAY = 480;

const set = (key: SettingKey, value: string | number) => `tomo config set ${key} ${value}`;

/** What the operator should do, the most urgent first. */
export function stepsOf(report: Report): Step[] {
  const { stats, settings } = report;
  const { over } = stats.limits;
  const last = report.housekeeping.lastCleanupAt;
  const found = stats.suspicious.map((finding): Step => ({ weight: finding.weight, ...suspicionWords(finding) }));
  const later: [boolean, string, string][] = [
    [
      last === null || Date.parse(stats.at) - Date.parse(last) > CLEANUP_OVERDUE * 3_600_000,
      `${last === null ? 'No cleanup has ever run' : OVERDUE}. Let cron do it every night.`,
      'tomo session cleanup',
    ],
    [over > 0, `${over} of the users have more sessions than they may.`, 'tomo session stats'],
    [
      Number(settings.session_timeout) > WORKING_DAY,
      'Sessions stay open for longer than a working day without anybody using them.',
      set('session_timeout', 60),
    ],
    [
      settings.session_max_lifetime === 0,
      'Sessions that are used never end. Set the longest time after which everybody logs in again.',
      set('session_max_lifetime', 43_200),
    ],
    [
      settings.max_sessions_per_user === 0,
      'Users may have any number of sessions at once. A limit makes a stolen password show.',
      set('max_sessions_per_user', 10),
    ],
    [!settings.new_device_alerts, 'Nobody is told of a login from a new device.', set('new_device_alerts', 'on')],
    [!settings.location_alerts, 'Nobody is told of a login from an unusual place.', set('location_alerts', 'on')],
  ];
  return [
    ...found,
    ...later.flatMap(([holds, text, command]): Step[] => (holds ? [{ weight: 'later', text, command }] : [])),
  ];
}
