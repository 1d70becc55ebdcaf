import type { DatabaseContext } from '../../model/context.ts';
import type { RevocationNote } from '../../model/revocation.ts';
import type { AdoptedServer, ServerFacts } from '../../model/server.ts';
import type { Actor, Session, SessionFilter, SessionSort } from '../../model/session.ts';
import type { Standby } from '../../model/standby.ts';
import type { User, UserFilter, UserRow, UserSort } from '../../model/user.ts';
import type { AuditFile } from '../audit-file/file.ts';
import type { Along, Page, RowSource, SelectByColumn } from '../list/row-source.ts';
import type { Start } from '../list/start.ts';
import type { Choice, Ended, Revived, Reviving, Revocable } from './ending.ts';
import type { PlainFigures, PlainQuestion } from './figures.ts';
import type { HealthPort } from './health.ts';
import type { PulseQuestion, PulseRows } from './pulse.ts';

/** What is asked instead where the tables lie on several servers. */
export interface Question {
  text: string;
  parameters: readonly unknown[];
}

/** What a statement needs. Rows are plain objects; see each statement for their shape. */
export interface Queryable {
  query<Row>(sql: string, params?: readonly unknown[], distributed?: Question): Promise<Row[]>;
}

/**
 * A transaction. What is asked in one turn of the event loop, without waiting for an answer in between, takes one
 * round trip in all. `lines` streams the single text column of a query without holding the result in memory.
 */
