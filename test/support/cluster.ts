import pg from 'pg';
import { distribute } from '../../src/db/distributed/distribute.ts';
import { writtenOutAs } from '../../src/db/distributed/written-out.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { ownSchema } from '../../src/db/schema/files.ts';
import { migrate } from '../../src/db/schema/migrate.ts';

/**
 * The coordinator of a Citus cluster, with a database that knows its workers: postgres://postgres:test@…/name. Suites
 * run on it instead of on one server where it is set.
 */
export const CLUSTER = process.env.TOMO_TEST_CITUS_URL;

/** What a test asks is asked as the program asks it. */
export const asAsked: (statement: string) => string = CLUSTER ? asClusterTakes() : (statement) => statement;

function asClusterTakes(): (statement: string) => string {
  const written = writtenOutAs();
  return (statement) => written(withoutZone(statement));
}

/** A moment of a row, and so long before or after. */
const A_SPAN = /(?<![:.$\w])([a-z]\w*(?:\.\w+)?) ([-+]) (interval '[^']*'|make_interval\((?:[^()]|\([^()]*\))*\))/g;

/** A change of a test's own, which is the same on every node: whatever their clocks and zones. */
function withoutZone(statement: string): string {
  if (!/^\s*update\b/.test(statement)) return statement;
  return statement
    .replace(/^\s*update tomo\.settings set (?=(?:min_)?epoch\b)/, 'update tomo.epochs set ')
    .replaceAll('clock_timestamp()', 'now()')
    .replaceAll(A_SPAN, `(($1 at time zone 'UTC') $2 $3) at time zone 'UTC'`);
}

/** What Citus says of a statement that it cannot do; those of the program must not be among them. */
const ONE_SERVER = new RegExp(
  [
    'STABLE functions used in UPDATE',
    'must not be VOLATILE',
    'requires repartitioning',
    'complex joins are only supported',
    'query with FOR UPDATE/SHARE',
    'triggers are not supported on distributed tables',
    '[Pp]artition column',
    'distributed query from a query on a shard',
    'cannot push down',
    'cannot create foreign key constraint|cannot create constraint',
    'is not supported|are not supported|currently unsupported',
  ].join('|'),
);

/**
 * Whether a statement of a test's own is for one server alone. One that calls a function of ours has
 * to work everywhere.
 */
export function isForOneServer(statement: string, error: unknown): boolean {
  return CLUSTER !== undefined && !/\btomo\.\w+\(/.test(statement) && ONE_SERVER.test(String(error));
}

const SHARDS = 4;

interface Node {
  host: string;
  port: number;
}

interface Wanted {
  /** Also distributed, not only migrated. */
  distributed?: boolean;
  /** So many workers take part; without it, all. */
  workers?: number;
}

/** Makes a database on every node, migrated and, unless not wanted yet, distributed; its URL on the coordinator. */
export async function createOnCluster(
  name: string,
  { distributed = true, workers: most }: Wanted = {},
): Promise<string> {
  const nodes = await nodesOf();
  await Promise.all(
    nodes.map(async (node) => {
      await on(urlOf(node, 'postgres'), [`create database ${name}`]);
      await on(urlOf(node, name), ['create extension citus']);
    }),
  );
  const [coordinator, ...workers] = nodes as [Node, ...Node[]];
  const url = urlOf(coordinator, name);
  await on(url, [
    `select citus_set_coordinator_host('${coordinator.host}', ${coordinator.port})`,
    ...workers.slice(0, most).map(({ host, port }) => `select citus_add_node('${host}', ${port})`),
  ]);
  const db = await openPostgres(url, {});
  await migrate(db);
  if (distributed) await distribute(db, ownSchema(), SHARDS);
  await db.query(`with gone as (delete from tomo.audit_log) update tomo.audit_head set id = 0, hash = '\\x00'`);
  await db.close();
  return url;
}

export async function dropOnCluster(name: string): Promise<void> {
  for (const node of await nodesOf())
    await on(urlOf(node, 'postgres'), [`drop database if exists ${name} with (force)`]);
}

/** The servers of the cluster, the coordinator first. */
export async function nodesOf(): Promise<Node[]> {
  const client = new pg.Client({ connectionString: CLUSTER });
  await client.connect();
  const { rows } = await client.query<Node>(
    'select nodename as host, nodeport as port from pg_dist_node order by groupid',
  );
  await client.end();
  return rows;
}

function urlOf({ host, port }: Node, database: string): string {
  const url = new URL(CLUSTER ?? '');
  url.hostname = host;
  url.port = String(port);
  url.pathname = `/${database}`;
  return url.href;
}

async function on(url: string, statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
