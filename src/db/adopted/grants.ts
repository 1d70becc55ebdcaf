import type { Name, ServerDescription } from '../../model/server.ts';
import { readColumns } from './columns.ts';

/** Whether a table has a column: a description may name several, of which one is enough. */
type Has = (table: Name, column: Name) => boolean;

/**
 * The SQL that gives a role of PostgreSQL what a description takes and no more: the columns that are read, without those
 * that are secret and not needed. `operator` also revokes and cleans up.
 */
export function adoptedGrants(
  server: ServerDescription,
  role: { name: string; kind: 'viewer' | 'operator' },
  has: Has = () => true,
): string[] {
  const { schema = 'public', table, key, user, revoke } = server;
  const of = (name: Name) => `${quoted(schema)}.${quoted(name)}`;
  const give = (right: string, columns: readonly Name[], on: Name) =>
    `grant ${right} (${columns.map(quoted).join(', ')}) on ${of(on)} to ${quoted(role.name)};`;
  const names = (user.names ?? []).map((name) => (typeof name === 'string' ? name : name.column));
  const users = [user.key ?? 'id', ...names, ...(user.active ? [user.active.column] : [])];
  // by where its row lies a session is found again whose key must not leave the database
  const read = [...(key.secret ? ['ctid'] : []), ...readColumns(server).keys()];
  const looks = [
    ...(schema === 'public' ? [] : [`grant usage on schema ${quoted(schema)} to ${quoted(role.name)};`]),
    give('select', read, table),
    ...(user.table
      ? [
          give(
            'select',
            [...new Set(users)].filter((column) => has(user.table ?? '', column)),
            user.table,
          ),
        ]
      : []),
  ];
  if (role.kind === 'viewer') return looks;
  const also = (revoke.also ?? []).flatMap(({ table: other, column, set }) => [
    ...(other === user.table && users.includes(column) ? [] : [give('select', [column], other)]),
    set === null ? `grant delete on ${of(other)} to ${quoted(role.name)};` : give('update', Object.keys(set), other),
  ]);
  return [
    ...looks,
    ...(revoke.set === null ? [] : [give('update', Object.keys(revoke.set), table)]),
    `grant delete on ${of(table)} to ${quoted(role.name)};`,
    ...also,
  ];
}

/** As SQL has to have it: words of its own, and capitals, in quotation marks. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !WORDS.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Of the reserved words those that are called a table or a column. */
const WORDS = new Set([
  'user',
  'group',
  'order',
  'table',
  'column',
  'end',
  'check',
  'default',
  'references',
  'session_user',
]);
