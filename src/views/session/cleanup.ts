import type { CleanupReport } from '../../domain/cleanup.ts';
import { plural } from '../number.ts';

/** One line, for cron mails. */
export function renderCleanup(report: CleanupReport): string {
  if (report.alreadyRunning) return 'Another cleanup is running; this one did nothing.';
  const parts: [number, string][] = [
    [report.expiredMarked, `${plural(report.expiredMarked, 'expired session')} marked`],
    [report.revokedMarked, `${plural(report.revokedMarked, 'revoked session')} marked`],
    [report.sessionsDeleted, `${plural(report.sessionsDeleted, 'session')} deleted`],
    [report.activityDeleted, `${plural(report.activityDeleted, 'activity row')} deleted`],
    [report.partitionsDropped.length, `${plural(report.partitionsDropped.length, 'activity week')} dropped`],
    [report.partitionsCreated.length, `${plural(report.partitionsCreated.length, 'activity week')} prepared`],
    [report.historyDeleted, `${plural(report.historyDeleted, 'history row')} deleted`],
  ];
  const done = parts.flatMap(([n, text]) => (n > 0 ? [text] : [])).join(', ') || 'nothing to do';
  const end = report.interrupted ? ' Interrupted: work remains.' : report.workRemains ? ' Time is used up: work remains.' : '';
  return `Cleanup: ${done} (${(report.duration / 1000).toFixed(1)} s, audit head ${report.auditHead.slice(0, 16)}).${end}`;
}

export function renderForecast(forecast: { expired: number; deleted: number; revoked: number }): string {
  const { expired, deleted, revoked } = forecast;
  if (expired + deleted + revoked === 0) return 'Cleanup would find nothing to do.';
  const rest = revoked > 0 ? `, mark ${plural(revoked, 'revoked session')}` : '';
  return `Cleanup would mark ${plural(expired, 'expired session')}${rest} and delete ${plural(deleted, 'session')}.`;
}
