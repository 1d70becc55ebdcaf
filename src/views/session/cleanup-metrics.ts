import type { CleanupReport } from '../../domain/cleanup/cleanup.ts';
import { gauge, type Metric } from '../metrics.ts';

/** `live` null: not known. */
export function cleanupMetrics(report: CleanupReport, live: number | null): { succeeded: boolean; metrics: Metric[] } {
  const done = (name: string, help: string, value: number) =>
    gauge(`tomo_cleanup_${name}`, `${help} In the last run.`, value);
  const metrics = [
    done('sessions_deleted', 'Ended sessions past their retention that were deleted.', report.sessionsDeleted),
    done('sessions_ended', 'Sessions that are dead for good, whose end was written.', report.sessionsEnded),
    done('activity_deleted_rows', 'Rows of activity that were deleted.', report.activityDeleted),
    done('partitions_dropped', 'Weeks of activity that were dropped.', report.partitionsDropped.length),
    done(
      'history_deleted_rows',
      'Rows of audit, revocations, alerts and what else outlived its retention.',
      report.historyDeleted,
    ),
    gauge('tomo_cleanup_work_remains', '1: the last run left work for the next one.', report.workRemains ? 1 : 0),
  ];
  if (live !== null) metrics.push(gauge('tomo_sessions_live', 'Sessions that the server would accept.', live));
  // where another one runs, that one succeeds or fails
  return { succeeded: !report.workRemains && !report.interrupted, metrics };
}
