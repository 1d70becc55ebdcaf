import type { CleanupReport } from '../../domain/cleanup/cleanup.ts';
import { plural } from '../number.ts';

/** So many run into each other, or one after the other is killed. */
const OVERDUE = ' None has come to its end for two days: do they run too often, or are they killed?';

/** One line, for cron mails. */
export function renderCleanup(report: CleanupReport): string {
  if (report.alreadyRunning) return `Another cleanup is running; this one did nothing.${report.overdue ? OVERDUE : ''}`;
  const done = cleanupWords(report) || 'nothing to do';
  const end = report.interrupted
    ? ' Interrupted: work remains.'
    : report.failed.length > 0
      ? ` Failed: ${report.failed.map(({ step }) => step).join(', ')}.`
      : report.workRemains
        ? ' Time is used up: work remains.'
        : '';
  const head = report.auditHead === '' ? '' : `, audit head ${report.auditHead.slice(0, 16)}`;
  return `Cleanup: ${done} (${(report.duration / 1000).toFixed(1)} s${head}).${end}`;
}

type Done = Pick<
  CleanupReport,
  'sessionsEnded' | 'sessionsDeleted' | 'activityDeleted' | 'partitionsDropped' | 'partitionsCreated' | 'historyDeleted'
>;

/** What a cleanup has done, as far as that is known: "the end of 12 sessions written, 3 sessions deleted". */
export function cleanupWords(report: Partial<Done>): string {
  const {
    sessionsEnded = 0,
    sessionsDeleted = 0,
    activityDeleted = 0,
    partitionsDropped = [],
    partitionsCreated = [],
    historyDeleted = 0,
  } = report;
  const parts: [number, string][] = [
    [sessionsEnded, `the end of ${plural(sessionsEnded, 'session')} written`],
    [sessionsDeleted, `${plural(sessionsDeleted, 'session')} deleted`],
    [activityDeleted, `${plural(activityDeleted, 'activity row')} deleted`],
    [partitionsDropped.length, `${plural(partitionsDropped.length, 'activity week')} dropped`],
    [partitionsCreated.length, `${plural(partitionsCreated.length, 'activity week')} prepared`],
    [historyDeleted, `${plural(historyDeleted, 'history row')} deleted`],
  ];
  return parts.flatMap(([n, text]) => (n > 0 ? [text] : [])).join(', ');
}

export function renderForecast({ ended, deleted }: { ended: number; deleted: number }): string {
  if (ended + deleted === 0) return 'Cleanup would find no session to end or delete.';
  const parts = [
    ...(ended > 0 ? [`write the end of ${plural(ended, 'session')}`] : []),
    ...(deleted > 0 ? [`delete ${plural(deleted, 'session')}`] : []),
  ];
  return `Cleanup would ${parts.join(' and ')}.`;
}
