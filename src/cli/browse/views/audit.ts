import { parseAuditFilter } from '../../../domain/audit/filter.ts';
import { AUDIT } from '../../../domain/audit/list.ts';
import { parseFields } from '../../../domain/list/field-search.ts';
import type { AuditEntry } from '../../../model/audit.ts';
import { AUDIT_LIST } from '../../../views/audit/columns.ts';
import { renderAuditRow } from '../../../views/audit/show.ts';
import { renderList } from '../../../views/list.ts';
import type { View } from '../view.ts';
import { inOrder } from './in-order.ts';

export const AUDIT_VIEW: View<AuditEntry> = {
  name: 'audit',
  noun: 'row',
  access: 'admin',
  tomoOnly: false,
  sorts: Object.keys(AUDIT_LIST.orders ?? {}),
  columns: AUDIT_LIST.names,
  filters: ['all'],
  searches: 'a part of who did it, user:alice (to whom), action:revoke, since:2h, until:1h',
  into: null,
  actions: [],
  id: ({ id }) => String(id),
  async page(db, query, { now }) {
    const { search } = query;
    const { fields, words } = parseFields(search, ['user', 'actor', 'action', 'since', 'until']);
    const input = {
      actor: fields.actor?.at(-1) ?? (words.join(' ') || undefined),
      user: fields.user?.at(-1),
      action: fields.action,
      since: fields.since?.at(-1),
      until: fields.until?.at(-1),
    };
    const parsed = parseAuditFilter(input, now);
    return inOrder(db, query, { view: AUDIT_LIST, list: AUDIT, filter: parsed, usual: 'newest' });
  },
  table: (rows, _, look) => renderList(rows, AUDIT_LIST, look),
  which: (rows, look) => renderList(rows, AUDIT_LIST, look),
  tone: ({ action }) => (/^(revoke|restore|disown)/.test(action) ? 'odd' : 'usual'),
  stamp: ({ hash }) => hash,
  enter: () => null,
  owner: () => null,
  details: async (_db, entry) => (look) => renderAuditRow(entry, look),
};
