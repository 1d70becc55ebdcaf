import type { Alert } from '../../model/alert.ts';
import { renderFacts } from '../facts.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';
import { evidenceLines } from './evidence.ts';

const LABEL_WIDTH = 15;

/** One alert for people: the evidence, and what has become of it. */
export function renderAlert(alert: Alert, look: Look): string {
  const c = paint(look);
  const at = (time: string) => `${exactTime(time)} (${relativeTime(time, look.now)})`;
  const delivered = Object.entries(alert.delivered).map(([channel, time]): [string, string] => [
    printable(channel),
    `delivered ${at(time)}`,
  ]);
  const lines: [string, string][] = [
    ['Alert', `${c.yellow(String(alert.id))} (${alert.kind.replaceAll('_', ' ')})`],
    ['User', c.bold(printable(alert.username))],
    ['Session', alert.sessionId ?? '-'],
    ...evidenceLines(alert),
    [
      'Acknowledged',
      alert.acknowledgedAt ? `${at(alert.acknowledgedAt)} by ${printable(alert.acknowledgedBy ?? 'unknown')}` : 'no',
    ],
    ['Delivery', deliveryWords(alert, at)],
    ...delivered,
    ...(alert.lastError ? [['Last error', printable(alert.lastError)] satisfies [string, string]] : []),
  ];
  return renderFacts(lines, LABEL_WIDTH, look);
}

/** What to do next. */
export function alertHints({ id, sessionId, acknowledgedAt }: Alert): string {
  return [
    ...(sessionId ? [`The session: tomo session show ${sessionId}`] : []),
    ...(acknowledgedAt === null ? [`When somebody has looked: tomo alert ack ${id}`] : []),
  ].join('\n');
}

function deliveryWords({ delivery, attempts, nextAttemptAt }: Alert, at: (time: string) => string): string {
  const tried = attempts > 0 ? ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}` : '';
  if (delivery === 'pending' && nextAttemptAt) return `pending${tried}, due ${at(nextAttemptAt)}`;
  return `${delivery}${tried}`;
}
