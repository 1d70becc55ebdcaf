import type { AcknowledgeReport, ReopenReport } from '../../domain/alert/acknowledge.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { relativeTime } from '../time.ts';
import { whatHappened } from './words.ts';

/** One line for each id; one for all where a filter was given. */
export function renderAcknowledged(report: AcknowledgeReport, look: Look): string {
  if (report.results.length > 0) return report.results.map((result) => idLine(result, look)).join('\n');
  return report.acknowledged === 0
    ? 'Nothing to acknowledge: no open alerts match.'
    : `Acknowledged ${plural(report.acknowledged, 'alert')}.`;
}

/** One line for each. */
export function renderReopened({ results }: ReopenReport, look: Look): string {
  return results.map((result) => idLine(result, look)).join('\n') || 'Nothing to reopen: none has been acknowledged.';
}

function idLine({ id, outcome, alert }: (AcknowledgeReport | ReopenReport)['results'][number], look: Look): string {
  const c = paint(look);
  const number = c.yellow(String(id));
  if (!alert) return `${number} not found`;
  const about = `(${printable(`${alert.username}: ${whatHappened(alert)}`)})`;
  if (outcome === 'acknowledged') return `${number} acknowledged ${about}`;
  if (outcome === 'reopened') return `${number} is open again ${about}`;
  if (outcome === 'already-open') return `${number} was open ${about}`;
  const when = alert.acknowledgedAt ? ` ${relativeTime(alert.acknowledgedAt, look.now)}` : '';
  return `${number} had already been acknowledged by ${printable(alert.acknowledgedBy ?? 'somebody')}${when} ${about}`;
}
