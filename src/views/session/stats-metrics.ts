import type { Ranking, SessionStats } from '../../domain/report/stats.ts';
import { gauge, type Metric } from '../metrics.ts';

/** Of statistics of everybody. What a server does not keep is not there. */
export function statsMetrics(stats: SessionStats): Metric[] {
  const { totals, limits, logins, suspicious } = stats;
  const days = Math.max(0, (Date.parse(stats.at) - Date.parse(stats.since)) / 86_400_000);
  const known = (name: string, help: string, value: number | null | undefined, labels?: Metric['labels']) =>
    value === null || value === undefined ? [] : [gauge(name, help, value, labels)];
  const alerts = suspicious.find((one) => one.kind === 'open-alerts');
  return [
    ...known('tomo_sessions_live', 'Sessions that the server would accept.', totals.live),
    ...known('tomo_sessions_remembered', 'Live sessions with Remember Me.', totals.remembered),
    ...known('tomo_users_live', 'Users with live sessions.', totals.users),
    ...Object.entries(totals.ended ?? {}).flatMap(([reason, n]) =>
      known('tomo_sessions_ended', 'Sessions on record that ended in the period.', n, { reason }),
    ),
    ...known('tomo_logins', 'Logins on record in the period.', logins?.total),
    ...known('tomo_stats_period_days', 'How long the period is.', days),
    ...ranked('tomo_sessions_by_country', 'Live sessions.', 'country', stats.byCountry),
    ...ranked('tomo_sessions_by_device', 'Live sessions.', 'device', stats.byDevice),
    ...ranked('tomo_sessions_by_method', 'Live sessions.', 'method', stats.byMethod),
    ...(['over', 'full', 'near'] as const).flatMap((state) =>
      known('tomo_users_by_limit', 'Users over, at and close to their limit of sessions.', limits?.[state], { state }),
    ),
    ...known('tomo_alerts_open', 'Alerts of something unusual that nobody has acknowledged.', alerts?.alerts ?? 0),
    ...(['bad', 'odd'] as const).flatMap((weight) =>
      known(
        'tomo_findings',
        'What somebody should look at.',
        suspicious.filter((one) => one.weight === weight).length,
        {
          weight,
        },
      ),
    ),
    ...known('tomo_stats_timestamp_seconds', 'When it was counted.', Date.parse(stats.at) / 1000),
  ];
}

/** The most frequent ones by name, and all others as one. */
function ranked(
  name: string,
  help: string,
  label: string,
  ranking: Ranking<{ name: string | null; sessions: number }> | null,
) {
  if (!ranking) return [];
  const { top, others } = ranking;
  const named = top.map((one) => gauge(name, help, one.sessions, { [label]: one.name ?? 'unknown' }));
  return others.values > 0 ? [...named, gauge(name, help, others.sessions, { [label]: 'others' })] : named;
}
