import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import Doctor from '../../src/commands/doctor.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import UserShow from '../../src/commands/user/show.ts';
import { fromPool } from '../../src/db/port/pool.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { migrationFiles } from '../../src/db/schema/files.ts';
import { expectedIndexes } from '../../src/db/schema/indexes.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { printGrants } from '../../src/domain/schema/grants.ts';
import {
  disownLogin,
  distrustOwnDevice,
  forgetOwnDevice,
  listOwnAlerts,
  listOwnDevices,
  listOwnSessions,
  revokeOwnOthers,
  revokeOwnSession,
} from '../../src/domain/server/own-sessions.ts';
import { closeSession, openSession, recordActivity, touchSession } from '../../src/domain/server/session.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres, type TestDatabase } from '../support/database.ts';
import { everyCommand, examplesOf, exampleWorld, runExample } from '../support/examples.ts';
import { some } from '../support/extent.ts';
import { geoDatabase } from '../support/geo.ts';
import { onServer } from '../support/global-setup.ts';
import { type Ran, run } from '../support/run.ts';
import { KEY_ENV } from '../support/tokens.ts';
import { describeSchema } from './schema-snapshot.ts';

/**
 * A schema with whatever PostgreSQL has under the names that PostgreSQL gives it: functions, aggregates, operators and
 * types, and empty tables for its own. What is called says so, by a sequence, which no rollback takes back, and fails.
 */
const HOSTILE = `
  create schema hostile;
  grant usage on schema hostile to public;
  create sequence hostile.called;
  grant usage on sequence hostile.called to public;
  do $$ declare made record; begin
    for made in select p.proname, pg_get_function_identity_arguments(p.oid) as arguments, p.prokind,
                       case when p.prokind = 'f' then pg_get_function_result(p.oid) else format_type(p.prorettype, null) end as result
                  from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind in ('f', 'a', 'w')
                   and not (p.proargtypes::oid[] && '{cstring, internal}'::regtype[]::oid[]) loop
      begin
        execute format('create function hostile.%I(%s) returns %s language plpgsql as $f$ begin
          perform pg_catalog.nextval(''hostile.called''); raise exception ''hostile''; end $f$',
          made.proname, replace(made.arguments, ' ORDER BY ', ', '), made.result);
      exception when others then null;
      end;
    end loop;
    for made in select o.oprname as name, nullif(o.oprleft, 0)::regtype as left, o.oprright::regtype as right, p.proname
                  from pg_operator o join pg_proc p on p.oid = o.oprcode where o.oprnamespace = 'pg_catalog'::regnamespace loop
      begin
        execute format('create operator hostile.%s (%s rightarg = %s, function = hostile.%I)', made.name,
          'leftarg = ' || made.left || ',', made.right, made.proname);
      exception when others then null;
      end;
    end loop;
    for made in select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v') loop
      execute format('create table hostile.%I ()', made.relname);
    end loop;
    for made in select typname from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype = 'b' and typelem = 0 loop
      begin
        execute format('create domain hostile.%I as pg_catalog.%1$I check (pg_catalog.nextval(''hostile.called'') is null)', made.typname);
      exception when others then null;
      end;
    end loop;
  end $$`;

/** What a role or a database may have set, and what values read or are written by. */
const ODD = {
  datestyle: 'SQL, DMY',
  intervalstyle: 'iso_8601',
  timezone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  standard_conforming_strings: 'off',
  quote_all_identifiers: 'on',
  check_function_bodies: 'off',
};

const commands = await everyCommand();
/** What needs no terminal, mail or stdin. */
// those about contexts and aliases open no database
const examples = [...commands]
  .filter(([id]) => !/^(alias|context):/.test(id))
  .flatMap(([id, command]) =>
    ['db:distribute', 'demo', 'help', 'session:browse', 'alert:send'].includes(id)
      ? []
      : examplesOf(command)
          .filter((text) => !/--mine| - |-$|--watch|--follow/.test(text))
          .map((example) => ({ id, command, example })),
  );

/** What only looks, and prints it. */
const looking = examples.filter(({ example }) =>
  /^tomo (\S+ )?(list|show|status|stats|why|export|verify|get|inspect|doctor|schedule|grants)\b/.test(example),
);

