import { LongCommand, maxDurationFlag } from '../../cli/base/long-command.ts';
import { daysFlag, dryRunFlag, integerFlag } from '../../cli/input/flags.ts';
import { metricsFlag } from '../../cli/output/metrics-file.ts';
import { type CleanupReport, changedAnything, cleanUp, forecastCleanup } from '../../domain/cleanup/cleanup.ts';
import { countExactly } from '../../domain/session/list.ts';
import { renderCleanup, renderForecast } from '../../views/session/cleanup.ts';
import { cleanupMetrics } from '../../views/session/cleanup-metrics.ts';

type Forecast = { dryRun: true; ended: number; deleted: number };

export default class SessionCleanup extends LongCommand {
  static override changes = 'ends' as const;
  static override adopted = true;
  static override summary = 'Delete old sessions, write the ends that are final, keep the tables small.';
  static override description =
    'Made for cron: small transactions that never block a login, one at a time, safe to stop and to repeat. Writes the end of what has expired, or was revoked and can no longer be restored; deletes what ended longer ago than the retention; keeps activity partitions ahead and drops old ones. Who is in does not depend on it, and live sessions are never touched. On the tables of another server it deletes the sessions that have run out; where the server marks them and keeps them, those that have been over for longer than the retention.';
  static override examples = LongCommand.toExamples({
    'From cron: mails only when there is something to say': 'tomo session cleanup --quiet',
    'What would it do': 'tomo session cleanup --dry-run',
    'Also for Prometheus': 'tomo session cleanup --quiet --metrics-file /var/lib/node_exporter/tomo_cleanup.prom',
    'At most ten minutes': 'tomo session cleanup --max-duration 10m',
  });
  static override flags = {
    'dry-run': dryRunFlag('what would be done'),
    retention: daysFlag({
      description:
        'Keep ended sessions this many days, this time; fewer than the setting only by a role that may change it. [default: the setting retention_sessions; on other servers theirs, else 7 where they keep what is over, and none where they delete it]',
    }),
    'batch-size': integerFlag({ min: 100, max: 50_000 })({
      default: 5000,
      description: 'Rows written or deleted in one transaction.',
    }),
    'max-duration': maxDurationFlag,
    'metrics-file': metricsFlag,
  };

  async run(): Promise<CleanupReport | Forecast> {
    const { flags } = await this.parse(SessionCleanup);
    const retention = flags.retention ?? null;
    if (flags['dry-run']) {
      const forecast = await this.withDatabase(flags, (db) =>
        this.withProgress('Counting', flags, () => forecastCleanup(db, retention)),
      );
      await this.print(renderForecast(forecast));
      return { dryRun: true, ...forecast };
    }
    let live: number | null = null;
    const file = flags['metrics-file'];
    const work = () =>
      this.withDatabase(flags, async (db) => {
        const options = { actor: this.actor, retention, batchSize: flags['batch-size'] };
        const report = await this.inBatches('Cleaning up', flags, (pace) => cleanUp(db, { ...options, ...pace }));
        const quiet = this.isQuiet && !changedAnything(report) && !report.workRemains;
        if (!quiet) await this.print(renderCleanup(report));
        for (const { step, message } of report.failed) this.caution(`The step "${step}" failed: ${message}`);
        for (const name of report.partitionsPostponed)
          this.caution(`The activity partition ${name} was in use; the next run takes it.`);
        this.exitAfter(report);
        // a role that may only clean up cannot count them
        if (file) live = await countExactly(db, { state: 'active' }).catch(() => null);
        return report;
      });
    const job = { name: 'cleanup', metrics: 'cleanup', file } as const;
    return this.asJob(job, work, (report) => cleanupMetrics(report, live));
  }
}
