import { expect, inject, it, vi } from 'vitest';
import { type Database, read, write } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { explainDenied } from '../../src/db/port/rights.ts';
import { SCHEMA_VERSION } from '../../src/db/port/schema-version.ts';
import { cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import { revokeEverybody } from '../../src/domain/revocation/revoke-epoch.ts';
import { listSessions } from '../../src/domain/session/list.ts';
import type { TomoError } from '../../src/model/errors.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { onServer } from '../support/global-setup.ts';
import { PATIENCE } from '../support/patience.ts';
import { connectFailure, NOTE } from './helpers.ts';

onPostgres('a server', (t) => {
  const role = `tomo_role_${process.pid}`;
  const as = async (privileges: string[]): Promise<Database> => {
    await t
      .sql(`drop role if exists ${role}`)
      .catch(async () => t.sql(`drop owned by ${role}`).then(() => t.sql(`drop role ${role}`)));
    await t.sql(`create role ${role} login password 'sesame'`);
    for (const privilege of privileges) await t.sql(`${privilege} ${role}`);
    return openPostgres(t.url.replace('postgres:test@', `${role}:sesame@`), {});
  };
  const withRole = async (privileges: string[], work: (db: Database) => Promise<void>) => {
    const db = await as(privileges);
    try {
      await work(db);
    } finally {
      await db.close();
      await t.sql(`drop owned by ${role}`);
      await t.sql(`drop role ${role}`);
    }
  };
  const VIEWER = [
    'grant usage on schema tomo to',
    'grant select on all tables in schema tomo to',
    'grant execute on all functions in schema tomo to',
  ];
  const list = (db: Database) =>
    listSessions(db, { state: 'active' }, { sort: 'activity', limit: 10, after: undefined, withTotal: true });
  const denied = async (db: Database, work: Promise<unknown>) => {
    const error = await work.then(
      () => expect.unreachable(),
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' });
    return explainDenied(db, error as TomoError);
  };

  it('that is read-only can be read, and says that nothing was changed', async () => {
    const id = await aSession(t, await aUser(t));
    await withRole([...VIEWER, 'grant insert, update, delete on all tables in schema tomo to'], async (db) => {
      await t.sql(`alter role ${role} set default_transaction_read_only = on`);
      const readOnly = await openPostgres(t.url.replace('postgres:test@', `${role}:sesame@`), {});
      expect((await list(readOnly)).sessions).toHaveLength(1);
      await expect(revokeEverybody(readOnly, NOTE, { keep: [], expect: null })).rejects.toMatchObject({
        code: 'DATABASE_READ_ONLY',
        message: expect.stringContaining('is read-only (a standby, or set so)'),
        outcome: 'unchanged',
      });
      await expect(
        cleanUp(readOnly, { actor: NOTE.actor, retention: null, batchSize: 10, maxDuration: null }),
      ).rejects.toMatchObject({
        code: 'DATABASE_READ_ONLY',
      });
      expect(await liveIds(t)).toEqual([id]);
      await readOnly.close();
      await db.query('select 1');
      const readWrite = openPostgres(
        `${t.url.replace('postgres:test@', `${role}:sesame@`)}?target_session_attrs=read-write`,
        {},
      );
      expect(await connectFailure(readWrite)).toMatchObject({ code: 'DATABASE_READ_ONLY' });
      await expect(
        openPostgres(`${t.url}?target_session_attrs=read-write`, {}).then((each) => each.close()),
      ).resolves.toBeUndefined();
    });
  });

  it('that has no connection left says who may know', async () => {
    await withRole([], async () => {
      await t.sql(`alter role ${role} connection limit 0`);
      const full = openPostgres(t.url.replace('postgres:test@', `${role}:sesame@`), {});
      expect(await connectFailure(full)).toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        message: expect.stringContaining('has no connection left: too many connections for role'),
        hint: expect.stringContaining('pg_stat_activity'),
      });
    });
  });

  it('that grants nothing is told apart from one without our schema', async () => {
    await withRole([], async (db) => {
      const error = await denied(db, list(db));
      expect(error.message).toContain(`"${role}" lacks USAGE on schema tomo`);
      expect(error.hint).toContain(`grant usage on schema tomo to "${role}"`);
    });
  });

  it('that grants no table names the right that reading needs, and only that', async () => {
    await withRole([VIEWER[0] ?? '', VIEWER[2] ?? ''], async (db) => {
      const error = await denied(db, list(db));
      expect(error.message).toMatch(new RegExp(`"${role}" lacks SELECT on tomo\\.\\w+`));
      expect(error.hint).toMatch(/grant select on tomo\.\w+ to/);
    });
  });

  it('that lets a viewer look names the function when he revokes, and nothing is changed', async () => {
    const id = await aSession(t, await aUser(t));
    await withRole(VIEWER.slice(0, 2), async (db) => {
      expect((await list(db)).sessions).toHaveLength(1);
      const error = await denied(db, revokeEverybody(db, NOTE, { keep: [], expect: null }));
      expect(error.message).toContain(`"${role}" lacks EXECUTE on function tomo.revoke_all`);
    });
    expect(await liveIds(t)).toEqual([id]);
  });

  it('stops a query that takes too long, says so, and goes on', async () => {
    await expect(read(t.db, (tx) => tx.query('select pg_sleep(30)'), { statementTimeout: 50 })).rejects.toMatchObject({
      code: 'DATABASE_BUSY',
      message: expect.stringContaining('too long'),
    });
    expect(await t.sql('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('is read in one snapshot that cannot write', async () => {
    await expect(read(t.db, (tx) => tx.query(`update tomo.settings set session_timeout = 5`))).rejects.toMatchObject({
      code: 'DATABASE_READ_ONLY',
    });
    const other = await t.connect();
    await read(t.db, async (tx) => {
      const users = () => tx.query('select count(*)::int as n from tomo.users');
      const before = await users();
      await write(other, (o) => o.query(`insert into tomo.users (username) values ('meanwhile')`));
      expect(await users()).toEqual(before);
    });
  });

  it('that ends the connection is unreachable at once, and sought again for what comes next', async () => {
    const db = await t.connect();
    const [{ pid }] = (await db.query<{ pid: number }>('select pg_backend_pid() as pid')) as [{ pid: number }];
    const running = read(db, (tx) => tx.query('select pg_sleep(30)'));
    const cut = expect(running).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/ended this connection: terminating connection due to administrator command\.$/),
    });
    const asleep = `select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'`;
    await vi.waitUntil(async () => (await t.sql(asleep, [pid])).length > 0, PATIENCE);
    await t.sql('select pg_terminate_backend($1::int)', [pid]);
    await cut;
    expect(await read(db, (tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('without our schema says how to get it, with an older or newer one what to update', async () => {
    const name = `tomo_bare_${process.pid}`;
    await onServer(inject('server'), [`create database ${name}`]);
    const bare = await openPostgres(`${inject('server')}/${name}`, {});
    await expect(list(bare)).rejects.toMatchObject({
      code: 'SCHEMA_MISSING',
      message: expect.stringContaining(name),
    });
    await bare.close();
    await onServer(inject('server'), [`drop database ${name}`]);
    const versions = (change: string) =>
      t.sql(`update tomo.schema_migrations set version = version ${change}, breaking = true`);
    await versions('+ 100');
    await expect(list(t.db)).rejects.toMatchObject({
      code: 'SCHEMA_NEWER',
      message: expect.stringContaining(String(SCHEMA_VERSION + 100)),
    });
    await versions('- 101');
    await expect(list(t.db)).rejects.toMatchObject({
      code: 'SCHEMA_OLDER',
      message: expect.stringContaining(String(SCHEMA_VERSION - 1)),
    });
    await versions('+ 201');
    await versions('- 200');
    await expect(list(t.db)).resolves.toBeDefined();
  });
});
