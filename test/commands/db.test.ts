import { expect, inject, it, onTestFinished } from 'vitest';
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import DbGrants from '../../src/commands/db/grants.ts';
import DbMigrate from '../../src/commands/db/migrate.ts';
import DbStatus from '../../src/commands/db/status.ts';
import Doctor from '../../src/commands/doctor.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { SCHEMA_VERSION } from '../../src/db/port/schema-version.ts';
import { migrationFiles } from '../../src/db/schema/files.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { onServer } from '../support/global-setup.ts';
import { run } from '../support/run.ts';

const newest = migrationFiles().at(-1)?.name;
const statusOf = (t: TestDatabase) => run(t, DbStatus, []);

onBothEngines('db', (t) => {
  it('says which database this is and that its schema is up to date', async () => {
    const { stdout, exitCode } = await statusOf(t);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Database +\S+/m);
    expect(stdout).toMatch(/^Server +PostgreSQL 1\d/m);
    expect(stdout).toMatch(/^Role +postgres$/m);
    expect(stdout).toMatch(
      new RegExp(`^Schema +version ${SCHEMA_VERSION}, this tomo needs ${SCHEMA_VERSION}: up to date$`, 'm'),
    );
    expect(stdout).not.toMatch(/test@|password/);
  });

  it('has nothing to migrate then', async () => {
    const { stdout, exitCode } = await run(t, DbMigrate, []);
    expect(exitCode).toBe(0);
    expect(stdout).toBe('The schema is up to date.\n');
    expect((await run(t, DbMigrate, ['--json'])).json()).toMatchObject({ schemaVersion: 1, applied: [] });
  });

  it('reports the status in JSON with exit code 7 when it does not fit', async () => {
    await t.sql(
      `insert into tomo.schema_migrations (version, name, breaking) values (${SCHEMA_VERSION + 1}, 'from-the-future', true)`,
    );
    const ran = await run(t, DbStatus, ['--json']);
    await t.sql(`delete from tomo.schema_migrations where version > ${SCHEMA_VERSION}`);
    expect(ran.exitCode).toBe(7);
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      state: 'newer',
      version: SCHEMA_VERSION + 1,
      needed: SCHEMA_VERSION,
      pending: [],
    });
  });

  it('refuses every command on a newer schema and says to update tomo', async () => {
    await t.sql(
      `insert into tomo.schema_migrations (version, name, breaking) values (${SCHEMA_VERSION + 1}, 'from-the-future', true)`,
    );
    const status = await statusOf(t);
    const refused = [
      await run(t, SessionList, []),
      await run(t, SessionRevokeAll, ['--yes']),
      await run(t, DbMigrate, []),
    ];
    await t.sql(`delete from tomo.schema_migrations where version > ${SCHEMA_VERSION}`);
    expect(status.exitCode).toBe(7);
    expect(status.stdout).toMatch(/newer than this tomo: update tomo/);
    for (const { stdout, stderr, exitCode } of refused) {
      expect(exitCode).toBe(7);
      expect(stdout).toBe('');
      expect(stderr).toMatch(new RegExp(`version ${SCHEMA_VERSION + 1}`));
      expect(stderr).toMatch(/[Uu]pdate tomo/);
    }
  });

  it('refuses every command on an older schema and says how to bring it up to date', async () => {
    await t.sql(`delete from tomo.schema_migrations where version = ${SCHEMA_VERSION}`);
    const status = await statusOf(t);
    const refused = [await run(t, SessionList, ['--json']), await run(t, SessionRevokeAll, ['--yes', '--json'])];
    await t.sql(`insert into tomo.schema_migrations (version, name) values (${SCHEMA_VERSION}, 'cleanup')`);
    expect(status.exitCode).toBe(7);
    expect(status.stdout.replaceAll(/\s+/g, ' ')).toContain(`too old: run tomo db migrate (${newest})`);
    for (const ran of refused) {
      expect(ran.exitCode).toBe(7);
      expect(ran.json()).toMatchObject({
        error: { code: 'SCHEMA_OLDER', hint: expect.stringMatching(/tomo db migrate/) },
      });
    }
    expect(await t.sql('select id from tomo.revocations')).toEqual([]);
  });

  it('sets up a database that has no schema, once', async () => {
    await t.sql('drop schema tomo cascade');
    const status = await statusOf(t);
    expect(status.exitCode).toBe(7);
    expect(status.stdout).toMatch(/version none.*not set up: run tomo db migrate/);
    const list = await run(t, SessionList, []);
    expect(list.exitCode).toBe(7);
    expect(list.stdout).toBe('');
    expect(list.stderr).toMatch(/no Tomo session tables/);
    expect(list.stderr).toMatch(/tomo db migrate/);

    const migrated = await run(t, DbMigrate, []);
    expect(migrated.exitCode).toBe(0);
    expect(migrated.stdout).toMatch(new RegExp(`^Applied 0001-users, .*${newest}, functions\\.\\n$`));
    expect((await statusOf(t)).exitCode).toBe(0);
    expect((await run(t, SessionList, [])).stderr).toBe('No live sessions.\n');
    expect((await run(t, DbMigrate, [])).stdout).toBe('The schema is up to date.\n');
  });
});

