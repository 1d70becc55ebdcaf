import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base/base-command.ts';
import { geoFlags, resolveGeoSources } from '../../cli/geo/databases.ts';
import { durationFlag, integerFlag } from '../../cli/input/flags.ts';
import { metricsFlag, withMetrics } from '../../cli/output/metrics-file.ts';
import { Progress } from '../../cli/output/progress.ts';
import { type EnrichReport, enrichSessions, forecastPlaces, type PlacesCount } from '../../domain/geo/enrich.ts';
import { openGeoFiles } from '../../domain/geo/files.ts';
import { enrichMetrics, renderEnrichment, renderPlacesForecast } from '../../views/geo/enrich.ts';

export default class GeoEnrich extends BaseCommand {
  static override changes = true;
  static override summary = 'Look up where sessions come from, and judge whether that is unusual.';
  static override description = [
    'Made for cron: small transactions that never keep a login waiting, one run at a time, safe to stop and to repeat. Gives every session that',
    'has none its country, region, city, ISP and coordinates, oldest login first, and raises alerts about unusual places of the last 24 hours',
    'when location_alerts is on. Private and trusted networks are skipped. Nothing leaves this machine.',
  ].join(' ');
  static override examples = [
    {
      description: 'From cron: mails only when there is something to say',
      command: '<%= config.bin %> geo enrich --quiet',
    },
    { description: 'What would it find', command: '<%= config.bin %> geo enrich --dry-run' },
    {
      description: 'With a newer database, also those that the old one did not know',
      command: '<%= config.bin %> geo enrich --again',
    },
  ];
  static override flags = {
    ...geoFlags,
    again: Flags.boolean({ default: false, description: 'Also the sessions that could not be placed before.' }),
    'dry-run': Flags.boolean({
      char: 'n',
      default: false,
      description: 'Only say how many would be placed; change nothing.',
    }),
    limit: integerFlag({ min: 1, max: Number.MAX_SAFE_INTEGER })({
      description: 'At most so many sessions; exit 8 when work remains.',
    }),
    'batch-size': integerFlag({ min: 50, max: 10_000 })({ default: 500, description: 'Sessions in one transaction.' }),
    'max-duration': durationFlag({
      description: 'Begin nothing new after this long, e.g. 10m; exit 8 when work remains.',
    }),
    'metrics-file': metricsFlag,
  };

  async run(): Promise<EnrichReport | ({ dryRun: true } & PlacesCount)> {
    const { flags } = await this.parse(GeoEnrich);
    const sources = resolveGeoSources(flags, this.terminal.env);
    const work = (): Promise<EnrichReport | ({ dryRun: true } & PlacesCount)> =>
      this.withDatabase(flags, async (db) => {
        const geo = await openGeoFiles(sources);
        const progress = new Progress(this.terminal, {
          title: 'Looking up places',
          silent: this.isQuiet || this.jsonEnabled(),
        });
        const options = {
          geo,
          again: flags.again,
          batchSize: flags['batch-size'],
          limit: flags.limit ?? null,
          maxDuration: flags['max-duration'] === undefined ? null : flags['max-duration'] * 1000,
          onProgress: (sessions: number) => progress.update(sessions),
        };
        const within = <T>(work: (signal: AbortSignal) => Promise<T>) =>
          this.interruptible(work).finally(() => progress.stop());
        if (flags['dry-run']) {
          const forecast = await within((signal) => forecastPlaces(db, { ...options, signal }));
          await this.print(renderPlacesForecast(forecast));
          return { dryRun: true, ...forecast };
        }
        const report = await within((signal) => enrichSessions(db, { ...options, actor: this.actor, signal }));
        if (!this.isQuiet || report.examined > 0) await this.print(renderEnrichment(report));
        if (report.interrupted) this.exitWith(130);
        else if (report.workRemains) this.exitWith(8);
        return report;
      });
    const file = flags['dry-run'] ? undefined : flags['metrics-file'];
    return withMetrics<EnrichReport | ({ dryRun: true } & PlacesCount)>(
      file,
      'geo_enrich',
      this.terminal.now,
      work,
      (report) => enrichMetrics('dryRun' in report ? null : report),
    );
  }
}
