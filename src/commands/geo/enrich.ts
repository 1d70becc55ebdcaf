import type { Database } from '../../cli/base/base-command.ts';
import { LongCommand, maxDurationFlag } from '../../cli/base/long-command.ts';
import { geoFlags, resolveGeoSources } from '../../cli/geo/databases.ts';
import { dryRunFlag, integerFlag, switchFlag } from '../../cli/input/flags.ts';
import { metricsFlag } from '../../cli/output/metrics-file.ts';
import {
  type EnrichOptions,
  type EnrichReport,
  enrichSessions,
  forecastPlaces,
  type PlacesCount,
} from '../../domain/geo/enrich.ts';
import { openGeoFiles } from '../../domain/geo/files.ts';
import { enrichMetrics, renderEnrichment, renderPlacesForecast } from '../../views/geo/enrich.ts';

export default class GeoEnrich extends LongCommand {
  static override changes = true;
  static override summary = 'Look up where sessions come from, and judge whether that is unusual.';
  static override description = [
    'Made for cron: small transactions that never keep a login waiting, one run at a time, safe to stop and to repeat. Gives every session that',
    'has none its country, region, city, ISP and coordinates, oldest login first, and raises alerts about unusual places of the last 24 hours',
    'when location_alerts is on. Private and trusted networks are skipped. Nothing leaves this machine.',
  ].join(' ');
  static override examples = LongCommand.toExamples({
    'From cron: mails only when there is something to say': 'tomo geo enrich --quiet',
    'What would it find': 'tomo geo enrich --dry-run',
    'With a newer database, also those that the old one did not know': 'tomo geo enrich --again',
  });
  static override flags = {
    ...geoFlags,
    again: switchFlag('Also the sessions that could not be placed before.'),
    'dry-run': dryRunFlag('how many would be placed'),
    limit: integerFlag({ min: 1, max: Number.MAX_SAFE_INTEGER })({
      description: 'At most this many sessions; exit 8 when work remains.',
    }),
    'batch-size': integerFlag({ min: 50, max: 10_000 })({ default: 500, description: 'Sessions in one transaction.' }),
    'max-duration': maxDurationFlag,
    'metrics-file': metricsFlag,
  };

  async run(): Promise<EnrichReport | ({ dryRun: true } & PlacesCount)> {
    const { flags } = await this.parse(GeoEnrich);
    const sources = resolveGeoSources(flags, this.terminal.env);
    const placing = <T>(place: (db: Database, options: Omit<EnrichOptions, 'actor'>) => Promise<T>) =>
      this.withDatabase(flags, async (db) => {
        const geo = await openGeoFiles(sources);
        const options = { geo, again: flags.again, batchSize: flags['batch-size'], limit: flags.limit ?? null };
        return this.inBatches('Looking up places', flags, (pace) => place(db, { ...options, ...pace }));
      });
    if (flags['dry-run']) {
      const forecast = await placing(forecastPlaces);
      await this.print(renderPlacesForecast(forecast));
      return { dryRun: true, ...forecast };
    }
    const work = async () => {
      const report = await placing((db, options) => enrichSessions(db, { ...options, actor: this.actor }));
      if (!this.isQuiet || report.examined > 0) await this.print(renderEnrichment(report));
      this.exitAfter(report);
      return report;
    };
    return this.asJob({ name: 'geo', metrics: 'geo_enrich', file: flags['metrics-file'] }, work, enrichMetrics);
  }
}
