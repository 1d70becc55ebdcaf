import type { Alert } from '../../model/alert.ts';
import { whatHappened } from './words.ts';

/**
 * What a webhook gets: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * The id is the same for every attempt, so that a receiver can drop the second one. The payload is a contract.
 */
export function alertMessage(alert: Alert): { id: string; payload: { type: string; timestamp: string; data: object } } {
  const { delivery: _, delivered: __, attempts: ___, nextAttemptAt: ____, lastError: _____, ...data } = alert;
  return {
    id: `alert_${alert.id}_${(alert.sessionId ?? alert.userId).replaceAll('-', '')}`,
    payload: { type: `alert.${alert.kind}`, timestamp: alert.createdAt, data: { ...data, what: whatHappened(alert) } },
  };
}
