import type { Name, ServerDescription } from '../../model/server.ts';
import { quoteName } from '../schema/grants.ts';
import { type AdoptedRole, type Has, type Right, rightsFor } from './needs.ts';

/** What an operator cleans up is what a janitor does. */
const INCLUDES: Record<AdoptedRole, readonly AdoptedRole[]> = {
  viewer: ['viewer'],
  operator: ['operator', 'janitor'],
  janitor: ['janitor'],
};

/** What a role is for, and how the operator has set the server up. */
interface Role {
  name: string;
  kind: AdoptedRole;
  options?: ReadonlyMap<string, string>;
}

/** All that a role of this kind needs, each right once. */
export function allRights(
  server: ServerDescription,
  { kind, options = new Map() }: Omit<Role, 'name'>,
  has: Has,
): Right[] {
  const rights = INCLUDES[kind].flatMap((one) => rightsFor(one, server, options, has));
  return [...new Map(rights.map((right) => [Object.values(right).join('\n'), right])).values()];
}

/**
 * The SQL that gives a role of PostgreSQL what a description takes and no more: the columns that are read, without
 * those that are secret and not needed. `has`: a description may name several columns, of which one is enough.
 */
export function adoptedGrants(server: ServerDescription, role: Role, has: Has = () => true): string[] {
  const schema = role.options?.get('schema') ?? server.schema ?? 'public';
  const rights = allRights(server, role, has);
  const tables = [...new Set(rights.map(({ table }) => table))];
  return [
    `grant usage on schema ${quoteName(schema)} to ${quoteName(role.name)};`,
    ...tables.flatMap((table) =>
      grantsOn(
        `${quoteName(schema)}.${quoteName(table)}`,
        quoteName(role.name),
        rights.filter((right) => right.table === table),
      ),
    ),
  ];
}

function grantsOn(table: Name, role: string, rights: readonly Right[]): string[] {
  return (['SELECT', 'UPDATE', 'DELETE'] as const).flatMap((right) => {
    const these = rights.filter((one) => one.right === right);
    if (these.length === 0) return [];
    const columns = [...new Set(these.flatMap(({ column }) => column ?? []))];
    const listed = columns.length > 0 ? ` (${columns.map(quoteName).join(', ')})` : '';
    return [`grant ${right.toLowerCase()}${listed} on ${table} to ${role};`];
  });
}
