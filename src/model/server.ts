/** How a time is kept. The kinds without a zone mean different moments to different readers. */
export const TIME_KINDS = [
  'timestamptz',
  /** `timestamp`, in UTC. */
  'timestamp-utc',
  /** `timestamp`, in the time zone of whatever connection wrote it: the operator has to name that zone. */
  'timestamp-local',
  'epoch-s',
  'epoch-ms',
  /** ISO 8601 as text. */
  'text-iso',
] as const;
export type TimeKind = (typeof TIME_KINDS)[number];

/**
 * The name of a table, a schema or a column, as it is, without quotation marks.
 * @minLength 1
 * @pattern ^[^\u0000-\u001f\u007f]+$
 */
export type Name = string;

/** A column of the table of sessions, or a value inside of it where that holds JSON. */
export interface Place {
  column: Name;
  /**
   * Keys from the outside in, e.g. ["passport", "user"].
   * @minItems 1
   */
  path?: readonly Name[];
}

/** How long: seconds by an option of the operator, or what a row says in this unit. */
export type Span = { option: string } | (Place & { unit: 's' | 'ms' });

/** A moment of a session: kept in a column, or reckoned from another one. */
export type Moment =
  | (Place & {
      kind: TimeKind;
      /** It moves at most so often, in seconds, or as an option says: a shorter idle time cannot be told. */
      every?: Seconds | { option: string };
      /** This stands for "never" or "not yet", e.g. 0; as digits where a number would not be exact. */
      unset?: number | Digits;
    })
  | { from: 'expires'; minus: Span }
  | { from: 'active' | 'created'; plus: Span }
  /** Whichever of these comes first. */
  | Earliest;

export interface Earliest {
  /** @minItems 1 */
  earliest: readonly Moment[];
}

/** @minimum 0 */
export type Seconds = number;

/** @pattern ^-?[0-9]{1,19}$ */
export type Digits = string;

/** A value that a column has, or one of several. */
export interface Condition {
  column: Name;
  /**
   * One of these; null: none.
   * @minItems 1
   */
  in: readonly (string | number | boolean | null)[];
  /** The other way round. */
  not?: true;
}

/** What a revocation writes into a column. */
export type Written =
  | { value: string | number | boolean | null }
  /** The moment, as this kind. */
  | { now: TimeKind }
  /** Who revokes: user and host. */
  | { actor: true };

/** What has to change with a session, or it lives on: rows of another table. */
export interface Also {
  /** The table of users, where it is that: it follows the options `users` and `user-key`. */
  table: Name;
  /** The column that names the session or its user. */
  column: Name;
  of: 'key' | 'user' | { column: Name };
  /** Null: those rows are deleted. */
  set: Readonly<Record<string, Written>> | null;
}

/** An option that the operator may give with the name of a server: `laravel:lifetime=120m`. */
export interface ServerOption {
  about: string;
  kind: 'text' | 'duration' | 'zone' | 'path';
  /** Without one it has to be named where it is needed. */
  preset?: string;
}

/**
 * Where a server keeps its sessions, and what revoking one means there. Declarative: the code that reads it knows no
 * server by name. Published as a JSON Schema; docs/write-a-description.md explains it.
 */
