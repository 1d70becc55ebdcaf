import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADOPTED } from '../../bench/adopted-data.ts';
import { type Recorded, record, withValues } from '../../bench/recorder.ts';
import { parseServerReference } from '../../src/cli/connect/server-reference.ts';
import SessionList from '../../src/commands/session/list.ts';
import { type Database, read } from '../../src/db/port/database.ts';
import { openDatabase } from '../../src/db/port/open.ts';
import { openAdopted } from '../../src/domain/adopted/open.ts';
import { exportSessions, listSessions } from '../../src/domain/session/list.ts';
import type { SessionSort } from '../../src/model/session.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { operate } from '../support/adopted/operate.ts';

const ROWS = 5000;
const LIVE = { state: 'active' } as const;

describe.each(Object.entries(ADOPTED))('%s', (name, { reference, fill, analyzed }) => {
  let database: EmptyDatabase;
  let opened: Database;
  beforeAll(async () => {
    database = await emptyDatabase();
    const client = await database.pool().connect();
    await fill(client, ROWS);
    client.release();
    for (const table of analyzed) await database.sql(`vacuum (analyze) ${table}`);
    opened = await openDatabase({ kind: 'postgres', url: database.url, env: {} });
  });
  afterAll(async () => {
    await opened?.close();
    await database?.drop();
  });

  /** As a command finds it: nothing is known of the tables. */
  const adopted = async () => record(await openAdopted(opened, parseServerReference(reference, '--server', {})));
  const page = (db: Database, filter: object, sort: SessionSort, after?: string) =>
    listSessions(db, { ...LIVE, ...filter }, { sort, limit: 50, after, withTotal: false });
  const planOf = (statement: Recorded | undefined) =>
    read(
      opened,
      async (tx) => {
        const rows = await tx.query<{ 'QUERY PLAN': string }>(`explain ${statement ? withValues(statement) : ''}`);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      },
      { anySchema: true },
    );
  const ofSessions = (statements: readonly Recorded[]) =>
    statements.find(({ sql }) => /'agent'/.test(sql) && /order by/.test(sql));

  it('takes the catalogue, the page and the names for a list, and no other round trip', async () => {
    const { db, statements } = await adopted();
    expect((await page(db, {}, 'activity')).sessions).toHaveLength(50);
    expect(statements.length).toBeLessThanOrEqual(3);
  });

  it('hands over all of them in groups, each once', async () => {
    const { db, statements } = await adopted();
    const ids = new Set<string>();
    let rows = 0;
    await exportSessions(db, { ...LIVE }, { sort: 'activity' }, (json) => {
      ids.add(JSON.parse(json).id);
      rows += 1;
    });
    const sessions = await read(db, (tx) => db.sessions.count(tx, { ...LIVE }), { anySchema: true });
    expect(rows).toBe(sessions);
    expect(ids.size).toBe(sessions);
    expect(statements.filter(({ sql }) => /^fetch/.test(sql)).length).toBe(Math.floor(sessions / 500) + 1);
  });

  it.runIf(name !== 'better-auth').each(['activity', 'idle'] as const)(
    'pages by %s read as many rows as they show, by the index of the server',
    async (sort) => {
      const { db, statements } = await adopted();
      const first = await page(db, {}, sort);
      const firstPlan = await planOf(ofSessions(statements));
      statements.length = 0;
      const second = await page(db, {}, sort, first.nextCursor ?? '');
      const secondPlan = await planOf(ofSessions(statements));
      const ids = new Set([...first.sessions, ...second.sessions].map(({ id }) => id));
      expect(ids.size).toBe(100);
      for (const plan of [firstPlan, secondPlan]) {
        expect(plan).toMatch(/Index Scan (Backward )?using \S*expire\S* on/);
        expect(plan).not.toMatch(/Seq Scan|Bitmap|(^|->\s+)Sort/m);
      }
    },
  );

  it.runIf(name === 'better-auth')('finds a user and their sessions by indexes', async () => {
    const { db, statements } = await adopted();
    const { sessions } = await page(db, { users: ['user7@example.org'] }, 'activity');
    expect(sessions.length).toBeGreaterThan(0);
    const asked = statements.filter(({ sql }) => /from "public"/.test(sql));
    expect(asked.length).toBeGreaterThanOrEqual(2);
    for (const statement of asked) expect(await planOf(statement)).not.toMatch(/Seq Scan/);
  });

  it.runIf(name === 'django')(
    'reads of a user whose sessions only a program can tell no more than is shown',
    async () => {
      const { db, statements } = await adopted();
      const options = { sort: 'activity', limit: 1, after: undefined, withTotal: false } as const;
      expect((await listSessions(db, { ...LIVE, users: ['user1'] }, options)).sessions).toHaveLength(1);
      // of nine groups; that user has about a hundred sessions
      expect(statements.filter(({ sql }) => /^fetch/.test(sql)).length).toBeLessThanOrEqual(3);
      // and the connection is as good as before
      expect((await page(db, {}, 'activity')).sessions).toHaveLength(50);
    },
  );

  it.runIf(name === 'better-auth')('says which index a large table lacks, where it would be of use', async () => {
    const index = 'create index concurrently on "public"."session" ("updatedAt" desc)';
    const list = async (...argv: string[]) =>
      (await operate({ url: database.url, reference }, SessionList, ['--limit', '1', ...argv])).stderr;
    expect(await list()).not.toContain('create index');
    await database.sql("update pg_class set reltuples = 1000000 where oid = 'session'::regclass");
    expect(await list()).toContain(index);
    expect(await list('--quiet')).not.toContain('create index');
    expect(await list('--user', 'user7@example.org')).not.toContain('create index');
    await database.sql(index);
    await database.sql("update pg_class set reltuples = 1000000 where oid = 'session'::regclass");
    expect(await list()).not.toContain('create index');
  });
});