onPostgres('a database that was restored without its rights', (t) => {
  it('is said to be open to everybody, and closed by db migrate, or by what db grants prints', async () => {
    const open = () => t.sql(`update pg_proc set proacl = null where pronamespace = 'tomo'::regnamespace`);
    const mayRevoke = async () =>
      (
        await t.sql<{
          may: boolean;
        }>(`select bool_or(has_function_privilege('pg_monitor', oid, 'execute')) as may from pg_proc
         where pronamespace = 'tomo'::regnamespace and proname = 'revoke_all'`)
      )[0]?.may;
    await open();
    expect(await mayRevoke()).toBe(true);
    expect((await statusOf(t)).stdout.replaceAll(/\s+/g, ' ')).toContain(
      'to be brought up to date by tomo db migrate: rights',
    );
    expect((await run(t, DbMigrate, [])).stdout).toBe('Applied rights.\n');
    expect(await mayRevoke()).toBe(false);
    expect((await run(t, DbMigrate, [])).stdout).toBe('The schema is up to date.\n');
    expect((await statusOf(t)).stdout).toContain(': up to date');
    const granted = (await run(t, DbGrants, ['--role', 'viewer'])).stdout;
    expect(granted).toContain('perform tomo.lock_down()');
  });
});

onPostgres('a database of another encoding', (t) => {
  it.each(['LATIN1', 'SQL_ASCII'])('%s: every command says so, and migrate makes nothing in it', async (encoding) => {
    const name = `tomo_encoding_${process.pid}`;
    const drop = `drop database if exists ${name} with (force)`;
    await onServer(inject('server'), [
      drop,
      `create database ${name} encoding '${encoding}' locale 'C' template template0`,
    ]);
    const db = await openPostgres(`${inject('server')}/${name}`, {});
    const there = { ...t, db, url: '' };
    onTestFinished(async () => {
      await db.close();
      await onServer(inject('server'), [drop]);
    });
    const refused = async (
      command: new (...args: ConstructorParameters<typeof DbMigrate>) => BaseCommand,
      argv: string[],
    ) => {
      const { stderr, exitCode } = await run(there, command, argv);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 7 });
      expect(stderr).toMatch(new RegExp(`encoding of the database is ${encoding}.*UTF8`));
      expect(stderr).not.toMatch(/bug in tomo/);
    };
    await refused(DbMigrate, []);
    await refused(DbStatus, []);
    expect(await db.query(`select to_regnamespace('tomo') as schema`)).toEqual([{ schema: null }]);
    // one that somebody has restored into it
    await db.transaction({ anySchema: true }, (tx) =>
      tx.script(`create schema tomo; create table tomo.schema_migrations (version integer, name text, breaking boolean);
                 insert into tomo.schema_migrations values (${SCHEMA_VERSION}, 'restored', false)`),
    );
    await refused(SessionRevokeUser, ['\u2603 nobody']);
    await refused(SessionList, []);
    const { stdout, exitCode } = await run(there, Doctor, []);
    expect(exitCode).toBe(9);
    expect(stdout).toMatch(new RegExp(`encoding of the database is ${encoding}`));
    expect(stdout).toMatch(/create database/);
  });
});

onPostgres('db migrate', (t) => {
  it('is harmless when two run at once', async () => {
    await t.sql('drop schema tomo cascade');
    const [one, two] = await Promise.all([
      run({ ...t, db: await t.connect() }, DbMigrate, []),
      run({ ...t, db: await t.connect() }, DbMigrate, []),
    ]);
    expect([one.exitCode, two.exitCode]).toEqual([0, 0]);
    expect((await statusOf(t)).stdout).toMatch(/up to date/);
    expect(await t.sql('select count(*)::int as n from tomo.schema_migrations')).toEqual([{ n: SCHEMA_VERSION }]);
  });

  it('says which right is missing to a role that may not create', async () => {
    await t.sql('drop schema tomo cascade');
    await t.sql(`drop role if exists newcomer_${process.pid}`);
    await t.sql(`create role newcomer_${process.pid}`);
    const db = await t.connect();
    await db.query(`set role newcomer_${process.pid}`);
    const { stderr, exitCode } = await run({ ...t, db }, DbMigrate, []);
    await db.query('reset role');
    await t.sql(`drop role newcomer_${process.pid}`);
    expect(exitCode).toBe(5);
    expect(stderr).toMatch(/lacks CREATE on database/);
    expect(stderr).toMatch(/grant create on database/);
  });
});
