import type { Transaction } from '../port/database.ts';
import type { HealthPort } from '../port/health.ts';
import { selectRow, selectValue, sql } from '../port/sql.ts';
import { isOverdue } from './dead.ts';
import type { Mapping } from './mapping.ts';
import { type ADOPTED_ROLES, hasOf, rightsFor, secretColumns, tablesOf } from './needs.ts';
import { selectRights } from './rights.ts';

/** What is looked at on the tables of another server, each by itself: one that fails says nothing about the others. */
export function healthOf(mappingOf: (tx: Transaction) => Promise<Mapping>): HealthPort<Transaction> {
  return {
    async fit(tx) {
      const { zone, catalogue, description, options } = await mappingOf(tx);
      const { sessions } = tablesOf(description, options);
      const { rows = null } = catalogue.tables.get(sessions) ?? {};
      return { table: sessions, zone, rows, prunes: description.prunes ?? null };
    },
    async rights(tx) {
      const { description, options, catalogue } = await mappingOf(tx);
      const has = hasOf(catalogue);
      const schema = options.get('schema') ?? description.schema ?? 'public';
      const { sessions } = tablesOf(description, options);
      const lackingOf = async (role: (typeof ADOPTED_ROLES)[number]) => {
        const { lacking } = await selectRights(tx, schema, rightsFor(role, description, options, has));
        return lacking.map(
          ({ table, column, right }) => `${right} on ${table}${column === null ? '' : ` (${column})`}`,
        );
      };
      const secrets = secretColumns(description, options).filter((column) => has(sessions, column));
      const asked = secrets.map((column) => ({ table: sessions, column, right: 'SELECT' as const }));
      const { role, guarded, lacking } = await selectRights(tx, schema, asked);
      const hidden = new Set(lacking.map(({ column }) => column));
      return {
        role,
        guarded,
        lacking: {
          viewer: await lackingOf('viewer'),
          operator: await lackingOf('operator'),
          janitor: await lackingOf('janitor'),
        },
        secrets: secrets.filter((column) => !hidden.has(column)),
      };
    },
    async unindexed(tx) {
      const { description, options, catalogue, active, created, expires } = await mappingOf(tx);
      const { sessions } = tablesOf(description, options);
      const { indexed = new Set() } = catalogue.tables.get(sessions) ?? {};
      const columns = [active ?? expires ?? created, expires].flatMap((moment) => moment?.column ?? []);
      return [...new Set(columns)].filter((column) => !indexed.has(column));
    },
    async ahead(tx) {
      const { active, created, dialect, table, only } = await mappingOf(tx);
      const seen = active ?? created;
      if (!seen) return null;
      const seconds = (moment: typeof seen.value) => dialect.write('epoch-s', moment, 'UTC');
      const newest = sql`max(case when ${seen.is('<', dialect.later(dialect.now, sql`1000000000`, '+'))} then ${seen.value} end)`;
      const ahead = await selectValue<number | bigint | null>(tx)`
        select ${seconds(newest)} - ${seconds(dialect.now)} as ahead from ${table} s where ${only}`;
      return ahead === null ? null : Number(ahead);
    },
    async endless(tx, cap) {
      const { expires, live, only, table } = await mappingOf(tx);
      if (!expires) return null;
      const where = sql.and(only, live, sql`${expires.value} is null`);
      return Number(
        await selectValue<number | bigint>(
          tx,
        )`select count(*) from (select 1 as x from ${table} s where ${where} limit ${cap}) x`,
      );
    },
    async overdue(tx, cap) {
      const mapping = await mappingOf(tx);
      if (!mapping.expires) return null;
      const where = sql.and(mapping.only, isOverdue(mapping, 1));
      return Number(
        await selectValue<number | bigint>(tx)`
          select count(*) from (select 1 as x from ${mapping.table} s where ${where} limit ${cap}) x`,
      );
    },
    async bloat(tx) {
      const { description, options } = await mappingOf(tx);
      const { sessions } = tablesOf(description, options);
      const schema = options.get('schema') ?? description.schema ?? 'public';
      const { standby, ...found } = await selectRow<{ dead: number; live: number; standby: boolean }>(tx)`
        select coalesce(sum(n_dead_tup), 0)::float8 as dead, coalesce(sum(n_live_tup), 0)::float8 as live,
            pg_is_in_recovery() as standby from pg_stat_user_tables
        where schemaname = ${schema} and relname = ${sessions}`;
      return standby ? null : found;
    },
    async journal(tx) {
      return Object.values(await selectRow<Record<string, string>>(tx)`pragma journal_mode`).join();
    },
  };
}
