import type { Cluster, ClusterNode } from '../../model/cluster.ts';
import { IS_DISTRIBUTED } from '../port/begin.ts';
import type { Transaction } from '../port/database.ts';
import { selectJson, selectRow, selectRows } from '../port/sql.ts';

/** What a database is found to be before it is distributed. */
export interface ClusterFacts {
  /** Version of Citus; null: it is not installed in this database. */
  citus: string | null;
  distributed: boolean;
}

export function selectClusterFacts(tx: Transaction): Promise<ClusterFacts> {
  return selectRow<ClusterFacts>(tx)`
    select (select extversion::text from pg_extension where extname = 'citus') as citus,
           ${IS_DISTRIBUTED} as distributed`;
}

/** The workers that take part, as host:port, and whether this server is the coordinator. */
export function selectMembers(tx: Transaction): Promise<{ coordinator: boolean; workers: string[] }> {
  return selectRow<{ coordinator: boolean; workers: string[] }>(tx)`
    select citus_is_coordinator() as coordinator, array(
      select nodename || ':' || nodeport from pg_dist_node
       where groupid <> 0 and isactive and noderole = 'primary' order by 1) as workers`;
}

/** Where the tables lie; undefined: in this database alone. */
export async function selectCluster(
  tx: Transaction,
  { citus, distributed }: ClusterFacts,
): Promise<Cluster | undefined> {
  if (!distributed || citus === null) return undefined;
  const nodes = await selectJson<Omit<ClusterNode, 'bytes'>>(tx)`
    select json_build_object('address', n.nodename || ':' || n.nodeport, 'active', n.isactive,
        'role', case n.groupid when 0 then 'coordinator' else 'worker' end,
        'answers', coalesce(citus_check_connection_to_node(n.nodename, n.nodeport), false),
        'shards', (select count(*) from pg_dist_placement p join pg_dist_shard s on s.shardid = p.shardid
                    where s.logicalrelid = 'tomo.sessions'::regclass and p.groupid = n.groupid))::text as json
      from pg_dist_node n where n.noderole = 'primary' order by n.groupid`;
  // the sizes are asked of the nodes, all of which have to answer for it
  const sizes = nodes.every(({ answers }) => answers)
    ? await selectRows<{ address: string; bytes: string }>(tx)`
    select nodename || ':' || nodeport as address, sum(shard_size)::bigint as bytes from citus_shards
     where starts_with(table_name::text, 'tomo.') group by 1`
    : [];
  const [row] = await selectRows<{ shards: number }>(tx)`select shards from tomo.distribution`;
  return {
    citus,
    shards: row?.shards ?? 0,
    nodes: nodes.map((node) => ({ ...node, bytes: bytesOf(sizes, node) })),
  };
}

function bytesOf(
  sizes: readonly { address: string; bytes: string }[],
  { address, answers }: { address: string; answers: boolean },
): number | null {
  if (!answers || sizes.length === 0) return null;
  return Number(sizes.find((size) => size.address === address)?.bytes ?? 0);
}
