import { selectClusterFacts, selectMembers } from '../../db/distributed/cluster.ts';
import { distribute as distributeSchema, distributionSql } from '../../db/distributed/distribute.ts';
import { type Database, read } from '../../db/port/database.ts';
import { ownSchema } from '../../db/schema/files.ts';
import type { Distribution } from '../../model/cluster.ts';
import { TomoError } from '../../model/errors.ts';

/** As many as Citus makes where nothing is said: enough to spread them over as many nodes. */
export const SHARDS = 32;

/** What distributing would do. Throws where it cannot be done: there is no Citus, no worker, or it is done already. */
export function planDistribution(db: Database, shards: number): Promise<Distribution> {
  return read(db, async (tx) => {
    const { citus, distributed } = await selectClusterFacts(tx);
    if (distributed) {
      throw new TomoError('INVALID_INPUT', 'This database is distributed already.', { reason: 'distributed-already' });
    }
    if (citus === null) {
      throw new TomoError('DATABASE_UNUSABLE', 'There is no Citus in this database, which distributing takes.', {
        hint: 'On every server: shared_preload_libraries = citus, and in this database: create extension citus. Then: select citus_set_coordinator_host(…), citus_add_node(…)',
      });
    }
    const { coordinator, workers } = await selectMembers(tx);
    if (!coordinator) {
      throw new TomoError('DATABASE_UNUSABLE', 'This server is not the coordinator of its cluster.', {
        hint: 'Name the coordinator.',
      });
    }
    if (workers.length === 0) {
      throw new TomoError('DATABASE_UNUSABLE', 'The cluster has no worker.', {
        hint: `For each: select citus_add_node('host', 5432)`,
      });
    }
    return { dryRun: true, shards, nodes: workers, sql: distributionSql(shards), waited: null };
  });
}

/** Does it: all of it or nothing. */
export async function distribute(db: Database, plan: Distribution): Promise<Distribution> {
  const begun = performance.now();
  await distributeSchema(db, ownSchema(), plan.shards);
  return { ...plan, dryRun: false, waited: Math.round(performance.now() - begun) };
}