export interface Transaction extends Queryable {
  lines(select: string, params?: readonly unknown[], distributed?: Question): AsyncIterable<string>;
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
  /** Once it is open, and on a schema that this program knows; see `looksFirst`. */
  begun(): Promise<void>;
  /**
   * Of one that only reads: with what is asked in this turn it is over, so that its end takes no
   * round trip of its own.
   */
  last(): void;
  readonly sessions: SessionPort;
  /** Its tables lie on several servers, as far as is known by now. */
  readonly distributed?: boolean;
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
  /**
   * Of a change: what is asked before the first answer or `begun` only reads, and goes along with the beginning. Else
   * nothing is asked before it is known that the transaction is open, and what it begins on.
   */
  looksFirst?: boolean;
  /**
   * Of a change: all is asked in its first turn, by statements that do nothing unless BEGUN. From its beginning to its
   * commit it is one round trip; where the line breaks in it, nobody knows whether it is in force.
   */
  atOnce?: boolean;
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

/**
 * A database, reached by one connection or a pool of them; the same on PostgreSQL and on the embedded one.
 * `query` is one statement and one round trip, a transaction of its own; it does not look at the schema's version, and
 * obeys the role's settings: whatever it names, types and functions too, it names with the schema.
 */
export interface Database extends Queryable {
  readonly embedded: boolean;
  readonly engine: 'postgres' | 'sqlite';
  /** Those of the server that keeps them here. */
  readonly sessions: SessionPort;
  /** The server that is administered, if it is another one. */
  readonly adopted?: AdoptedServer;
  /** Name of the database, for people and for typed confirmations. */
  readonly name: string;
  /** Where it is, without user or password. */
  readonly location: string;
  /** By which name it was opened, if by one. */
  readonly context?: DatabaseContext | null;
  /** Of an adopted server whose database has no schema `tomo`: the operator's own audit. */
  readonly auditFile?: AuditFile;
  /** What answered the last transaction, if it was a standby. */
  standby(): Standby | null;
  /** Lets some time pass, as a step of a change that can be interrupted; without it, by a timer. */
  pause?: (milliseconds: number) => Promise<void>;
  /** Asks the server to stop the statement that runs there, if one does; missing where there is nobody to ask. */
  stop?: () => Promise<void>;
  /** Ends what is running there at once, with an error INTERRUPTED, and lets nothing more begin. */
  abandon(): void;
  transaction<T>(options: TransactionOptions, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Listens on a channel, on a connection of its own to the primary. Throws DATABASE_UNUSABLE where a pooler is in
   * between that nobody can listen through.
   */
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

/** A look that asks all it has to ask in its first turn, before anything is awaited: one round trip. */
export function readAtOnce<T>(
  db: Database,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  return read(
    db,
    (tx) => {
      tx.last();
      return work(tx);
    },
    options,
  );
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

export interface Ending<C extends Choice, R> {
  note: RevocationNote;
  /** How many it must choose; null: any number. Throws EXPECTATION_FAILED, and nothing has changed. */
  expect: number | null;
  /** Only looks. */
  choose: (tx: Transaction) => Promise<C>;
  /** Looks at what has become of them; what it asks before it waits for `ended` takes no round trip of its own. */
  report: (tx: Transaction, ended: Promise<Ended>, choice: C) => Promise<R>;
}

/**
 * The sessions of a server, wherever it keeps them: one implementation for the schema `tomo`, one for the tables that
 * other servers have. Ids are opaque text. A filter on what a server does not keep throws INVALID_INPUT.
 */
export interface SessionPort {
  readonly server: ServerFacts;
  /** The first sessions behind a place. */
  page(
    tx: Transaction,
    filter: SessionFilter,
    start: Start<SessionSort>,
    limit: number,
    along?: Along,
  ): Promise<Page<Session>>;
  /** The first ones in order of a column; null: by none. */
  byColumn: SelectByColumn<SessionFilter, Session, Transaction> | null;
  /** All of them, as JSON text; nothing is asked after it. */
  stream(tx: Transaction, filter: SessionFilter, start: Start<SessionSort>): AsyncIterable<string>;
  /** How many. `last`: nothing is asked after it. */
  count(tx: Transaction, filter: SessionFilter, last?: boolean): Promise<number>;
  /** How many, of how many users. */
  countWithUsers(tx: Transaction, filter: SessionFilter): Promise<{ sessions: number; users: number }>;
  /** How many sessions; counting stops at `cap`. */
  countTo(tx: Transaction, filter: SessionFilter, cap: number): Promise<number>;
  /** Those of these whole ids that there are, in any order. */
  byId(tx: Transaction, ids: readonly string[]): Promise<Session[]>;
  /** Those whose id begins like this, of one user or (undefined) of anybody, newest login first. */
  byPrefix(tx: Transaction, prefix: string, limit: number, userId?: string): Promise<Session[]>;
  /** Of these ids, those that a revocation would end. */
  revocable(tx: Transaction, ids: readonly string[], compromised: boolean): Promise<Revocable[]>;
  /** Ends the sessions that are chosen, which is in force when it returns. */
  end<C extends Choice, R>(db: Database, ending: Ending<C, R>): Promise<R>;
  /** Lets sessions back in one by one; null: rows are deleted there, or a revocation is undone as a whole. */
  revive: ((db: Database, reviving: Reviving) => Promise<Revived>) | null;
  /**
   * The index that would make pages in this order quick, as SQL, where a large table has none; known
   * once a page was read.
   */
  missingIndex(sort: SessionSort): string | null;
  /** Days that ended sessions are kept; 0: they are deleted at once; null: as long as the server likes. */
  retention(tx: Transaction): Promise<number | null>;
  /** How what is dead goes; null: the schema `tomo`, which has more to keep small than sessions. */
  readonly housekeeping: Housekeeping | null;
  readonly users: UserPort;
  /** How its tables are; null: the schema `tomo` is looked at by itself. */
  readonly health: HealthPort<Transaction> | null;
  /** What can be counted of live sessions; null: the schema `tomo` has statistics of its own. */
  readonly figures: ((tx: Transaction, question: PlainQuestion) => Promise<PlainFigures>) | null;
  /** What has happened minute by minute; null: the schema `tomo`, which keeps more than sessions. */
  readonly pulse: ((tx: Transaction, question: PulseQuestion) => Promise<PulseRows>) | null;
}

/** What became of sessions that have run out. */
export interface Cleaned {
  /** Whose end was written. */
  ended: number;
  deleted: number;
}

export interface CleaningOptions {
  actor: Actor;
  /** Days that sessions stay after their end; null: as the server has it. */
  retention: number | null;
  /** Rows in one transaction. */
  batchSize: number;
  /** Asked before each transaction. */
  isOver: () => boolean;
}

/** Deletes what is dead in the tables of another server. */
export interface Housekeeping {
  /** What `clean` would do, and as far as it is known. `retention`: as in its options. */
  count(tx: Transaction, retention: number | null): Promise<Cleaned>;
  /**
   * Does it in small transactions, and says what each of them has done. Throws INVALID_INPUT while it is not known
   * what is dead, and TIMES_AHEAD where that was named wrongly.
   */
  clean(db: Database, options: CleaningOptions): AsyncGenerator<Cleaned>;
}

/** Those whose sessions they are. */
export interface UserPort {
  /** With these names, in that order, null where there is none. Throws AMBIGUOUS_ID. */
  named(tx: Transaction, names: readonly string[]): Promise<(UserRow | null)[]>;
  /** Names worth comparing with a mistyped one. */
  similar(tx: Transaction, name: string): Promise<string[]>;
  /** Names that contain this, at most `limit`. */
  containing(tx: Transaction, part: string, limit: number): Promise<string[]>;
  /** With how many sessions. A filter on what a server does not keep throws INVALID_INPUT. */
  list: RowSource<UserFilter, User, UserSort, Transaction>;
  byId(tx: Transaction, id: string): Promise<User | undefined>;
}
