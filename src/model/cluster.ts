/** A server of a distributed database. */
export interface ClusterNode {
  /** host:port */
  address: string;
  role: 'coordinator' | 'worker';
  /** It takes part; one that was disabled does not. */
  active: boolean;
  /** Whether the coordinator can reach it. */
  answers: boolean;
  /** How many of the parts of the sessions lie on it. */
  shards: number;
  /** What our tables take there; null: it does not answer. */
  bytes: number | null;
}

/** Where the tables of a distributed database lie. */
export interface Cluster {
  /** Version of Citus. */
  citus: string;
  shards: number;
  nodes: ClusterNode[];
}

/** What distributing a database does, or would do. */
export interface Distribution {
  dryRun: boolean;
  shards: number;
  nodes: string[];
  /** The statements that do it, in order; the functions come after them. */
  sql: string[];
  /** Milliseconds that logins have waited, at most; null: nothing was done. */
  waited: number | null;
}
