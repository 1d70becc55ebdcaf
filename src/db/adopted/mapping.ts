import { invalidInput } from '../../model/errors.ts';
import type { ServerDescription } from '../../model/server.ts';
import type { Transaction } from '../port/database.ts';
import { type Sql, sql } from '../port/sql.ts';
import { type Catalogue, readPostgres, readSqlite } from './catalogue.ts';
import { type Dialect, name } from './dialect.ts';
import { type MappedMoment, Moments, stillRuns } from './mapped-moments.ts';
import { type MappedUser, type MappedUsers, mapUser, mapUsers } from './mapped-users.ts';
import { optionsOf } from './options.ts';
import { type Engine, sessionTable } from './session-table.ts';

/** A description as it fits this database: what statements are made of. Sessions are rows `s`. */
export interface Mapping {
  description: ServerDescription;
  dialect: Dialect;
  catalogue: Catalogue;
  table: Sql;
  /** Its rows are found again by where they lie. */
  located: boolean;
  /** About so many are in the table; null: unknown. */
  rows: number | null;
  /** Quoted, with the schema. */
  qualified: (table: string) => Sql;
  key: { value: Sql; type: string; secret: boolean };
  id: Sql;
  user: MappedUser | null;
  /** Null: there is none here, and the users are called by their ids. */
  users: MappedUsers | null;
  created: MappedMoment | null;
  active: MappedMoment | null;
  expires: MappedMoment | null;
  ended: { when: Sql; at: MappedMoment | null; by: Sql | null; how: 'revoked' | 'ended' } | null;
  /** `text`: null where there is none. */
  ip: { value: Sql; type: string; text: Sql } | null;
  agent: Sql | null;
  only: Sql;
  live: Sql;
  /**
   * What a revocation of ids, of a user or of everybody ends: whoever may be live, in whatever zone the
   * times were written.
   */
  endable: Sql;
  /** Which users `u` may log in; null: it is not known. */
  mayLogIn: Sql | null;
  /** One of the conditions of `live`: nobody has ended it, nor marked it as run out. */
  open: Sql;
  /** Two of the conditions of `live`: that it has not run out, and that its user may be in. */
  unexpired: Sql;
  allowed: Sql;
  /** The zone that times without one are read in, and whether the operator has named it; null: they all have one. */
  zone: { name: string; named: boolean } | null;
  options: ReadonlyMap<string, string>;
}

/**
 * Looks whether the description fits. Throws DATABASE_UNUSABLE naming what is missing, and
 * INVALID_INPUT for an option.
 */
export async function mapServer(
  tx: Transaction,
  engine: Engine,
  description: ServerDescription,
  given: Readonly<Record<string, string>>,
): Promise<Mapping> {
  const options = optionsOf(description, given);
  if (!description.engines.includes(engine)) {
    const there = description.engines.map((one) => (one === 'sqlite' ? 'SQLite' : 'PostgreSQL')).join(' or ');
    throw invalidInput(`${description.title} keeps its sessions in ${there}, and this is something else.`);
  }
  const schema = options.get('schema') ?? description.schema ?? 'public';
  const tableName = options.get('table') ?? description.table;
  const usersName = options.get('users') ?? description.user.table;
  const names = [
    tableName,
    ...(usersName ? [usersName] : []),
    ...(description.revoke.also ?? []).map(({ table }) => table),
    ...(description.cleanup?.keeps ? [description.cleanup.keeps.table] : []),
  ];
  const catalogue = await (engine === 'postgres' ? readPostgres(tx, schema, names) : readSqlite(tx, names));
  const table = sessionTable(description, engine, catalogue, [schema, tableName]);
  const { dialect, column, typeOf, shown, condition } = table;
  const qualified = (of: string) => (engine === 'postgres' ? name(schema, of) : name(of));
  const zoneName = options.get('zone');
  const zone = zoneName ?? catalogue.zone;
  const moments = new Moments(description, table, zone, options);
  const keyText = dialect.text(column(description.key.column));
  const user = mapUser(description, table, options.get('user')?.split('.'));
  const users = mapUsers(description, catalogue, usersName, { qualified, dialect }, { options, given });
  const ended = description.ended && {
    when: condition(description.ended.when),
    at: moments.map(description.ended.at),
    by: description.ended.by ? dialect.text(shown(description.ended.by)) : null,
    how: description.ended.how,
  };
  const address = description.ip ? shown(description.ip) : null;
  const expires = moments.map(description.expires);
  const created = moments.map(description.created);
  const active = moments.map(description.active);
  const written = (value: Sql) => sql`nullif(${dialect.text(value)}, '')`;
  const keyed = table.here.required.has(description.key.column);
  const only = sql.and(
    ...(description.only ?? []).map((one) => condition(one)),
    // nobody can hold, and no command can name, what has no key
    !keyed && sql`${column(description.key.column)} is not null`,
  );
  const mayBeIn = description.user.active;
  const mayLogIn = mayBeIn && users ? condition(mayBeIn, sql`u.${name(mayBeIn.column)}`) : null;
  const open = sql.and(
    ...(description.live ?? []).map((one) => condition(one)),
    ended && sql`(${ended.when}) is not true`,
  );
  const unexpired = expires ? stillRuns(expires, description.expires, dialect) : sql`true`;
  const isTheirs = users && user && dialect.alike({ value: users.key, type: users.type }, user);
  const allowed =
    mayLogIn && isTheirs
      ? sql`exists (select 1 from ${users.table} u where ${sql.join(isTheirs, ' = ')} and ${mayLogIn})`
      : sql`true`;
  const live = sql.and(open, expires && unexpired, mayLogIn && user && allowed);
  const zoneKnown = !moments.zoned || zoneName !== undefined;
  // no two clocks of this world are further apart
  const perhaps =
    expires &&
    !zoneKnown &&
    sql`(${unexpired} or ${expires.is('>', dialect.later(dialect.now, sql`${26 * 3600}`, '-'))})`;
  const endable = perhaps ? sql.and(open, perhaps, mayLogIn && user && allowed) : live;
  return {
    description,
    dialect,
    catalogue,
    table: qualified(tableName),
    located: table.here.located,
    rows: table.here.rows,
    qualified,
    key: {
      value: column(description.key.column),
      type: typeOf(description.key.column),
      secret: description.key.secret,
    },
    id: description.key.secret ? dialect.hash(keyText) : keyText,
    user,
    users,
    created,
    active,
    expires,
    ended: ended ?? null,
    ip: address && { value: address, type: typeOf(description.ip?.column ?? ''), text: written(address) },
    agent: description.agent ? written(shown(description.agent)) : null,
    only,
    live,
    endable,
    mayLogIn,
    open,
    unexpired,
    allowed,
    zone: moments.zoned ? { name: zone, named: zoneKnown } : null,
    options,
  };
}
