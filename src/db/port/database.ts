import type { SchemaVersion } from './schema-version.ts';

/** What a statement needs. Rows are plain objects; see each statement for their shape. */
export interface Queryable {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

/** A transaction. `lines` streams the single text column of a query without holding the result in memory. */
export interface Transaction extends Queryable {
  lines(select: string, params?: readonly unknown[]): AsyncIterable<string>;
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
}

export interface TransactionOptions {
  /** A repeatable-read snapshot that cannot write. */
  readOnly?: boolean;
  /** Milliseconds; 0: none. Default 10 s for reads and 60 s for writes. */
  statementTimeout?: number;
  /** Milliseconds to wait for a lock; default 2 s. */
  lockTimeout?: number;
  /** Let the server use several processes, for counting; for a page they cost more than they bring. */
  parallel?: boolean;
  /** Skip the check that the schema is the one this program knows. */
  anySchema?: boolean;
}

/** How far behind its primary a standby is: seconds since its newest change; null: it has had none yet. */
export interface Standby {
  behind: number | null;
}

/** Hears the notifications of a channel; `lost`, once, when the connection has broken. */
export interface Listener {
  notified: (payload: string) => void;
  lost: (error: unknown) => void;
}

export interface Listening {
  /** Rejects when the connection is dead; one that says nothing does not know. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The name that an operator has given to a database and its server. */
export interface DatabaseContext {
  name: string;
  production: boolean;
}

/**
 * A database, reached by one connection or a pool of them; the same on PostgreSQL and on the embedded one.
 * `query` is one statement and one round trip, a transaction of its own; it does not look at the schema's version, and
 * obeys the role's settings: whatever it names, types and functions too, it names with the schema.
 */
export interface Database extends Queryable {
  readonly embedded: boolean;
  /** Name of the database, for people and for typed confirmations. */
  readonly name: string;
  /** Where it is, without user or password. */
  readonly location: string;
  /** By which name it was opened, if by one. */
  readonly context?: DatabaseContext | null;
  /** What answered the last transaction, if it was a standby. */
  standby(): Standby | null;
  /** Ends what is running there at once, with an error INTERRUPTED, and lets nothing more begin. */
  abandon(): void;
  transaction<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Listens on a channel, on a connection of its own. */
  listen(channel: string, listener: Listener): Promise<Listening>;
  close(): Promise<void>;
}

/** A consistent, read-only look at the data. */
export function read<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return db.transaction({ ...options, readOnly: true }, work);
}

/** All of `work` or nothing. */
export function write<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return db.transaction(options, work);
}

/** Runs one piece of work after the other: on one connection, two at once would be one. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(() => work());
    last = next.catch(() => {});
    return next;
  };
}

/**
 * What an answer depends on, whatever a role, a database or a server has set. The path: a function of another schema with a
 * name of PostgreSQL's own would run in its place. Row security off: a policy that hides rows is an error, not fewer rows.
 * The others change how values read and are written.
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

/** What comes back when a transaction begins: the version of the schema, and who answers. */
export interface Opening extends SchemaVersion {
  /** Of the server's process. */
  pid: number;
  standby: boolean;
  /** See Standby. */
  behind: number | null;
}

/** Milliseconds; 0: none. */
export function statementTimeoutOf({ statementTimeout, readOnly }: TransactionOptions): number {
  return Math.trunc(statementTimeout ?? (readOnly ? 10_000 : 60_000));
}

/** Milliseconds between two statements of a transaction, after which the server takes its client for dead. */
const IDLE = 60_000;
const VERSION = `, max(version) as version, max(version) filter (where schema_migrations.breaking) as breaking,
            current_setting('server_encoding') as encoding from tomo.schema_migrations`;

/**
 * Opens a transaction in one round trip: timeouts are set inside it (connection poolers refuse them as start-up
 * parameters), and an Opening comes back. Text only, so that both engines run it as one script.
 */
export function beginScript(options: TransactionOptions): string {
  return [
    options.readOnly ? 'begin isolation level repeatable read read only' : 'begin isolation level read committed',
    PINNED,
    ...(options.parallel ? [] : ['set local max_parallel_workers_per_gather = 0']),
    // short queries on few pages: compiling them costs more than it saves, and a page beside another is no disk seek
    'set local jit = off; set local random_page_cost = 1.1',
    `set local statement_timeout = ${statementTimeoutOf(options)}; set local lock_timeout = ${Math.trunc(options.lockTimeout ?? 2000)}`,
    `set local idle_in_transaction_session_timeout = ${IDLE}`,
    `select pg_backend_pid() as pid, pg_is_in_recovery() as standby,
            extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::int as behind
            ${options.anySchema ? '' : VERSION}`,
  ].join('; ');
}
