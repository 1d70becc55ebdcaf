/** What `doctor` asks about the tables of an adopted server; null: it cannot be told there. */
export interface HealthPort<Transaction> {
  /** Throws where the tables do not fit. `rows`: about so many. */
  fit: (tx: Transaction) => Promise<{
    table: string;
    zone: { name: string; named: boolean } | null;
    rows: number | null;
    prunes: string | null;
  }>;
  /**
   * On PostgreSQL: what the role lacks for each purpose, in words, and the secret columns that it
   * may read for nothing.
   */
  rights: (tx: Transaction) => Promise<{
    role: string;
    guarded: string[];
    lacking: Record<'viewer' | 'operator' | 'janitor', string[]>;
    secrets: string[];
  }>;
  /** Columns that lists and cleanup go by, and that no index begins with. */
  unindexed: (tx: Transaction) => Promise<string[]>;
  /** Seconds by which the newest activity lies in the future. */
  ahead: (tx: Transaction) => Promise<number | null>;
  /** Live sessions that never run out, and those that did over a day ago; counted to a cap. */
  endless: (tx: Transaction, cap: number) => Promise<number | null>;
  overdue: (tx: Transaction, cap: number) => Promise<number | null>;
  /** On PostgreSQL: rows that are dead and not vacuumed yet; null on a standby, where they are not counted. */
  bloat: (tx: Transaction) => Promise<{ dead: number; live: number } | null>;
  /** On SQLite: its journal mode. */
  journal: (tx: Transaction) => Promise<string>;
}
