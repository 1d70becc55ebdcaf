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
  const words = (...parts: [number, string][]) =>
    parts.flatMap(([n, what]) => (n > 0 ? [`${grouped(n)} ${what}`] : [])).join(', ');
  const rest = words([report.unknown, 'unknown'], [report.skipped, 'skipped']);
  const parts = [`${plural(report.placed, 'session')} placed`, rest].filter(Boolean).join(', ');
  const found = words(
    [report.newCountry, 'in a country never seen before'],
    [report.impossibleTravel, 'faster than anybody travels'],
    [report.alerts, report.alerts === 1 ? 'alert' : 'alerts'],
  );
  return `Places: ${parts}${found && `; unusual: ${found}`} ${seconds}.${end}`;
}

export function renderPlacesForecast({ examined, placed, unknown, skipped }: PlacesCount): string {
  if (examined === 0) return 'There is no session to place.';
  return `Of ${plural(examined, 'session')}, ${grouped(placed)} would be placed, ${grouped(unknown)} would stay unknown, ${grouped(skipped)} would be skipped.`;
}

/** For Prometheus. */
export function enrichMetrics(report: EnrichReport): { succeeded: boolean; metrics: Metric[] } {
  const metric = (name: string, help: string, value: number) => ({ name: `tomo_geo_enrich_${name}`, help, value });
  const metrics = [
    metric('examined', 'Sessions that were looked at. In the last run.', report.examined),
    metric('alerts', 'Alerts that were raised. In the last run.', report.alerts),
    metric('work_remains', '1: the last run left work for the next one.', Number(report.workRemains)),
  ];
  return { succeeded: !report.workRemains && !report.interrupted, metrics };
}
