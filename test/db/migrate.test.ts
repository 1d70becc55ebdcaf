import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type Database, read, write } from '../../src/db/port/database.ts';
import { fromPGlite } from '../../src/db/port/pglite.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { SCHEMA_VERSION } from '../../src/db/port/schema-version.ts';
import { migrationFiles } from '../../src/db/schema/files.ts';
import { PUBLIC_FUNCTIONS } from '../../src/db/schema/grants.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { schemaStatus } from '../../src/domain/schema/status.ts';
import { ENGINES, onBothEngines, onPostgres } from '../support/database.ts';
import { onServer } from '../support/global-setup.ts';
import { codeFrom } from './helpers.ts';
import { describeSchema } from './schema-snapshot.ts';

const SNAPSHOT = join(import.meta.dirname, 'schema-snapshot.txt');
const NAMES = migrationFiles().map(({ name }) => name);

describe('the migration files', () => {
  it('are numbered from 1 without a gap, and the program knows the last one', () => {
    const names = readdirSync(join(import.meta.dirname, '../../src/db/migrations')).sort();
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(/^\d{4}-[a-z0-9-]+\.sql$/);
    expect(names.map((name) => Number(name.slice(0, 4)))).toEqual(names.map((_, i) => i + 1));
    expect(SCHEMA_VERSION).toBe(names.length);
  });
});

describe.each(ENGINES)('migrating an empty database (%s)', (engine) => {
  let db: Database;
  const opened: Database[] = [];
  const name = `tomo_empty_${process.pid}`;
  const open = async () => {
    const another =
      engine === 'embedded'
        ? fromPGlite(await PGlite.create(), 'memory')
        : await openPostgres(`${inject('server')}/${name}`, {});
    opened.push(another);
    return another;
  };

  beforeEach(async () => {
    if (engine === 'postgres')
      await onServer(inject('server'), [`drop database if exists ${name} with (force)`, `create database ${name}`]);
    db = await open();
  });
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
    if (engine === 'postgres') await onServer(inject('server'), [`drop database if exists ${name} with (force)`]);
  });

  it('applies every file once, in order, and says which', async () => {
    expect(await migrate(db)).toEqual([...NAMES, 'functions']);
    expect((await schemaStatus(db)).applied.map((m) => [m.version, m.name])).toEqual(
      migrationFiles().map((file) => [file.version, file.name]),
    );
    expect(await db.query('select session_timeout, retention_sessions from tomo.settings')).toEqual([
      { session_timeout: 60, retention_sessions: 7 },
    ]);
  });

  it('has nothing to do the second time', async () => {
    await migrate(db);
    const before = await describeSchema({ sql: db.query.bind(db) });
    expect(await migrate(db)).toEqual([]);
    expect(await describeSchema({ sql: db.query.bind(db) })).toBe(before);
  });

  it('tells what is missing before and nothing after', async () => {
    expect(await schemaStatus(db)).toMatchObject({
      state: 'missing',
      version: null,
      needed: SCHEMA_VERSION,
      applied: [],
      pending: [...NAMES, 'functions'],
    });
    await migrate(db);
    expect(await schemaStatus(db)).toMatchObject({ state: 'current', version: SCHEMA_VERSION, pending: [] });
  });

  it('refuses to read before the migration and says what to do', async () => {
    await expect(read(db, async () => {})).rejects.toMatchObject({
      code: 'SCHEMA_MISSING',
    });
  });

  it('keeps the data of others in the same schema name', async () => {
    await db.query('create schema tomo');
    await db.query('create table tomo.notes (text text)');
    await migrate(db);
    expect(await db.query('select count(*)::int as n from tomo.notes')).toEqual([{ n: 0 }]);
  });

  it.runIf(engine === 'postgres').each([2, 8])(
    'lets %i runners race, and one of them applies everything',
    async (runners) => {
      const all = await Promise.all(Array.from({ length: runners }, open));
      const applied = await Promise.all(all.map((each) => migrate(each)));
      expect(applied.flat().sort()).toEqual([...NAMES, 'functions']);
      expect((await schemaStatus(db)).applied.map((m) => m.version)).toEqual(
        migrationFiles().map((file) => file.version),
      );
    },
  );

  it.runIf(engine === 'postgres')('sees what another runner made while it waited for its turn', async () => {
    const first = await open();
    const waiting = await write(
      first,
      async (tx) => {
        await tx.query(`select pg_advisory_xact_lock(hashtextextended('tomo.schema_migrations', 0))`);
        const second = migrate(await open());
        const isWaiting = async () =>
          (await db.query(`select 1 from pg_locks where locktype = 'advisory' and not granted`)).length > 0;
        await vi.waitUntil(isWaiting, { timeout: 20_000, interval: 20 });
        await tx.query('create schema tomo');
        return { second };
      },
      { anySchema: true },
    );
    expect(await waiting.second).toEqual([...NAMES, 'functions']);
  });

  it.runIf(engine === 'postgres')('waits for no lock that any role can take', async () => {
    await migrate(db);
    const nobody = await open();
    await nobody.query(`select pg_advisory_lock(hashtextextended('tomo.schema_migrations', 0))`);
    expect(await migrate(db)).toEqual([]);
  });
});

