import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import DbMigrate from '../../src/commands/db/migrate.ts';
import { read } from '../../src/db/port/database.ts';
import { ownSchema, type Schema } from '../../src/db/schema/files.ts';
import { grantsSql, needsOf, ROLES } from '../../src/db/schema/grants.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { schemaStatus } from '../../src/domain/schema/status.ts';
import { aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';
import { open } from './server-calls.ts';

const OWN = ownSchema();
const newest = OWN.migrations.length;

/** The schema of a later program: another migration, and what it changes in the functions. */
function later(change: Partial<Schema> & { sql?: string; breaking?: boolean }): Schema {
  const { sql = '', breaking = false, ...rest } = change;
  const version = newest + 1;
  return { ...OWN, migrations: [...OWN.migrations, { version, name: '9999-later', breaking, sql }], ...rest };
}

const replaced = (from: string, to: string) => {
  expect(OWN.functions).toContain(from);
  return OWN.functions.replace(from, to);
};

onBothEngines('functions', (t) => {
  // whatever a test has installed
  afterEach(async () => {
    await t.sql('delete from tomo.schema_migrations where version > $1', [newest]);
    await migrate(t.db);
  });

  it('are installed again when their text has changed, and only then', async () => {
    const functions = replaced('12742 * asin', '12743 * asin');
    const distance = async () => (await t.sql<{ km: number }>('select tomo.distance_km(0, 0, 0, 1) as km'))[0]?.km ?? 0;
    const before = await distance();
    expect(await migrate(t.db, { ...OWN, functions })).toEqual(['functions']);
    expect((await distance()) / before).toBeCloseTo(12743 / 12742, 9);
    expect(await migrate(t.db, { ...OWN, functions })).toEqual([]);
    expect(await migrate(t.db)).toEqual(['functions']);
    expect(await distance()).toBe(before);
  });

  it('with other results, other arguments or none any more, and views with other columns, replace the old ones', async () => {
    t.notOnCluster('its trigger is not there');
    const functions = replaced(
      'function tomo.outbox(out due integer, out waiting integer)',
      'function tomo.outbox(out due integer, out waiting integer, out total integer)',
    )
      .replace(
        'count(*) filter (where next_attempt_at > clock_timestamp())::integer\n',
        'count(*) filter (where next_attempt_at > clock_timestamp())::integer, count(*)::integer\n',
      )
      .replace('select s.id, s.user_id, s.device_id,', 'select s.user_id, s.id, s.device_id,')
      .replace(
        'function tomo.delivery_delay(p_attempts integer)',
        'function tomo.delivery_delay(p_attempts integer, p_more integer default 0)',
      );
    expect(await migrate(t.db, { ...OWN, functions })).toEqual(['functions']);
    expect(await t.sql('select total from tomo.outbox()')).toEqual([{ total: 0 }]);
    expect(await t.sql(`select proargnames from pg_proc where proname = 'delivery_delay'`)).toEqual([
      { proargnames: ['p_attempts', 'p_more'] },
    ]);
    const triggers = () => t.sql(`select tgname from pg_trigger where not tgisinternal and tgname = 'sessions_place'`);
    expect(await triggers()).toHaveLength(1);
    expect(await migrate(t.db)).toEqual(['functions']);
    expect(await t.sql(`select proargnames from pg_proc where proname = 'delivery_delay'`)).toEqual([
      { proargnames: ['p_attempts'] },
    ]);
    expect(await triggers()).toHaveLength(1);
  });

  it('that somebody has changed or dropped are put back', async () => {
    await t.sql('drop function tomo.record_places(jsonb, jsonb)');
    await t.sql(
      `create or replace function tomo.is_private(p_ip inet) returns boolean language sql immutable return true`,
    );
    expect(await migrate(t.db)).toEqual(['functions']);
    expect(await t.sql(`select tomo.is_private('192.0.2.1') as private`)).toEqual([{ private: false }]);
    expect(await migrate(t.db)).toEqual([]);
  });

  it('of a later program stay', async () => {
    const functions = replaced('12742 * asin', '12743 * asin');
    await migrate(t.db, { ...OWN, functions, release: '10.0.0' });
    expect(await migrate(t.db, { ...OWN, release: '9.0.0' })).toEqual([]);
    expect(await migrate(t.db, { ...OWN, release: '10.0.0' })).toEqual(['functions']);
    await t.sql('update tomo.schema_source set release = $1', [OWN.release]);
  });
});

onBothEngines('a database that is newer than the program', (t) => {
  afterEach(() => t.sql('delete from tomo.schema_migrations where version > $1', [newest]));

  it('is used, and left as it is, while no change was a breaking one', async () => {
    expect(await migrate(t.db, later({}))).toEqual(['9999-later']);
    expect(await migrate(t.db)).toEqual([]);
    expect(await read(t.db, (tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
    expect(await schemaStatus(t.db)).toMatchObject({ state: 'compatible', version: newest + 1, pending: [] });
  });

  it('is not used after a breaking change', async () => {
    await migrate(t.db, later({ breaking: true }));
    const newer = { code: 'SCHEMA_NEWER', message: expect.stringContaining(String(newest + 1)) };
    await expect(read(t.db, async () => {})).rejects.toMatchObject(newer);
    await expect(migrate(t.db)).rejects.toMatchObject(newer);
    expect(await schemaStatus(t.db)).toMatchObject({ state: 'newer' });
  });
});

onBothEngines('a database from before the first release', (t) => {
  it.each([
    ['schema_migrations', 'breaking'],
    ['settings', 'cleanup_failed'],
  ])('is told apart by %s, which has no %s, with the way out', async (table, column) => {
    await t.sql(`alter table tomo.${table} drop column ${column}`);
    const told = {
      code: 'SCHEMA_OLDER',
      message: expect.stringContaining('before its first release'),
      reason: 'before-first-release',
    };
    await expect(migrate(t.db)).rejects.toMatchObject(told);
    await expect(schemaStatus(t.db)).rejects.toMatchObject(told);
    if (column === 'breaking')
      await expect(read(t.db, async () => {})).rejects.toMatchObject({ code: 'SCHEMA_MISSING' });
    const { exitCode, stderr } = await run(t, DbMigrate, []);
    expect({ exitCode, stderr }).toEqual({ exitCode: 7, stderr: expect.stringContaining('drop schema tomo cascade') });
  });
});

onPostgres('an index of a table that grows', (t) => {
  it('is built while logins go on, and again after it was interrupted', async () => {
    const user = await aUser(t);
    const schema = later({ sql: 'create index sessions_city on tomo.sessions (city);' });
    const valid = async () =>
      (
        await t.sql<{ valid: boolean }>(
          `select indisvalid as valid from pg_index where indexrelid = to_regclass('tomo.sessions_city')`,
        )
      )[0]?.valid;
    const builder = await t.connect();
    const [{ pid } = { pid: 0 }] = await builder.query<{ pid: number }>('select pg_backend_pid() as pid');
    // a transaction that has written holds the building up
    const writer = await t.connect();
    await writer.query('begin');
    await writer.query('update tomo.sessions set city = null');
    const building = migrate(builder, schema);
    const interrupted = expect(building).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
    await expect.poll(valid, { timeout: 10_000 }).toBe(false);
    expect(await open(t, user)).toMatchObject({ username: expect.any(String) });
    await t.sql('select pg_cancel_backend($1::int)', [pid]);
    await interrupted;
    await writer.query('rollback');

    expect(await valid()).toBe(false);
    expect(await Promise.all([migrate(builder, schema), migrate(writer, schema)])).toContainEqual([
      'index sessions_city',
    ]);
    expect(await valid()).toBe(true);
    expect(await migrate(builder, schema)).toEqual([]);
  });
});

onPostgres('the rights of roles', (t) => {
  const name = (kind: string) => `tomo_up_${kind}_${process.pid}`;
  const roles = [...ROLES, 'careful', 'stranger'];

  const rightsOf = async (role: string) => {
    const [row] = await t.sql<{ functions: string[]; readable: string[]; writable: string[] }>(
      `select array(select proname::text from pg_proc where pronamespace = 'tomo'::regnamespace
                       and has_function_privilege($1, oid, 'execute') order by 1) as functions,
              array(select relname::text from pg_class where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v')
                       and relname <> 'epochs' and has_table_privilege($1, oid, 'select') order by 1) as readable,
              array(select relname::text from pg_class where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v')
                       and has_table_privilege($1, oid, 'insert, update, delete') order by 1) as writable`,
      [name(role)],
    );
    if (!row) throw new Error('no row');
    return row;
  };
  const allRights = async () =>
    Object.fromEntries(await Promise.all(roles.map(async (r) => [r, await rightsOf(r)] as const)));

  beforeAll(async () => {
    for (const role of roles) {
      await t.sql(`create role ${name(role)}`);
      const kind = role === 'careful' ? 'operator' : ROLES.find((each) => each === role);
      if (kind)
        await t.db.transaction({}, (tx) => tx.script(grantsSql(kind, name(role)).replace(/^(begin|commit);$/gm, '')));
    }
    // what somebody has decided by hand
    await t.sql(`grant execute on function tomo.create_session to ${name('operator')}`);
    await t.sql(`revoke execute on function tomo.revoke_all from ${name('careful')}`);
    await t.sql(`grant usage on schema tomo to ${name('stranger')}`);
    await t.sql(`grant execute on function tomo.outbox to ${name('stranger')} with grant option`);
    await t.sql(`grant select on tomo.live_sessions to ${name('stranger')}`);
  });
  afterAll(async () => {
    for (const role of roles) {
      await t.sql(`drop owned by ${name(role)}`);
      await t.sql(`drop role ${name(role)}`);
    }
  });

  it('survive functions that are changed, dropped and made anew, and grow by what is new for their kind', async () => {
    const before = await allRights();
    const kinds = {
      ...OWN.kinds,
      viewer: { ...needsOf('viewer'), functions: [...needsOf('viewer').functions, 'look_closer'] },
      operator: { ...needsOf('operator'), functions: [...needsOf('operator').functions, 'look_closer'] },
      janitor: {
        ...needsOf('janitor'),
        functions: needsOf('janitor').functions.filter((each) => each !== 'expire_alerts'),
        tables: [...needsOf('janitor').tables, 'notes'],
      },
    };
    const body = 'language sql as $x$ select 1 $x$;';
    const functions = `${OWN.functions}
      create or replace function tomo.look_closer() returns integer ${body}
      create or replace function tomo.nobodys() returns integer ${body}`
      .replace('outbox(out due integer, out waiting integer)', 'outbox(out due integer, out waits integer)')
      .replace('select s.id, s.user_id, s.device_id,', 'select s.user_id, s.id, s.device_id,');
    const sql = 'create table tomo.notes (text text); create table tomo.secrets (text text)';
    expect(await migrate(t.db, later({ kinds, functions, sql }))).toEqual(['9999-later', 'functions']);

    const after = await allRights();
    const also = (names: string[] | undefined, ...more: string[]): string[] => [...(names ?? []), ...more].sort();
    expect(after).toEqual({
      ...before,
      viewer: {
        ...before.viewer,
        functions: also(before.viewer?.functions, 'look_closer'),
        readable: also(before.viewer?.readable, 'notes', 'secrets'),
      },
      operator: {
        ...before.operator,
        functions: also(before.operator?.functions, 'look_closer'),
        readable: also(before.operator?.readable, 'notes', 'secrets'),
      },
      janitor: {
        ...before.janitor,
        functions: before.janitor?.functions.filter((each) => each !== 'expire_alerts'),
        readable: also(before.janitor?.readable, 'notes'),
      },
      // of no kind any more since it may not revoke all, but it still sees what a viewer and does what a janitor does
      careful: {
        ...before.careful,
        functions: also(before.careful?.functions, 'look_closer').filter((each: string) => each !== 'expire_alerts'),
        readable: also(before.careful?.readable, 'notes', 'secrets'),
      },
    });
    expect(before.operator?.functions).toContain('create_session');
    expect(after.stranger).toMatchObject({ readable: ['live_sessions'], writable: [] });
    expect(
      await t.sql(`select has_function_privilege($1, 'tomo.outbox()', 'execute with grant option') as may`, [
        name('stranger'),
      ]),
    ).toEqual([{ may: true }]);
  });
});

it('a migration says in its first line that it is breaking', () => {
  for (const { breaking, sql } of OWN.migrations) expect(breaking).toBe(/^-- breaking\b/.test(sql));
});
