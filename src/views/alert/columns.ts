import { alertFacts } from '../../domain/alert/facts.ts';
import type { Alert } from '../../model/alert.ts';
import { type Column, type ListView, timeColumn } from '../columns.ts';
import { placeName, shortSession, whatHappened } from './words.ts';

const KIND_WORDS = { new_device: 'device', unusual_location: 'location', login: 'login' };

const ALERT_COLUMNS = {
  id: { title: 'ID', value: (a) => a.id },
  when: timeColumn('WHEN', (a) => a.createdAt),
  kind: { title: 'KIND', value: (a) => a.kind, show: (a) => KIND_WORDS[a.kind] },
  user: { title: 'USER', value: (a) => a.username, shrink: 5, outside: true },
  what: { title: 'WHAT', value: whatHappened, shrink: 28, outside: true },
  session: {
    title: 'SESSION',
    value: (a) => a.sessionId,
    show: (a) => (a.sessionId ? shortSession(a.sessionId) : '-'),
  },
  delivery: { title: 'DELIVERY', value: (a) => a.delivery },
  repeats: { title: 'REPEATS', value: (a) => a.repeated, show: (a) => (a.repeated > 0 ? String(a.repeated) : '-') },
  ip: { title: 'IP ADDRESS', value: (a) => alertFacts(a).place.ip, shrink: 12, outside: true },
  place: { title: 'PLACE', value: (a) => placeName(alertFacts(a).place), shrink: 8, outside: true },
  acknowledged: timeColumn('ACKNOWLEDGED', (a) => a.acknowledgedAt),
  by: { title: 'BY', value: (a) => a.acknowledgedBy, shrink: 8, outside: true },
  attempts: { title: 'ATTEMPTS', value: (a) => a.attempts },
  next: timeColumn('NEXT', (a) => a.nextAttemptAt),
  error: { title: 'ERROR', value: (a) => a.lastError, shrink: 12, outside: true },
} satisfies Record<string, Column<Alert>>;

export const ALERT_LIST: ListView<Alert, keyof typeof ALERT_COLUMNS, 'alerts'> = {
  key: 'alerts',
  columns: ALERT_COLUMNS,
  orders: { newest: { column: 'id', rising: false } },
  names: ['id', 'when', 'kind', 'user', 'what', 'session', 'delivery', 'repeats'],
  expendable: ['kind', 'repeats', 'delivery'],
  dim: (a) => a.acknowledgedAt !== null,
};
