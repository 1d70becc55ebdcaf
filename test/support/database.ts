import { openAsBlob } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, beforeEach, describe, inject, type TestContext } from 'vitest';
import type { Database, Transaction } from '../../src/db/port/database.ts';
import { fromPGlite } from '../../src/db/port/pglite.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { asAsked, CLUSTER, createOnCluster, dropOnCluster, isForOneServer } from './cluster.ts';
import { EVERYTHING } from './extent.ts';
import { onServer } from './global-setup.ts';

/** A fresh, migrated database of one test file. */
export interface TestDatabase {
  db: Database;
  engine: 'postgres' | 'embedded';
  /** Connection URL; only on PostgreSQL. */
  url: string;
  /** Another connection; only on PostgreSQL. Closed with the file. */
  connect: () => Promise<Database>;
  /** Runs a statement as the owner and returns its rows. */
  sql: <Row = Record<string, unknown>>(text: string, params?: unknown[]) => Promise<Row[]>;
  /** The same in a transaction or on another connection. */
  sqlIn: <Row = Record<string, unknown>>(
    tx: Pick<Transaction, 'query'>,
    text: string,
    params?: unknown[],
  ) => Promise<Row[]>;
  /** Skips the test that is running on a cluster, where what it tests is otherwise, as docs/scale.md says. */
  notOnCluster: (why: string) => void;
  /** Set by a suite that builds its world once: what one test leaves, the next one finds. */
  keepsData: boolean;
  /** Deletes all data; the settings go back to their defaults. */
  empty: () => Promise<void>;
}

const TABLES = [
  ...['sessions', 'users', 'user_controls', 'user_agents', 'devices', 'user_places', 'revocations'],
  ...['revocation_targets', 'session_activity', 'alerts', 'audit_log', 'audit_head', 'settings', 'past_timeouts'],
  'leases',
].map((table) => `tomo.${table}`);

/** Deleting few rows takes a fiftieth of the time of truncating, which makes new files; many would stay in the way. */
const emptying = (cluster: boolean): string => `
  set local session_replication_role = replica;
  do $$ begin
    if pg_relation_size('tomo.sessions') > 250000 then
      truncate ${TABLES.join(', ')};
    end if;
  end $$;
  ${TABLES.map((table) => `delete from ${table};`).join(' ')}
  ${(cluster ? ['alerts', 'revocations'] : ['alerts', 'revocations', 'user_agents']).map((table) => `select setval('tomo.${table}_id_seq', 1, false);`).join(' ')}
  insert into tomo.settings default values;
  ${cluster ? EMPTYING_EPOCHS : ''}
  insert into tomo.audit_head default values`;

/** A test may have made the schema anew, which is then distributed by nobody. */
const EMPTYING_EPOCHS = `do $$ begin
  if to_regclass('tomo.epochs') is not null then
    update tomo.epochs set epoch = 0, min_epoch = 0;
    delete from tomo.revocations_due;
  end if;
end $$;`;

let counter = 0;

/** What a suite for both runs on: it says the same on each, so that one is enough where not everything is tested. */
export const ENGINES: readonly TestDatabase['engine'][] = EVERYTHING ? ['postgres', 'embedded'] : ['postgres'];

/** Describes a suite on real PostgreSQL and on PGlite; each test begins with an empty database. */
export function onBothEngines(name: string, suite: (t: TestDatabase) => void): void {
  describe.each(ENGINES)(`${name} (%s)`, (engine) => suite(useDatabase(engine)));
}

/** A suite that needs several connections, which PGlite does not have, or that would say the same on both. */
export function onPostgres(name: string, suite: (t: TestDatabase) => void): void {
  describe(`${name} (postgres)`, () => suite(useDatabase('postgres')));
}

/** A suite about what is otherwise on a cluster, such as plans and partitions. */
export function onOneServer(name: string, suite: (t: TestDatabase) => void): void {
  describe.skipIf(CLUSTER)(`${name} (postgres)`, () => suite(useDatabase('postgres')));
}

export function useDatabase(engine: TestDatabase['engine']): TestDatabase {
  const opened: Database[] = [];
  let running: TestContext | undefined;
  counter += 1;
  const onCluster = CLUSTER !== undefined && engine === 'postgres';
  const name = `tomo_test_${process.pid}_${counter}`;
  const t: TestDatabase = {
    db: undefined as never,
    engine,
    url: '',
    keepsData: false,
    connect: async () => {
      const db = await openPostgres(t.url, {});
      opened.push(db);
      return db;
    },
    sql: (text, params) => t.sqlIn(t.db, text, params),
    notOnCluster: (why) => running?.skip(onCluster, why),
    sqlIn: (tx, text, params = []) =>
      tx.query<never>(onCluster ? asAsked(text) : text, params).catch((error: unknown) => {
        if (onCluster && isForOneServer(text, error)) running?.skip(`its own SQL is for one server: ${error}`);
        throw error;
      }),
    empty: () => t.db.transaction({ anySchema: true }, (tx) => tx.script(emptying(onCluster))),
  };
  beforeAll(async () => {
    if (engine === 'embedded') {
      t.db = fromPGlite(await PGlite.create({ loadDataDir: await openAsBlob(inject('embeddedTemplate')) }), 'memory');
    } else if (onCluster) {
      t.url = await createOnCluster(name);
      t.db = await openPostgres(t.url, {});
    } else {
      await onServer(inject('server'), [`create database ${name} template ${inject('template')}`]);
      t.url = `${inject('server')}/${name}`;
      t.db = await openPostgres(t.url, {});
    }
    opened.push(t.db);
  });
  afterAll(async () => {
    for (const db of opened) await db.close();
    if (onCluster) await dropOnCluster(name);
    else if (engine === 'postgres') await onServer(inject('server'), [`drop database if exists ${name} with (force)`]);
  });
  beforeEach((test) => {
    running = test;
    return t.keepsData ? undefined : t.empty();
  });
  return t;
}
