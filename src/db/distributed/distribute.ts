import { type Database, write } from '../port/database.ts';
import type { Schema } from '../schema/files.ts';
import { dropFunctions, installFunctions } from '../schema/functions.ts';
import { restoreRights, selectRights } from '../schema/kept-rights.ts';
import { EVERYBODY } from './everybody.ts';

/** What every node reads as a whole. */
const REFERENCE = ['settings', 'past_timeouts', 'revocations', 'user_agents', 'schema_migrations', 'distribution'];
/** By the user, so that all of one user lies on one node. */
const BY_USER = [
  'user_controls',
  'devices',
  'user_places',
  'sessions',
  'revocation_targets',
  'alerts',
  'session_activity',
];
/** The SQL that makes a database with our schema a distributed one, without the functions, in order. */
export function distributionSql(shards: number): string[] {
  const key = (table: string, columns: string) =>
    `alter table tomo.${table} drop constraint ${table}_pkey, add primary key (${columns})`;
  return [
    `set local citus.multi_shard_modify_mode = 'sequential'`,
    `set local citus.shard_count = ${shards}`,
    // a plan for few rows of many parts seems dear, and compiling it takes longer than all else
    `select run_command_on_all_nodes(format('alter database %I set jit = off', current_database()))`,
    // a key that holds on all nodes has the user in it
    key('sessions', 'user_id, id'),
    'create index sessions_id on tomo.sessions (id)',
    key('devices', 'user_id, id'),
    'create index devices_id on tomo.devices (id)',
    key('alerts', 'user_id, id'),
    'drop index tomo.users_username',
    'create index users_username on tomo.users (pg_catalog.lower(username))',
    // a counter of four bytes cannot be shared out among nodes
    'alter table tomo.user_agents alter id drop identity, alter id set default floor(random() * 2147483647)::integer',
    ...EVERYBODY,
    `create table tomo.distribution (
       one    boolean primary key default true check (one),
       since  timestamptz not null default clock_timestamp(),
       shards integer not null)`,
    `insert into tomo.distribution (shards) values (${shards})`,
    `select citus_add_local_table_to_metadata('tomo.epochs')`,
    ...REFERENCE.map((table) => `select create_reference_table('tomo.${table}')`),
    `select create_distributed_table('tomo.users', 'id')`,
    ...BY_USER.map(
      (table) => `select create_distributed_table('tomo.${table}', 'user_id', colocate_with => 'tomo.users')`,
    ),
    // what has moved is not left behind where nobody would see it
    `select truncate_local_data_after_distributing_table('tomo.users')`,
    ...['user_controls', 'revocation_targets', 'session_activity'].map(
      (table) => `select truncate_local_data_after_distributing_table('tomo.${table}')`,
    ),
  ];
}

/**
 * Distributes the schema over the nodes of the cluster. One transaction: after an interruption nothing has happened,
 * and it can be begun again. Whoever logs in meanwhile waits for its end.
 */
export async function distribute(db: Database, schema: Schema, shards: number): Promise<void> {
  await write(
    db,
    async (tx) => {
      const rights = await selectRights(tx);
      await dropFunctions(tx, schema);
      for (const statement of distributionSql(shards)) await tx.script(statement);
      await installFunctions(tx, schema, false);
      await restoreRights(tx, rights, schema.kinds);
    },
    { statementTimeout: 0, lockTimeout: 30_000 },
  );
}
