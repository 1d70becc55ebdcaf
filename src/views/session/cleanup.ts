import type { CleanupReport } from '../../domain/cleanup/cleanup.ts';
import { plural } from '../number.ts';

/** One line, for cron mails. */
export function renderCleanup(report: CleanupReport): string {
  if (report.alreadyRunning) return 'Another cleanup is running; this one did nothing.';
  const done = cleanupWords(report) || 'nothing to do';
  const end = report.interrupted
    ? ' Interrupted: work remains.'
    : report.workRemains
      ? ' Time is used up: work remains.'
      : '';
  return `Cleanup: ${done} (${(report.duration / 1000).toFixed(1)} s, audit head ${report.auditHead.slice(0, 16)}).${end}`;
}

type Done = Pick<
  CleanupReport,
  | 'expiredMarked'
  | 'revokedMarked'
  | 'sessionsDeleted'
  | 'activityDeleted'
  | 'partitionsDropped'
  | 'partitionsCreated'
  | 'historyDeleted'
>;

/** What a cleanup has done, as far as that is known: "12 expired sessions marked, 3 sessions deleted". */
export function cleanupWords(report: Partial<Done>): string {
  const {
    expiredMarked = 0,
    revokedMarked = 0,
    sessionsDeleted = 0,
    activityDeleted = 0,
    partitionsDropped = [],
    partitionsCreated = [],
    historyDeleted = 0,
  } = report;
  const parts: [number, string][] = [
    [expiredMarked, `${plural(expiredMarked, 'expired session')} marked`],
    [revokedMarked, `${plural(revokedMarked, 'revoked session')} marked`],
    [sessionsDeleted, `${plural(sessionsDeleted, 'session')} deleted`],
    [activityDeleted, `${plural(activityDeleted, 'activity row')} deleted`],
    [partitionsDropped.length, `${plural(partitionsDropped.length, 'activity week')} dropped`],
    [partitionsCreated.length, `${plural(partitionsCreated.length, 'activity week')} prepared`],
    [historyDeleted, `${plural(historyDeleted, 'history row')} deleted`],
  ];
  return parts.flatMap(([n, text]) => (n > 0 ? [text] : [])).join(', ');
}

export function renderForecast(forecast: { expired: number; deleted: number; revoked: number }): string {
  const { expired, deleted, revoked } = forecast;
  if (expired + deleted + revoked === 0) return 'Cleanup would find nothing to do.';
  const rest = revoked > 0 ? `, mark ${plural(revoked, 'revoked session')}` : '';
  return `Cleanup would mark ${plural(expired, 'expired session')}${rest} and delete ${plural(deleted, 'session')}.`;
}
