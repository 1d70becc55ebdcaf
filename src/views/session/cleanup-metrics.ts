import type { CleanupReport } from '../../domain/cleanup/cleanup.ts';
import type { Metric } from '../metrics.ts';

/** `live` null: not known. */
export function cleanupMetrics(report: CleanupReport, live: number | null): { succeeded: boolean; metrics: Metric[] } {
  const last = 'In the last run.';
  const metrics: Metric[] = [
    {
      name: 'tomo_cleanup_sessions_deleted',
      help: `Ended sessions past their retention that were deleted. ${last}`,
      value: report.sessionsDeleted,
    },
    {
      name: 'tomo_cleanup_sessions_ended',
      help: `Sessions that are dead for good, whose end was written. ${last}`,
      value: report.sessionsEnded,
    },
    {
      name: 'tomo_cleanup_activity_deleted_rows',
      help: `Rows of activity that were deleted. ${last}`,
      value: report.activityDeleted,
    },
    {
      name: 'tomo_cleanup_partitions_dropped',
      help: `Weeks of activity that were dropped. ${last}`,
      value: report.partitionsDropped.length,
    },
    {
      name: 'tomo_cleanup_history_deleted_rows',
      help: `Rows of audit, revocations, alerts and what else outlived its retention. ${last}`,
      value: report.historyDeleted,
    },
    {
      name: 'tomo_cleanup_work_remains',
      help: '1: the last run left work for the next one.',
      value: report.workRemains ? 1 : 0,
    },
  ];
  if (live !== null)
    metrics.push({ name: 'tomo_sessions_live', help: 'Sessions that the server would accept.', value: live });
  // where another one runs, that one succeeds or fails
  return { succeeded: !report.workRemains && !report.interrupted, metrics };
}
