import type { EnrichReport, PlacesCount } from '../../domain/geo/enrich.ts';
import type { Metric } from '../metrics.ts';
import { grouped, plural } from '../number.ts';

/** One line, for cron mails. */
export function renderEnrichment(report: EnrichReport): string {
  if (report.alreadyRunning) return 'Another geo enrich is running; this one did nothing.';
  const seconds = `(${(report.duration / 1000).toFixed(1)} s)`;
  const end = report.interrupted
    ? ' Interrupted: work may remain.'
    : report.workRemains
      ? ' The budget is used up: work remains.'
      : '';
  if (report.examined === 0) return `Places: nothing to do ${seconds}.${end}`;
  const unusual = [
    [report.newCountry, 'in a country never seen before'],
    [report.impossibleTravel, 'faster than anybody travels'],
    [report.alerts, report.alerts === 1 ? 'alert' : 'alerts'],
  ] as const;
  const rest = [
    [report.unknown, 'unknown'],
    [report.skipped, 'skipped'],
  ] as const;
  const words = (parts: readonly (readonly [number, string])[]) =>
    parts.flatMap(([n, what]) => (n > 0 ? [`${grouped(n)} ${what}`] : [])).join(', ');
  const parts = [`${plural(report.placed, 'session')} placed`, words(rest)].filter(Boolean).join(', ');
  const found = words(unusual);
  return `Places: ${parts}${found && `; unusual: ${found}`} ${seconds}.${end}`;
}

export function renderPlacesForecast({ examined, placed, unknown, skipped }: PlacesCount): string {
  if (examined === 0) return 'There is no session to place.';
  return `Of ${plural(examined, 'session')}, ${grouped(placed)} would be placed, ${grouped(unknown)} would stay unknown, ${grouped(skipped)} would be skipped.`;
}

/** For Prometheus. */
export function enrichMetrics(report: EnrichReport): { succeeded: boolean; metrics: Metric[] } {
  const metrics: Metric[] = [
    {
      name: 'tomo_geo_enrich_examined',
      help: 'Sessions that were looked at. In the last run.',
      value: report.examined,
    },
    { name: 'tomo_geo_enrich_alerts', help: 'Alerts that were raised. In the last run.', value: report.alerts },
    {
      name: 'tomo_geo_enrich_work_remains',
      help: '1: the last run left work for the next one.',
      value: report.workRemains ? 1 : 0,
    },
  ];
  return { succeeded: !report.workRemains && !report.interrupted, metrics };
}
