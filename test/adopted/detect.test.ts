import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import ServerDetect from '../../src/commands/server/detect.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { detectServers } from '../../src/domain/adopted/servers.ts';
import type { DetectedServer } from '../../src/model/server.ts';
import { AUTHJS_PRISMA } from '../support/adopted/authjs-prisma.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { SERVERS } from '../support/adopted/every-server.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { useServer } from '../support/adopted/server.ts';
import { run } from '../support/run.ts';

const open = (url: string) => (url.startsWith('sqlite:') ? openSqlite(url.slice(7)) : openPostgres(url, {}));

async function detect(url: string): Promise<DetectedServer[]> {
  const db = await open(url);
  try {
    return await detectServers(db);
  } finally {
    await db.close();
  }
}

describe.each(SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('is found by its tables, and nothing else is', async () => {
    await server.logIn('alice');
    const [name] = server.reference.split(':');
    expect(await detect(server.url)).toMatchObject([{ name, supported: true, reference: name }]);
  });
});

describe('a database of several', () => {
  let database: EmptyDatabase;
  const within = async (schema: string, make: string) => {
    await database.sql(
      `create schema if not exists ${schema}; set search_path to ${schema}; ${make}; reset search_path`,
    );
  };
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database.drop());

  it('has none at first, which is no error', async () => {
    const ran = await command([]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: '', stderr: expect.stringContaining('No tables of a server') });
    expect((await command(['--json'])).json()).toMatchObject({ servers: [] });
  });

  it('names each by schema and table, and what it needs', async () => {
    await within('blog', LARAVEL.make);
    await within('shop', AUTHJS_PRISMA.make);
    await within(
      '"Odd Name"',
      'create table "user_sessions" (sid varchar primary key, sess json not null, expire timestamp(6) not null)',
    );
    await within(
      'public',
      'create table user_sessions (id text primary key, user_id text not null, expires_at timestamptz not null)',
    );
    // as many, but not of sessions
    await within(
      'public',
      'create table password_resets (id text primary key, user_id text not null, expires_at timestamptz)',
    );
    expect((await detect(database.url)).map(({ reference, needs }) => [reference, needs])).toEqual([
      ['connect-pg-simple:schema=Odd Name,table=user_sessions', ['zone']],
      ['laravel:schema=blog', ['lifetime']],
      ['lucia:table=user_sessions', []],
      ['authjs-prisma:schema=shop', []],
    ]);
  });

  it('is not taken in by the name alone', async () => {
    await within(
      'fake',
      'create table sessions (id text primary key); create table django_session (session_key integer)',
    );
    // an epoch where a time belongs
    await within('fake', 'create table user_session (id text primary key, user_id text, expires_at boolean)');
    // what is seen is what is kept, not what is shown of it
    await within('fake', 'create view spring_session as select 1 as primary_id');
    expect((await detect(database.url)).filter(({ schema }) => schema === 'fake')).toEqual([]);
  });

  it('says of those that are left alone what does it right', async () => {
    await within(
      'zulip',
      `
      create table zerver_userprofile (id int primary key, delivery_email text, realm_id int);
      create table django_session (session_key varchar(40) primary key, session_data text, expire_date timestamptz)`,
    );
    await within('git', 'create table session (key char(16) primary key, data bytea, expiry bigint)');
    const found = (await detect(database.url)).filter(({ supported }) => !supported);
    expect(found).toMatchObject([
      { name: 'gitea', schema: 'git', reference: null, instead: expect.stringContaining('must-change-password') },
      { name: 'zulip', schema: 'zulip', reference: null, instead: expect.stringContaining('logout_all_users') },
    ]);
    // its table is Django's, and is not offered as that
    expect((await detect(database.url)).filter(({ schema }) => schema === 'zulip')).toHaveLength(1);
    const ran = await command(['--columns', 'name,instead']);
    expect(ran.stdout).toMatch(/^zulip\tmanage.py logout_all_users/m);
  });

  it('is looked at by a role that may read no table', async () => {
    await within('auth', KRATOS.make);
    await database.sql("create role looker_of_tables login password 'looks'");
    try {
      const url = new URL(database.url);
      url.username = 'looker_of_tables';
      url.password = 'looks';
      expect(await detect(url.href)).toContainEqual(expect.objectContaining({ reference: 'kratos:schema=auth' }));
    } finally {
      await database.sql('drop role looker_of_tables');
    }
  });

  async function command(argv: string[]) {
    const db = await open(database.url);
    try {
      return await run({ db, url: database.url } as Parameters<typeof run>[0], ServerDetect, argv);
    } finally {
      await db.close();
    }
  }
});

it('finds those in a file whose tables have other names, and those that are left alone', async () => {
  const file = join(mkdtempSync(join(inject('scratch'), 'detect-')), 'app.db');
  const db = new DatabaseSync(file);
  db.exec(`
    create table "session" (id text primary key, user_id text not null, expires_at integer not null);
    create table invalid_auth_token (token text primary key, expiresAt text)`);
  db.close();
  expect(await detect(`sqlite:${file}`)).toMatchObject([
    { name: 'lucia', reference: 'lucia:table=session', schema: null, needs: [] },
    { name: 'n8n', supported: false },
  ]);
});
