import { acknowledgeById, reopenAlerts } from '../../../domain/alert/acknowledge.ts';
import { parseAlertFilter } from '../../../domain/alert/filter.ts';
import { ALERTS, showAlert } from '../../../domain/alert/list.ts';
import { parseFields } from '../../../domain/list/field-search.ts';
import { usersContaining } from '../../../domain/user/containing.ts';
import {
  ALERT_KINDS,
  ALERT_STATES,
  type Alert,
  type AlertKind,
  DELIVERIES,
  type Delivery,
} from '../../../model/alert.ts';
import { renderAcknowledged, renderReopened } from '../../../views/alert/acknowledge.ts';
import { ALERT_LIST } from '../../../views/alert/columns.ts';
import { renderAlert } from '../../../views/alert/show.ts';
import { renderList } from '../../../views/list.ts';
import type { Action, View } from '../view.ts';
import { inOrder } from './in-order.ts';
import { oneOf } from './one-of.ts';
import { plain, sentence } from './plain.ts';

export const ALERTS_VIEW: View<Alert> = {
  name: 'alerts',
  noun: 'alert',
  access: 'admin',
  tomoOnly: true,
  sorts: Object.keys(ALERT_LIST.orders ?? {}),
  columns: ALERT_LIST.names,
  filters: ALERT_STATES,
  searches: 'a part of a user name, user:alice, kind:new_device, since:2h, delivery:dead',
  into: { view: 'sessions', words: 'its session, or those of its user' },
  actions: [acknowledge(), reopen()],
  id: ({ id }) => String(id),
  async page(db, query, { now }) {
    const { scope, search, filter } = query;
    const { fields, words } = parseFields(search, ['user', 'kind', 'since', 'delivery']);
    const named = await usersContaining(db, words);
    const input = {
      user: scope?.username ? [scope.username] : (fields.user ?? named),
      kind: fields.kind?.map((text) => oneOf<AlertKind>(ALERT_KINDS, text, 'kind')),
      delivery: fields.delivery?.map((text) => oneOf<Delivery>(DELIVERIES, text, 'delivery')),
      since: fields.since?.at(-1),
    };
    const state = oneOf(ALERT_STATES, filter, 'state');
    const parsed = parseAlertFilter(input, state, now);
    return inOrder(db, query, { view: ALERT_LIST, list: ALERTS, filter: parsed, usual: 'newest' });
  },
  table: (rows, _, look) => renderList(rows, ALERT_LIST, look),
  which: (rows, look) => renderList(rows, ALERT_LIST, look),
  tone: ({ acknowledgedAt, delivery, kind }) =>
    acknowledgedAt !== null ? 'over' : delivery === 'dead' ? 'bad' : kind === 'unusual_location' ? 'odd' : 'usual',
  stamp: ({ acknowledgedAt, repeated, delivery }) => JSON.stringify([acknowledgedAt, repeated, delivery]),
  enter: ({ sessionId, username, userId }) =>
    sessionId
      ? { view: 'sessions', scope: { of: sessionId.slice(0, 8), session: sessionId }, filter: 'all' }
      : { view: 'sessions', scope: { of: `of ${username}`, username, userId }, filter: 'all' },
  owner: ({ username, userId }) => ({ of: `of ${username}`, username, userId }),
  async details(db, { id }) {
    const alert = await showAlert(db, id);
    return (look) => renderAlert(alert, look);
  },
};

function acknowledge(): Action<Alert> {
  return {
    key: 'a',
    name: 'acknowledge',
    what: 'acknowledge: somebody has looked',
    foot: 'acknowledge',
    access: 'admin',
    none: 'There is no open alert under the cursor or among the marked.',
    fits: ({ acknowledgedAt }) => acknowledgedAt === null,
    async run(db, rows, _, { actor, now }) {
      const report = await acknowledgeById(
        db,
        rows.map(({ id }) => id),
        actor,
      );
      const one = rows.length === 1;
      return { message: sentence(renderAcknowledged(one ? report : { ...report, results: [] }, plain(now))) };
    },
  };
}

function reopen(): Action<Alert> {
  return {
    key: 'A',
    name: 'reopen',
    what: 'take that back',
    access: 'admin',
    none: 'Nothing of that has been acknowledged.',
    fits: ({ acknowledgedAt }) => acknowledgedAt !== null,
    async run(db, rows, _, { actor, now }) {
      const report = await reopenAlerts(
        db,
        rows.map(({ id }) => id),
        actor,
      );
      return { message: sentence(renderReopened(report, plain(now))) };
    },
  };
}
