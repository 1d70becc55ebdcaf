import type { Standby } from '../../model/standby.ts';
import type { TransactionOptions } from './database.ts';
import { SCHEMA_VERSION, type SchemaVersion } from './schema-version.ts';
import { sql } from './sql.ts';

/**
 * What an answer depends on, whatever a role, a database or a server has set. The path: a function of another schema
 * with a name of PostgreSQL's own would run in its place. Row security off: a policy that hides rows is an error, not
 * fewer rows. The others change how values read and are written.
 */
const PINNED = Object.entries({
  search_path: 'pg_catalog, pg_temp',
  row_security: 'off',
  timezone: "'UTC'",
  datestyle: 'ISO',
  intervalstyle: 'postgres',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
})
  .map(([name, value]) => `set local ${name} = ${value}`)
  .join('; ');

/**
 * Where the tables lie on several servers: what is written goes by one connection to each, and one that is
 * silent is named soon.
 */
const CLUSTER = `set local citus.multi_shard_modify_mode = 'sequential'; set local citus.node_connection_timeout = '3s'`;

/**
 * Whether the tables lie on several servers; a role that may not look into the schema is not told. By functions that
 * look into the server's caches: a query of its catalog takes a millisecond to plan on each new connection.
 */
export const IS_DISTRIBUTED = sql`case when has_schema_privilege(to_regnamespace('tomo')::oid, 'usage')
  then to_regclass('tomo.distribution') is not null else false end`;

/** What comes back when a transaction begins: the version of the schema, and who answers. */
export interface Opening extends SchemaVersion, Standby {
  /** Of the server's process. */
  pid: number;
  standby: boolean;
  /** Its tables lie on several servers. */
  distributed: boolean;
}

/** That a transaction has begun that may write, on a schema that this program knows. */
export const BEGUN = sql`pg_catalog.current_setting('tomo.begun', true) operator(pg_catalog.=) 'yes'`;
const SET_BEGUN = `select set_config('tomo.begun', 'yes', true) from tomo.schema_migrations m
  having max(m.version) >= ${SCHEMA_VERSION} and (max(m.version) filter (where m.breaking) > ${SCHEMA_VERSION}) is not true`;

/** Milliseconds; 0: none. */
export function statementTimeoutOf({ statementTimeout, readOnly }: TransactionOptions): number {
  return Math.trunc(statementTimeout ?? (readOnly ? 10_000 : 60_000));
}

function timeoutsOf(options: TransactionOptions): string {
  return `set local statement_timeout = ${statementTimeoutOf(options)}; set local lock_timeout = ${Math.trunc(options.lockTimeout ?? 2000)}`;
}

/**
 * The same for the other servers of a distributed database, where the rows are that somebody may hold. In a block:
 * Citus sends on all of the text that a setting stands in.
 */
export function settingsOfNodes(options: TransactionOptions): string {
  return `do $$ begin set local citus.propagate_set_commands = 'local'; ${PINNED}; ${timeoutsOf(options)};
    set local citus.propagate_set_commands = 'none'; end $$`;
}

/** Milliseconds between two statements of a transaction, after which the server takes its client for dead. */
const IDLE = 60_000;
/** A role that may see nothing else of it still sees that there is a receiver. */
export const REPLAY = `extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::int as behind,
            (select r.pid from pg_stat_get_wal_receiver() r) is not null
              and coalesce(pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), false) as "caughtUp"`;
const VERSION = `, max(version) as version, max(version) filter (where schema_migrations.breaking) as breaking,
            current_setting('server_encoding') as encoding from tomo.schema_migrations`;

/**
 * Opens a transaction in one round trip: timeouts are set inside it (connection poolers refuse them as
 * start-up parameters), and an Opening comes back. `more`: a statement among them. Text only, so that both
 * engines run it as one script.
 */
export function beginScript(options: TransactionOptions, more?: string): string {
  return [
    options.readOnly ? 'begin isolation level repeatable read read only' : 'begin isolation level read committed',
    CLUSTER,
    PINNED,
    ...(options.parallel ? [] : ['set local max_parallel_workers_per_gather = 0']),
    // short queries on few pages: compiling them costs more than it saves, and a page beside another is no disk seek
    'set local jit = off; set local random_page_cost = 1.1',
    timeoutsOf(options),
    `set local idle_in_transaction_session_timeout = ${IDLE}`,
    ...(more ? [more] : []),
    ...(options.readOnly || options.anySchema ? [] : [SET_BEGUN]),
    `select pg_backend_pid() as pid, pg_is_in_recovery() as standby,
            ${IS_DISTRIBUTED} as distributed,
            ${REPLAY}
            ${options.anySchema ? '' : VERSION}`,
  ].join('; ');
}
