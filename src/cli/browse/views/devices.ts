import { forgetByIds, labelById, trustByIds } from '../../../domain/device/change.ts';
import { parseDeviceFilter } from '../../../domain/device/filter.ts';
import { DEVICES } from '../../../domain/device/list.ts';
import { devicesFilter, showDevice } from '../../../domain/device/show.ts';
import { parseFields } from '../../../domain/list/field-search.ts';
import { canUndo } from '../../../domain/revocation/restore-adopted.ts';
import { revokeByFilter } from '../../../domain/revocation/revoke.ts';
import { usersContaining } from '../../../domain/user/containing.ts';
import type { Device } from '../../../model/device.ts';
import {
  forgetHint,
  forgetQuestion,
  LONGEST_LABEL,
  renderDeviceResults,
  renderLabelled,
  trustHint,
} from '../../../views/device/changed.ts';
import { DEVICE_LIST } from '../../../views/device/columns.ts';
import { renderDevice } from '../../../views/device/show.ts';
import { renderList } from '../../../views/list.ts';
import { renderBulkRevoked } from '../../../views/session/revoke.ts';
import type { Action, View } from '../view.ts';
import { inOrder } from './in-order.ts';
import { plain, sentence } from './plain.ts';
import { revokeAllOf } from './revoke-all-of.ts';

/** Not seen for long; milliseconds. */
const COLD = 30 * 86_400_000;

const idsOf = (rows: readonly Device[]) => rows.map(({ id }) => id);

export const DEVICES_VIEW: View<Device> = {
  name: 'devices',
  noun: 'device',
  access: 'admin',
  tomoOnly: true,
  sorts: Object.keys(DEVICE_LIST.orders ?? {}),
  columns: DEVICE_LIST.names,
  filters: ['all', 'trusted', 'untrusted'],
  searches: 'a part of a user name, user:alice, new:7d',
  into: { view: 'sessions', words: 'its sessions' },
  actions: [trust('t', 'trust', true), trust('T', 'untrust', false), label(), revoke(), forget()],
  id: ({ id }) => id,
  async page(db, query, { now }) {
    const { scope, search, filter } = query;
    const { fields, words } = parseFields(search, ['user', 'new']);
    const named = await usersContaining(db, words);
    const input = {
      user: scope?.username ? [scope.username] : (fields.user ?? named),
      'new-since': fields.new?.at(-1),
      trusted: filter === 'trusted',
      untrusted: filter === 'untrusted',
    };
    const parsed = parseDeviceFilter(input, now);
    return inOrder(db, query, { view: DEVICE_LIST, list: DEVICES, filter: parsed, usual: 'newest' });
  },
  table: (rows, _, look) => renderList(rows, DEVICE_LIST, look),
  which: (rows, look) => renderList(rows, DEVICE_LIST, look, { names: ['id', 'user', 'device', 'sessions'], left: [] }),
  tone: ({ liveSessions, lastSeenAt }, now) =>
    liveSessions > 0 ? 'fresh' : now.getTime() - Date.parse(lastSeenAt) > COLD ? 'cold' : 'usual',
  stamp: ({ lastSeenAt, liveSessions, trusted, label: name }) =>
    JSON.stringify([lastSeenAt, liveSessions, trusted, name]),
  enter: ({ id, username, userId, device }) => ({
    view: 'sessions',
    scope: { of: `on ${device ?? id.slice(0, 8)} of ${username}`, username, userId, device: id },
  }),
  owner: ({ username, userId }) => ({ of: `of ${username}`, username, userId }),
  async details(db, { id }) {
    const details = await showDevice(db, id);
    return (look) => renderDevice(details, look);
  },
};

function trust(key: string, name: string, trusted: boolean): Action<Device> {
  return {
    key,
    name,
    what: trusted ? 'trust: its user is told of no login from it' : 'trust no longer',
    ...(trusted ? { foot: 'trust' } : {}),
    access: 'admin',
    none: trusted ? 'What is marked or under the cursor is trusted already.' : 'Nothing of that is trusted.',
    fits: (device) => device.trusted !== trusted,
    async run(db, rows, _, { actor, now }) {
      const report = await trustByIds(db, idsOf(rows), trusted, actor);
      return { message: sentence(renderDeviceResults(report.results, plain(now)), trustHint(report)) };
    },
  };
}

function label(): Action<Device> {
  return {
    key: 'l',
    name: 'label',
    what: 'give it a name that people know it by',
    foot: 'label',
    access: 'admin',
    single: true,
    none: 'There is no device under the cursor.',
    prompt: { words: 'Its name? (empty: none, Esc: back)', most: LONGEST_LABEL, from: ({ label: name }) => name ?? '' },
    fits: () => true,
    async run(db, rows, text, { actor, now }) {
      const result = await labelById(db, rows[0]?.id ?? '', text || null, actor);
      return { message: renderLabelled(result, plain(now)) };
    },
  };
}

function revoke(): Action<Device> {
  // from which of their devices the operator is in, no row says
  return revokeAllOf('from', ({ userId }, currentUser) => userId === currentUser && 'perhaps', {
    name: 'revoke',
    none: 'Nothing is open on what is marked or under the cursor.',
    async run(db, rows, reason, { actor }) {
      const filter = await devicesFilter(db, idsOf(rows));
      const report = await revokeByFilter(db, filter, { actor, reason: reason || null, compromised: false }, null);
      return { message: renderBulkRevoked(report, null), undo: canUndo(db) ? report.revocation : null };
    },
  });
}

function forget(): Action<Device> {
  return {
    key: 'F',
    name: 'forget',
    what: 'forget: the next login from it is from a new device; for good',
    access: 'admin',
    none: 'There is no device under the cursor.',
    fits: () => true,
    question: (rows) => forgetQuestion(rows.length),
    async run(db, rows, _, { actor, now }) {
      const report = await forgetByIds(db, idsOf(rows), actor);
      return { message: sentence(renderDeviceResults(report.results, plain(now)), forgetHint(report)) };
    },
  };
}