onBothEngines('the version of the schema', (t) => {
  t.keepsData = true;
  it('is refused when newer and breaking, by migrate and by every read, and nothing changes', async () => {
    await t.sql('insert into tomo.schema_migrations (version, name, breaking) values ($1, $2, true)', [
      SCHEMA_VERSION + 1,
      'from-the-future',
    ]);
    await expect(migrate(t.db)).rejects.toMatchObject({
      code: 'SCHEMA_NEWER',
      message: expect.stringContaining(String(SCHEMA_VERSION + 1)),
    });
    await expect(read(t.db, async () => {})).rejects.toMatchObject({
      code: 'SCHEMA_NEWER',
    });
    expect(await schemaStatus(t.db)).toMatchObject({ state: 'newer', version: SCHEMA_VERSION + 1, pending: [] });
    await t.sql('delete from tomo.schema_migrations where version > $1', [SCHEMA_VERSION]);
  });

  it('is refused when older, and migrate is named', async () => {
    await t.sql('delete from tomo.schema_migrations where version = $1', [SCHEMA_VERSION]);
    await expect(read(t.db, async () => {})).rejects.toMatchObject({
      code: 'SCHEMA_OLDER',
      message: expect.stringMatching(`${SCHEMA_VERSION - 1}.*${SCHEMA_VERSION}`),
    });
    expect(await schemaStatus(t.db)).toMatchObject({ state: 'older', pending: NAMES.slice(-1) });
    await t.sql('insert into tomo.schema_migrations (version, name) values ($1, $2)', [SCHEMA_VERSION, 'again']);
  });

  it('undoes a migration that fails, whole', async () => {
    await t.sql('delete from tomo.schema_migrations where version = $1', [SCHEMA_VERSION]);
    const before = await describeSchema(t);
    // what it makes is there already
    expect(await codeFrom(migrate(t.db))).toMatch(/^42/);
    expect(await describeSchema(t)).toBe(before);
    expect(await schemaStatus(t.db)).toMatchObject({ state: 'older', version: SCHEMA_VERSION - 1 });
    await t.sql('insert into tomo.schema_migrations (version, name) values ($1, $2)', [SCHEMA_VERSION, 'again']);
  });

  it('comes with the schema of the committed description (TOMO_UPDATE_SNAPSHOT=1 writes it anew)', async () => {
    t.notOnCluster('its tables and functions are others');
    const schema = await describeSchema(t);
    if (process.env.TOMO_UPDATE_SNAPSHOT && t.engine === 'postgres') writeFileSync(SNAPSHOT, schema);
    expect(existsSync(SNAPSHOT)).toBe(true);
    expect(schema).toBe(readFileSync(SNAPSHOT, 'utf8'));
  });
});

onPostgres('the rights of everybody', (t) => {
  it('execute only the definition of live and what an address is, which read nothing by themselves', async () => {
    t.notOnCluster('relations are written out there, and are no functions');
    const role = `tomo_nobody_${process.pid}`;
    await t.sql(`create role ${role}`);
    try {
      await t.sql(`grant usage on schema tomo to ${role}`);
      const functions = await t.sql<{ name: string; may: boolean }>(
        `select p.oid::regprocedure::text as name, has_function_privilege($1, p.oid, 'execute') as may from pg_proc p where p.pronamespace = 'tomo'::regnamespace`,
        [role],
      );
      expect(functions.length).toBeGreaterThan(20);
      const allowed = functions.filter((f) => f.may).map((f) => /^tomo\.(\w+)/.exec(f.name)?.[1]);
      expect(allowed.sort()).toEqual([...PUBLIC_FUNCTIONS].sort());
      const call = t.db.transaction({ anySchema: true }, async (tx) => {
        await tx.query(`set local role ${role}`);
        await tx.query('select tomo.revoke_all()');
      });
      expect(await codeFrom(call)).toBe('42501');
    } finally {
      await t.sql(`drop owned by ${role}`);
      await t.sql(`drop role ${role}`);
    }
  });

  it('hold no table either', async () => {
    t.notOnCluster('everybody may read the epochs there');
    const tables = await t.sql<{ name: string; acl: string | null }>(
      `select relname::text as name, relacl::text as acl from pg_class where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v')`,
    );
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter((table) => /(^|[{,])=/.test(table.acl ?? ''))).toEqual([]);
  });

  it('run no function that a caller could lead astray by its search path', async () => {
    const unsafe = await t.sql(
      `select proname from pg_proc where pronamespace = 'tomo'::regnamespace and (prosecdef or prosqlbody is null)
          and not coalesce('search_path=pg_catalog, pg_temp' = any(proconfig), false)`,
    );
    expect(unsafe).toEqual([]);
  });
});