/** What a command has answered, without what another moment changes. */
const same = ({ exitCode, stdout }: Pick<Ran, 'exitCode' | 'stdout'>) => ({
  exitCode,
  stdout: stdout
    .replaceAll(/\/example-\w+/g, '/FOLDER')
    // as a cluster writes an object
    .replaceAll('" : ', '":')
    .replaceAll(', "', ',"')
    .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.]+/g, 'TIME')
    .replaceAll(/\d+(\.\d+)?/g, 'N'),
});

onPostgres('whatever a role has set', (t) => {
  t.keepsData = true;
  let places: string;
  beforeAll(async () => {
    places = geoDatabase('surroundings');
    await t.db.transaction({ anySchema: true }, (tx) => tx.script(HOSTILE));
  });

  /** The same database for a role that has set this. */
  async function as(settings: Record<string, string>): Promise<TestDatabase> {
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`);
    const url = `${t.url}?options=${encodeURIComponent(options.join(' '))}`;
    const db = await openPostgres(url, {});
    onTestFinished(() => db.close());
    return { ...t, db, url };
  }
  const asHostile = () => as({ ...ODD, search_path: 'hostile,pg_catalog' });
  const attempt = (on: TestDatabase, example: string, more: string[] = []) =>
    runExample(on, commands, example, { env: { ...KEY_ENV, TOMO_GEO_CITY_DATABASE: places } }, more);
  const expectNothingCalled = async () =>
    expect(await t.sql('select is_called from hostile.called')).toEqual([{ is_called: false }]);

  it('there is something to run into', async () => {
    const { db } = await asHostile();
    for (const statement of [`select lower('X')`, `select 1 where 'x'::pg_catalog.text = 'x'`, `select max(1)`])
      await expect(db.query(statement)).rejects.toThrow('hostile');
    await expect(db.query(`select 'x'::text`)).rejects.toThrow();
    expect(await t.sql('select is_called from hostile.called')).toEqual([{ is_called: true }]);
    await t.sql(`select setval('hostile.called', 1, false)`);
  });

  it('no command calls a function, operator or type of another schema', { timeout: 240_000 }, async () => {
    const hostile = await asHostile();
    for (const { example } of some('hostile surroundings', examples, 60)) {
      await exampleWorld(t);
      const { exitCode, stderr } = await attempt(hostile, example);
      // these say by it what they have found
      const ofOthers = /--server better-auth|sqlite:/.test(example);
      if (!ofOthers && !(exitCode === 9 && /doctor|audit verify/.test(example)))
        expect(exitCode, `${example}: ${stderr}`).toBe(0);
    }
    await expectNothingCalled();
  });

  it('nor do the calls of a server, a migration, or the building of an index', async () => {
    await t.empty();
    const hostile = await asHostile();
    const pool = new pg.Pool({ connectionString: hostile.url });
    onTestFinished(() => pool.end());
    const alice = await aUser(t, { username: 'alice' });
    for (const db of [hostile.db, fromPool(pool)]) {
      const { id } = await openSession(db, { userId: alice, ip: '203.0.113.7', userAgent: 'curl/8' });
      await recordActivity(db, { sessionId: id, kind: 'api', path: '/api' });
      expect(await touchSession(db, id)).toMatchObject({ accepted: true });
      const asking = { id, userId: alice };
      await disownLogin(db, asking, 1);
      await revokeOwnSession(db, asking, randomUUID());
      for (const change of [forgetOwnDevice, distrustOwnDevice]) await change(db, asking, randomUUID());
      for (const look of [listOwnSessions, listOwnDevices, listOwnAlerts, revokeOwnOthers]) await look(db, asking);
      expect(await closeSession(db, id)).toBe(true);
    }
    t.notOnCluster('a migration does not build a unique index there');
    const indexes = [...expectedIndexes(migrationFiles()).keys()];
    await t.sql(`drop index ${indexes.map((name) => `tomo.${name}`).join(', ')}`);
    expect(await migrate(hostile.db)).toHaveLength(indexes.length);
    const name = `${new URL(t.url).pathname.slice(1)}_new`;
    await onServer(inject('server'), [`drop database if exists ${name} with (force)`, `create database ${name}`]);
    const fresh = await openPostgres(hostile.url.replace(/[^/?]+\?/, `${name}?`), {});
    onTestFinished(async () => {
      await fresh.close();
      await onServer(inject('server'), [`drop database if exists ${name} with (force)`]);
    });
    await fresh.transaction({ anySchema: true }, (tx) => tx.script(HOSTILE));
    expect(await migrate(fresh)).toContain('functions');
    const plain = await openPostgres(`${inject('server')}/${name}`, {});
    expect(await describeSchema({ sql: plain.query })).toBe(readFileSync('test/db/schema-snapshot.txt', 'utf8'));
    await plain.close();
    await expectNothingCalled();
  });

  it('a migration runs nothing that another role has put into the schema, and stays with its owner', async () => {
    const [owner, planter, name] = ['owns', 'plants', 'planted'].map((word) => `${word}_${process.pid}`);
    const server = (...statements: string[]) => onServer(inject('server'), statements);
    await server(`create role ${owner}`, `create role ${planter}`, `create database ${name}`);
    const db = await openPostgres(`${inject('server')}/${name}`, {});
    onTestFinished(async () => {
      await db.close();
      await server(`drop database ${name}`, `drop role ${owner}`, `drop role ${planter}`);
    });
    const script = (sql: string) => db.transaction({ anySchema: true }, (tx) => tx.script(sql));
    const planted = (
      first: string,
      role: string,
    ) => `drop schema if exists tomo cascade; ${first}; set local role ${role};
      create table tomo.schema_migrations (version integer primary key, name text not null,
        breaking boolean not null default false, applied_at timestamptz not null default clock_timestamp());
      grant all on tomo.schema_migrations to public;
      create function tomo.ran() returns trigger language plpgsql as 'begin raise exception ''hostile''; end';
      create trigger ran before insert on tomo.schema_migrations for each row execute function tomo.ran(); reset role`;
    for (const first of [
      `create schema tomo authorization ${planter}; grant all on schema tomo to public`,
      `create schema tomo; grant create, usage on schema tomo to ${planter}`,
      `create schema tomo authorization ${owner}; grant create, usage on schema tomo to public`,
    ])
      for (const me of ['postgres', owner]) {
        await script(planted(first, planter ?? ''));
        await db.query(`set role ${me}`);
        await expect(migrate(db)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
        await db.query('reset role');
      }
    await script(`drop schema tomo cascade; create schema tomo authorization ${owner}`);
    await db.query(`set role ${owner}`);
    expect(await migrate(db)).toContain('functions');
    expect(await migrate(db)).toEqual([]);
    await db.query('reset role');
    await expect(migrate(db)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('a command for one user ends the sessions of one, and refuses where two match', async () => {
    await t.empty();
    const hostile = await asHostile();
    const sessions = new Map<string, string>();
    for (const username of ['alice', 'bob', 'carol'])
      sessions.set(username, await aSession(t, await aUser(t, { username })));
    expect((await run(hostile, SessionRevokeUser, ['carol'])).exitCode).toBe(0);
    expect(await liveIds(t)).toEqual([sessions.get('alice'), sessions.get('bob')].sort());
    await t.sql('drop index tomo.users_username');
    await aSession(t, await aUser(t, { username: 'ALICE' }));
    for (const [command, argv] of [
      [SessionRevokeUser, ['Alice']],
      [SessionRevoke, ['--user', 'bob', '--user', 'alice', '--yes']],
      [UserShow, ['alice']],
    ] as const)
      expect(await run(t, command, [...argv])).toMatchObject({ exitCode: 2, stderr: /more than one user .*alice/i });
    expect(await liveIds(t)).toHaveLength(3);
    await t.empty();
    if (CLUSTER) await t.sql('create index users_username on tomo.users (pg_catalog.lower(username))');
    else await migrate(t.db);
  });

  describe('with row level security', () => {
    const [owner, operator] = [`owner_${process.pid}`, `operator_${process.pid}`];
    const TABLES = `select relname::text as name from pg_class where relnamespace = 'tomo'::regnamespace
      and relkind in ('r', 'p') and not relispartition order by 1`;
    const secure = async (how: string, tables?: string[]) => {
      for (const name of tables ?? (await t.sql<{ name: string }>(TABLES)).map((table) => table.name))
        await t.sql(`alter table tomo.${name} ${how}`);
    };
    beforeAll(async () => {
      await t.sql(`create role ${owner} login`);
      await t.sql(`create role ${operator} login`);
      await t.db.transaction({}, (tx) =>
        tx.script(printGrants('operator', operator).sql.replace(/^(begin|commit);$/gm, '')),
      );
      await t.sql(`grant create on schema public to ${owner}`);
    });
    afterAll(async () => {
      await secure('disable row level security, no force row level security');
      for (const role of [owner, operator]) {
        await t.sql(`reassign owned by ${role} to postgres`);
        await t.sql(`drop owned by ${role}`);
        await t.sql(`drop role ${role}`);
      }
    });

    it('no command takes hidden rows for rows that are not there', async () => {
      const limited = await as({ role: operator });
      await exampleWorld(t);
      await secure('enable row level security', ['sessions']);
      const ran = await run(limited, SessionRevoke, ['--ip', '198.51.100.7', '--yes']);
      expect(ran).toMatchObject({ exitCode: 5, stdout: '' });
      expect(ran.stderr).toMatch(/row level security on the table "sessions" hides rows/i);
      expect(ran.stderr).toMatch(/alter table tomo.sessions disable row level security/);
      const { stdout } = await run(limited, Doctor, []);
      expect(stdout).toMatch(/Row level security is on: tomo.sessions/);
      expect(stdout).not.toMatch(/db grants --role viewer/);
      for (const tables of [
        ['sessions'],
        ['revocations', 'revocation_targets'],
        ['users', 'settings', 'alerts', 'audit_log'],
      ]) {
        await secure('disable row level security');
        await secure('enable row level security', tables);
        let refused = 0;
        for (const { example } of looking.filter((one) => !/doctor|db status/.test(one.example))) {
          const { exitCode, stdout, stderr } = await attempt(limited, example);
          const truth = await attempt(t, example);
          refused += exitCode === 5 ? 1 : 0;
          const expected = exitCode === 5 ? { stderr: /row level security/i } : same(truth);
          expect({ example, ...same({ exitCode, stdout }), stderr }).toMatchObject(expected);
        }
        expect(refused).toBeGreaterThan(5);
      }
    });

    it('nor does a function that runs as an owner who is limited as well', async () => {
      await secure('disable row level security');
      await t.empty();
      const alice = await aUser(t, { username: 'alice' });
      const { id } = await openSession(t.db, { userId: alice });
      const [{ statements = '' } = {}] = await t.sql<{ statements: string }>(`
        select string_agg(statement, '; ') as statements from (
          select format('alter table tomo.%I owner to ${owner}', relname) from pg_class
           where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v')
          union all select format('alter function %s owner to ${owner}', oid::regprocedure) from pg_proc
           where pronamespace = 'tomo'::regnamespace) s(statement)`);
      await t.sql(`grant usage on schema tomo to ${owner}`);
      t.notOnCluster('who owns a table is not changed there in a script');
      await t.db.transaction({}, (tx) => tx.script(statements));
      expect(await touchSession(t.db, id)).toMatchObject({ accepted: true });
      await secure('enable row level security, force row level security');
      const hidden = { code: 'PERMISSION_DENIED', message: expect.stringMatching(/row level security/i) };
      for (const call of [
        () => touchSession(t.db, id),
        () => closeSession(t.db, id),
        () => openSession(t.db, { userId: alice }),
        () => recordActivity(t.db, { sessionId: id, kind: 'api' }),
      ])
        await expect(call()).rejects.toMatchObject(hidden);
    });
  });

  it('every command answers the same', { timeout: 240_000 }, async () => {
    const odd = await as(ODD);
    await exampleWorld(t);
    expect(looking.length).toBeGreaterThan(50);
    for (const { command, example } of looking) {
      const more = command.enableJsonFlag ? ['--json'] : [];
      const [plain, other] = [await attempt(t, example, more), await attempt(odd, example, more)];
      expect({ example, ...same(other) }).toEqual({ example, ...same(plain) });
    }
  });
});
