import type { SendPreview, SendProblem, SendReport } from '../../domain/alert/send.ts';
import { gauge, type Metric } from '../metrics.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { relativeTime } from '../time.ts';
import { whatHappened } from './words.ts';

/** One line, for cron mails. */
export function renderSent(report: SendReport): string {
  const { sent, failed, dead, tooOld, revived, due, waiting } = report;
  const parts: [number, string][] = [
    [revived, `${grouped(revived)} given another try`],
    [sent, `${grouped(sent)} sent`],
    [failed, `${grouped(failed)} failed and will be tried again`],
    [dead, `${grouped(dead)} given up`],
    [tooOld, `${grouped(tooOld)} too old to be sent`],
    [due, `${grouped(due)} still due`],
    [waiting - failed, `${grouped(waiting - failed)} waiting for another attempt`],
  ];
  const done = parts.flatMap(([n, text]) => (n > 0 ? [text] : [])).join(', ') || 'nothing to send';
  const end = report.interrupted
    ? ' Interrupted: work remains.'
    : report.workRemains && report.unreachable.length === 0
      ? ' Time is used up: work remains.'
      : '';
  return `Alerts: ${done}.${end}`;
}

/** Whether there is anything to tell. */
export function saysSomething({ sent, failed, dead, tooOld, revived, workRemains }: SendReport): boolean {
  return sent + failed + dead + tooOld + revived > 0 || workRemains;
}

/** "Alert 17 (alice): webhook: answered 500; next attempt in 5m". */
export function problemWords({ id, username, error, nextAttemptAt }: SendProblem, look: Look): string {
  const next = nextAttemptAt === null ? 'given up' : `next attempt ${relativeTime(nextAttemptAt, look.now)}`;
  return printable(`alert ${id} (${username}): ${error}; ${next}`);
}

export function renderSendPreview(preview: SendPreview, look: Look): string {
  const { due, tooOld, waiting, revived, first } = preview;
  const c = paint(look);
  const notes = [
    ...(revived > 0 ? [`${grouped(revived)} of them had been given up`] : []),
    ...(tooOld > 0 ? [`${grouped(tooOld)} too old to be sent`] : []),
    ...(waiting > 0 ? [`${grouped(waiting)} waiting for another attempt`] : []),
  ];
  const rest = notes.length > 0 ? ` (${notes.join(', ')})` : '';
  if (due === 0) return `Nothing would be sent${rest}.`;
  const lines = first.map(({ alert, recipients }) => {
    const to =
      recipients.map(({ channel, to }) => `${channel} ${to}`).join(', ') ||
      'nobody: the user has no usable e-mail address';
    return `  ${c.yellow(String(alert.id))} ${printable(`${alert.username}: ${whatHappened(alert)}`)}\n      to ${printable(to)}`;
  });
  const more = due - first.length;
  return [
    `Would send ${plural(due, 'alert')}${rest}:`,
    ...lines,
    ...(more > 0 ? [`  ${ellipsis(look)} and ${grouped(more)} more`] : []),
  ].join('\n');
}

/** For Prometheus. */
export function sendMetrics(report: SendReport): { succeeded: boolean; metrics: Metric[] } {
  const metrics: Metric[] = [
    gauge('tomo_alert_send_sent', 'Alerts that were delivered. In the last run.', report.sent),
    gauge(
      'tomo_alert_send_failed',
      'Alerts that could not be delivered and will be tried again. In the last run.',
      report.failed,
    ),
    gauge('tomo_alert_send_dead', 'Alerts that were given up. In the last run.', report.dead + report.tooOld),
    gauge('tomo_alerts_pending', 'Alerts that wait for their delivery.', report.due + report.waiting),
  ];
  return { succeeded: !report.workRemains && !report.interrupted && report.failed + report.dead === 0, metrics };
}
