import type { Moment, Place, ServerDescription, TimeKind } from '../../model/server.ts';
import type { Catalogue } from './catalogue.ts';

type Options = ReadonlyMap<string, string>;

/** A column from which something of a session is told. */
export interface NeededColumn {
  table: string;
  column: string;
  /** What it says. */
  says: 'key' | 'user' | 'name' | 'created' | 'active' | 'expires' | 'ended' | 'state' | 'address' | 'agent';
  /** How it keeps a time, where it is one. */
  kind: TimeKind | null;
  /** Others would do in its place, or nothing. */
  optional: boolean;
}

/** The tables of a description, as the options have it. */
export function tablesOf({ table, user, revoke }: ServerDescription, options: Options) {
  const users = options.get('users') ?? user.table ?? null;
  const others = (revoke.also ?? []).map((also) => (also.table === user.table ? (users ?? also.table) : also.table));
  return { sessions: options.get('table') ?? table, users, others };
}

/** Every column that is read, as a description has them: of the table of sessions, then of that of users. */
export function neededColumns(description: ServerDescription, options: Options): NeededColumn[] {
  const { key, only = [], live = [], user, created, active, expires, ended, ip, agent } = description;
  const { sessions, users } = tablesOf(description, options);
  const columns: NeededColumn[] = [];
  const add = (table: string, column: string, says: NeededColumn['says'], kind: TimeKind | null, optional = false) => {
    if (!columns.some((one) => one.table === table && one.column === column))
      columns.push({ table, column, says, kind, optional });
  };
  const at = (place: Place | undefined, says: NeededColumn['says']) => place && add(sessions, place.column, says, null);
  const moment = (one: Moment | undefined, says: NeededColumn['says']) => {
    if (one === undefined) return;
    if ('earliest' in one) for (const each of one.earliest) moment(each, says);
    else if ('from' in one) {
      const span = 'minus' in one ? one.minus : one.plus;
      if (!('option' in span)) at(span, says);
    } else add(sessions, one.column, says, one.path ? null : one.kind);
  };
  at(key, 'key');
  const places = user.places ?? [];
  for (const place of options.has('user') ? places.slice(0, 1) : places) at(place, 'user');
  at(user.decode, 'user');
  moment(created, 'created');
  moment(active, 'active');
  moment(expires, 'expires');
  moment(ended?.at, 'ended');
  for (const one of [...only, ...live, ended?.when, ended?.by]) at(one, 'state');
  at(ip, 'address');
  at(agent, 'agent');
  if (users !== null) {
    const own = options.get('user-name');
    add(users, options.get('user-key') ?? user.key ?? 'id', 'user', null, true);
    for (const one of own === undefined ? (user.names ?? []) : [own.split('.')[0] ?? own])
      add(users, typeof one === 'string' ? one : one.column, 'name', null, true);
    if (user.active) add(users, user.active.column, 'state', null, true);
  }
  return columns;
}

/** Columns of the table of sessions that are read, and how each keeps a time, if it does. */
export function readColumns(server: ServerDescription): Map<string, TimeKind | null> {
  const { sessions } = tablesOf(server, new Map());
  const read = neededColumns(server, new Map()).filter(({ table }) => table === sessions);
  return new Map(read.map(({ column, kind }) => [column, kind]));
}

/** Columns that nobody needs to read, and nobody should. */
export function secretColumns(description: ServerDescription, options: Options): string[] {
  const { sessions } = tablesOf(description, options);
  const needed = neededColumns(description, options).filter(({ table }) => table === sessions);
  return (description.secrets ?? []).filter((secret) => !needed.some(({ column }) => column === secret));
}

export const ADOPTED_ROLES = ['viewer', 'operator', 'janitor'] as const;
export type AdoptedRole = (typeof ADOPTED_ROLES)[number];

/** A right on a column, or on a table. */
export interface Right {
  table: string;
  column: string | null;
  right: 'SELECT' | 'UPDATE' | 'DELETE';
}

/** Whether a table has a column. */
export type Has = (table: string, column: string) => boolean;

export function hasOf({ tables }: Catalogue): Has {
  return (table, column) =>
    column === 'ctid' ? tables.get(table)?.located === true : tables.get(table)?.columns.has(column) === true;
}

/** What decides which sessions are dead. */
const OF_CLEANUP = new Set<NeededColumn['says']>(['key', 'created', 'active', 'expires', 'ended', 'state']);

/** A janitor need not know whose sessions those are. */
export function asSeenBy(role: AdoptedRole, description: ServerDescription): ServerDescription {
  return role === 'janitor' ? { ...description, user: {} } : description;
}

/** What a role needs for what it is for, of the tables and columns that are here. */
export function rightsFor(role: AdoptedRole, description: ServerDescription, options: Options, has: Has): Right[] {
  const { sessions, users } = tablesOf(description, options);
  const isHere = ({ table, column }: { table: string; column: string }) => has(table, column);
  const needed = neededColumns(asSeenBy(role, description), options).filter(isHere);
  const read = role === 'janitor' ? needed.filter((one) => one.table === sessions && OF_CLEANUP.has(one.says)) : needed;
  const rights: Right[] = read.map(({ table, column }) => ({ table, column, right: 'SELECT' }));
  if (role === 'viewer') return rights;
  // where rows lie, so that they are found again
  if (has(sessions, 'ctid')) rights.push({ table: sessions, column: 'ctid', right: 'SELECT' });
  const { set, unset, also = [] } = description.revoke;
  if (set === null || role === 'janitor') rights.push({ table: sessions, column: null, right: 'DELETE' });
  const written = role === 'operator' ? Object.keys({ ...set, ...unset }) : [];
  for (const column of written) rights.push({ table: sessions, column, right: 'UPDATE' });
  for (const { table: declared, column: named, of, set: changed } of also) {
    // rows of a user outlive a session that has run out
    if (role === 'janitor' && (of === 'user' || changed !== null)) continue;
    const isUsers = declared === description.user.table;
    const table = isUsers && users !== null ? users : declared;
    const column = isUsers && named === (description.user.key ?? 'id') ? (options.get('user-key') ?? named) : named;
    if (!isHere({ table, column })) continue;
    rights.push({ table, column, right: 'SELECT' });
    if (changed === null) rights.push({ table, column: null, right: 'DELETE' });
    const there = Object.keys(changed ?? {}).filter((one) => isHere({ table, column: one }));
    for (const one of there) rights.push({ table, column: one, right: 'UPDATE' });
  }
  return rights;
}
