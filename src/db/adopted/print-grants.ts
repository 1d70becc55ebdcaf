import type { AdoptedServer, ServerDescription } from '../../model/server.ts';
import type { Database, Transaction } from '../port/database.ts';
import { selectValue } from '../port/sql.ts';
import { quoteName } from '../schema/grants.ts';
import { adoptedGrants, allRights } from './grants.ts';
import { mapServer } from './mapping.ts';
import { type AdoptedRole, asSeenBy, hasOf, neededColumns, secretColumns, tablesOf } from './needs.ts';
import { selectRights } from './rights.ts';

const PURPOSE: Record<AdoptedRole, string> = {
  viewer: 'lists and shows sessions, and changes nothing',
  operator: 'lists, shows and revokes sessions, and cleans up',
  janitor: 'deletes sessions that have run out, from cron',
};

/**
 * The SQL that gives a role what it needs on the tables of a server and no more, for psql, to be run
 * once by their owner.
 */
export async function printableGrants(
  tx: Transaction,
  engine: Database['engine'],
  { description, options: given }: AdoptedServer,
  kind: AdoptedRole,
  roleName: string,
): Promise<string> {
  const { options, catalogue } = await mapServer(tx, engine, description, given);
  const schema = options.get('schema') ?? description.schema ?? 'public';
  const has = hasOf(catalogue);
  const rights = allRights(description, { kind, options }, has);
  const { guarded } = await selectRights(tx, schema, rights);
  const role = quoteName(roleName);
  const on = (table: string) => `${quoteName(schema)}.${quoteName(table)}`;
  const tables = [...new Set(rights.map(({ table }) => table))];
  return [
    `-- ${kind}: ${PURPOSE[kind]} (${line(description.title)}).`,
    '-- Run by the owner of these tables, and again when their columns have changed.',
    `-- create role ${role} login;   -- and then: \\password ${role}`,
    'begin;',
    `revoke all on ${tables.map(on).join(', ')} from ${role};`,
    ...remarks(kind, description, options),
    ...adoptedGrants(description, { name: roleName, kind, options }, has),
    ...(guarded.length > 0
      ? [
          `-- row security is on for ${guarded.map(on).join(', ')}: rows that are hidden would be missed. By a superuser:`,
          `alter role ${role} bypassrls;`,
        ]
      : []),
    ...(catalogue.tomo && kind !== 'viewer' ? await recordGrants(tx, role) : []),
    'commit;',
  ].join('\n');
}

/** What has to be known of secrets before it is run. */
function remarks(kind: AdoptedRole, description: ServerDescription, options: ReadonlyMap<string, string>): string[] {
  const { key, secrets = [] } = description;
  const { sessions } = tablesOf(description, options);
  const never = secretColumns(description, options);
  const inside = neededColumns(asSeenBy(kind, description), options)
    .filter(({ table, column, says }) => table === sessions && secrets.includes(column) && says !== 'key')
    .map(({ column }) => column);
  return [
    ...(never.length > 0 ? [`-- secret, so not among them: ${never.map(line).join(', ')}`] : []),
    ...(key.secret
      ? [
          `-- The key ${line(key.column)} is a secret: sessions are called by a hash of it, which is made in the database. So this`,
          '-- role can read it, and whoever has the role can get in as anybody. Guard it like the password of the application.',
        ]
      : []),
    ...(inside.length > 0
      ? [
          `-- Whose a session is, or when it was active, stands in ${inside.map(line).join(', ')}, with whatever else is there.`,
        ]
      : []),
  ];
}

/** The changes are put on record in the schema `tomo`, where that can be done. */
async function recordGrants(tx: Transaction, role: string): Promise<string[]> {
  const signature = await selectValue<string | null>(tx)`select (
    select format('tomo.%I(%s)', p.proname, oidvectortypes(p.proargtypes)) from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'tomo' and p.proname = 'record_change' limit 1)`;
  if (signature === null) return [];
  return [
    '-- what it changes is put on record; by the owner of the schema tomo:',
    `grant usage on schema tomo to ${role};`,
    `grant execute on function ${signature} to ${role};`,
  ];
}

/** A comment ends with its line. */
function line(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