export interface ServerDescription {
  /**
   * As it is typed.
   * @pattern ^[a-z][a-z0-9-]*$
   */
  name: string;
  /**
   * For people.
   * @minLength 1
   * @pattern ^[^\u0000-\u001f\u007f]+$
   */
  title: string;
  /** @minItems 1 */
  engines: readonly ('postgres' | 'sqlite')[];
  /** Of all its tables; the option `schema` names another. */
  schema?: Name;
  table: Name;
  /** `secret`: whoever knows the key is in, so it never leaves the database, and a hash of it is the id. */
  key: { column: Name; secret: boolean };
  /** Which rows are sessions; without, all of them. */
  only?: readonly Condition[];
  /** Whose a session is. */
  user: {
    /** The first of these that is there. */
    places?: readonly Place[];
    /** A column that only a program can read, and which. */
    decode?: { column: Name; how: 'django' };
    /** The table of users, where there is one. */
    table?: Name;
    key?: Name;
    /** What the user is called: the first of these columns that is there and not empty. */
    names?: readonly (Name | Place)[];
    /** Users who may log in; the sessions of others are dead. */
    active?: Condition;
  };
  created?: Moment;
  active?: Moment;
  expires?: Moment;
  /** What else a live session fulfils. */
  live?: readonly Condition[];
  /** Of a session that was ended and is still there: when, by whom, and how that is to be called. */
  ended?: {
    when: Condition;
    at?: Moment;
    by?: Place;
    /** `ended`: it may have been a logout as well. */
    how: 'revoked' | 'ended';
  };
  ip?: Place;
  agent?: Place;
  /** Never selected but inside a hash, never printed. The key, where it is secret, goes without saying. */
  secrets?: readonly Name[];
  revoke: {
    /** Null: the rows are deleted. */
    set: Readonly<Record<string, Written>> | null;
    /** What undoes it, where it sets something. */
    unset?: Readonly<Record<string, Written>>;
    also?: readonly Also[];
    /**
     * Seconds after which to look again: a request in flight may bring a row back.
     * @minimum 0
     * @maximum 60
     */
    recheck?: number;
  };
  /** Of a server that marks what has run out, and keeps it. */
  cleanup?: {
    /** What it writes into a session that has run out, which is what `live` asks for. */
    mark?: Readonly<Record<string, Written>>;
    /** Where its own setting stands: for how many days it keeps what is dead. */
    keeps?: { table: Name; column: Name };
  };
  /** What may accept a revoked session for longer, and for how long. */
  late?: string;
  /** What this table cannot show. */
  unseen?: string;
  /** The tool that deletes dead sessions there today. */
  prunes?: string;
  options?: Readonly<Record<string, ServerOption>>;
}

/** A server whose tables are administered: what it is, and what the operator has said of it. */
export interface AdoptedServer {
  /** What names it. */
  reference: string;
  description: ServerDescription;
  options: Readonly<Record<string, string>>;
}

/** What a file says of a server: everything, or what is different from a known one. */
export type DescriptionFile = WholeDescription | ChangedDescription;

export interface WholeDescription extends ServerDescription {
  /** For editors. */
  $schema?: string;
}

/** Parts of `user`, `revoke` and `options` are put into those of the known one; the rest takes its place. */
export interface ChangedDescription extends Partial<Omit<ServerDescription, 'user' | 'revoke'>> {
  /** For editors. */
  $schema?: string;
  /** The name of a known server. */
  extends: string;
  /** What the known one has and this one does not. */
  without?: readonly Removable[];
  user?: ServerDescription['user'];
  revoke?: Partial<ServerDescription['revoke']>;
}

export type Removable =
  | 'schema'
  | 'only'
  | 'created'
  | 'active'
  | 'expires'
  | 'live'
  | 'ended'
  | 'ip'
  | 'agent'
  | 'secrets'
  | 'late'
  | 'unseen'
  | 'prunes'
  | 'options';

/** A server that tomo knows and leaves alone, since SQL would do it wrong. */
export interface RefusedServer {
  name: string;
  title: string;
  /** Tables and columns by which it is recognised. */
  signs: Readonly<Record<string, readonly string[]>>;
  why: string;
  /** What does it right. */
  instead: string;
}

/** What commands need to know of the server they work on. */
export interface ServerFacts {
  /** It is the schema `tomo`, which keeps devices, activity, alerts and settings as well. */
  isTomo: boolean;
  /** As it is typed; "tomo" for the schema of that name. */
  name: string;
  /** The same with its options: what --server takes. */
  reference: string;
  title: string;
  /** Hexadecimal, where dashes and case do not matter, or text of the server's own. */
  ids: 'hex' | 'text';
  /** Whether a revocation can be undone. */
  undo: boolean;
  late: string | null;
  unseen: string | null;
}

/** A server that there may be, as `tomo server list` shows it. */
export interface ListedServer {
  /** For --server. */
  name: string;
  title: string;
  /** False: it is recognised and left alone. */
  supported: boolean;
  engines: readonly ('postgres' | 'sqlite')[];
  /** Whether a revocation can be undone; null: it is not supported. */
  undo: boolean | null;
  /** What may accept a revoked session for longer. */
  late: string | null;
  /** What its table cannot show. */
  unseen: string | null;
  /** What deletes dead sessions there today. */
  prunes: string | null;
  options: readonly ListedOption[];
  /** Why it is not supported, and what does it right. */
  why: string | null;
  instead: string | null;
}

export interface ListedOption extends ServerOption {
  name: string;
}

/** A server whose tables are in a database. */
export interface DetectedServer {
  name: string;
  title: string;
  supported: boolean;
  schema: string | null;
  table: string | null;
  /** For --server; null: it is left alone. */
  reference: string | null;
  /** Options that have to be given with it, since nothing here says them. */
  needs: readonly string[];
  why: string | null;
  instead: string | null;
}
