import { CLEANUP_OVERDUE } from '../../domain/cleanup/schedule.ts';
import type { Report } from '../../domain/report/report.ts';
import { suspicionWords } from '../session/suspicions.ts';

/** Something to do: what, and the command for it. `later`: nothing is wrong, and it could be better. */
export interface Step {
  weight: 'bad' | 'odd' | 'later';
  text: string;
  command: string;
}

const WORKING_DAY = 480;

/** What the operator should do, the most urgent first. */
export function stepsOf(report: Report): Step[] {
  const { stats, settings, housekeeping } = report;
  const found = stats.suspicious.map((finding): Step => ({ weight: finding.weight, ...suspicionWords(finding) }));
  const later: [boolean, string, string][] = [
    [
      housekeeping.lastCleanupAt === null ||
        Date.parse(stats.at) - Date.parse(housekeeping.lastCleanupAt) > CLEANUP_OVERDUE * 3_600_000,
      housekeeping.lastCleanupAt === null
        ? 'No cleanup has ever run. Let cron do it every night.'
        : 'The last cleanup is more than two days ago. Let cron do it every night.',
      'tomo session cleanup',
    ],
    [
      stats.limits.over > 0,
      `${stats.limits.over} of the users have more sessions than they may.`,
      'tomo session stats',
    ],
    [
      Number(settings.session_timeout) > WORKING_DAY,
      'Sessions stay open for longer than a working day without anybody using them.',
      'tomo config set session_timeout 60',
    ],
    [
      settings.session_max_lifetime === 0,
      'Sessions that are used never end. Set the longest time after which everybody logs in again.',
      'tomo config set session_max_lifetime 43200',
    ],
    [
      settings.max_sessions_per_user === 0,
      'Users may have any number of sessions at once. A limit makes a stolen password show.',
      'tomo config set max_sessions_per_user 10',
    ],
    [
      settings.new_device_alerts === false,
      'Nobody is told of a login from a new device.',
      'tomo config set new_device_alerts on',
    ],
    [
      settings.location_alerts === false,
      'Nobody is told of a login from an unusual place.',
      'tomo config set location_alerts on',
    ],
  ];
  return [
    ...found,
    ...later.flatMap(([holds, text, command]): Step[] => (holds ? [{ weight: 'later', text, command }] : [])),
  ];
}
