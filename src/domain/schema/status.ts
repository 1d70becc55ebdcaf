import { selectCluster, selectClusterFacts } from '../../db/distributed/cluster.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { checkEncoding, SCHEMA_VERSION } from '../../db/port/schema-version.ts';
import { type AppliedMigration, appliedMigrations, migrate, pendingWork } from '../../db/schema/migrate.ts';
import { selectServerFacts } from '../../db/schema/server.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Standby } from '../../model/standby.ts';

export interface SchemaStatus {
  /** Where, without user and password. */
  location: string;
  database: string;
  embedded: boolean;
  /** Of the server, if it is one. */
  standby: Standby | null;
  server: string;
  role: string;
  /** Of the database, null without our schema, and of this program. */
  version: number | null;
  needed: number;
  /** compatible: newer than this program, which can use it all the same. */
  state: 'current' | 'missing' | 'older' | 'compatible' | 'newer';
  applied: AppliedMigration[];
  pending: string[];
  /** Where the tables lie, of a distributed database. */
  cluster: Cluster | null;
}

/** What is there and what is missing. Works on any database; changes nothing. */
export function schemaStatus(db: Database): Promise<SchemaStatus> {
  return read(db, (tx) => statusOf(db, tx), { anySchema: true });
}

async function statusOf(db: Database, tx: Transaction): Promise<SchemaStatus> {
  const asked = appliedMigrations(tx);
  const facts = selectClusterFacts(tx);
  facts.catch(() => {});
  // the encoding says more
  asked.catch(() => {});
  const about = await selectServerFacts(tx);
  checkEncoding(about.encoding);
  const applied = await asked;
  const version = applied.at(-1)?.version ?? null;
  return {
    location: db.location,
    database: about.name,
    embedded: db.embedded,
    server: about.server,
    role: about.role,
    version,
    needed: SCHEMA_VERSION,
    state: stateOf(version, applied.findLast(({ breaking }) => breaking)?.version ?? 0),
    applied,
    pending: await pendingWork(tx, applied),
    standby: db.standby(),
    cluster: (await selectCluster(tx, await facts)) ?? null,
  };
}

function stateOf(version: number | null, breaking: number): SchemaStatus['state'] {
  if (version === null) return 'missing';
  if (version < SCHEMA_VERSION) return 'older';
  if (breaking > SCHEMA_VERSION) return 'newer';
  return version > SCHEMA_VERSION ? 'compatible' : 'current';
}

export { migrate };
