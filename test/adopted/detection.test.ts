import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import ConfigShow from '../../src/commands/config/show.ts';
import DbMigrate from '../../src/commands/db/migrate.ts';
import DbStatus from '../../src/commands/db/status.ts';
import SessionBrowse from '../../src/commands/session/browse.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import type { Database } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { useServer } from '../support/adopted/server.ts';
import { useDatabase } from '../support/database.ts';
import { type RunOptions, run } from '../support/run.ts';

// Nobody has said whose sessions a database keeps.

type Command = Parameters<typeof run>[1];

async function at(url: string, command: Command, argv: string[], options: RunOptions = {}) {
  const db: Database = await (url.startsWith('sqlite:') ? openSqlite(url.slice(7)) : openPostgres(url, {}));
  try {
    const env = { XDG_STATE_HOME: mkdtempSync(join(inject('scratch'), 'state-')) };
    return await run({ db, url } as Parameters<typeof run>[0], command, argv, { env, ...options });
  } finally {
    await db.close();
  }
}

describe('the tables of one server', () => {
  const server = useServer(startBetterAuth);
  let id: string;
  beforeAll(async () => {
    ({ id } = await server.logIn('alice'));
  });

  it('are read as those of that server, which is said once', async () => {
    const ran = await at(server.url, SessionList, ['--columns', 'id,user']);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(id) });
    expect(ran.stderr.match(/Read as better-auth/g)).toHaveLength(1);
    expect(ran.stderr).toMatch(/by its table session\. A change needs it named: --server better-auth/);
    expect(await at(server.url, SessionList, ['--quiet'])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await at(server.url, SessionList, ['--json'])).json()).toMatchObject({ sessions: [{ id }] });
  });

  it('are not changed before the server is named', async () => {
    for (const argv of [[id], ['--user', 'alice', '--yes'], ['--user', 'alice', '--dry-run']]) {
      const ran = await at(server.url, SessionRevoke, argv);
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toMatch(/those of better-auth\. A change needs its server to be named/);
      expect(ran.stderr).toMatch(/--server better-auth\n.*tomo context add NAME/s);
    }
    expect(await server.sql('select 1 from session')).toHaveLength(1);
  });

  it('are browsed as well', async () => {
    const browsed = await at(server.url, SessionBrowse, [], { tty: true, answers: [[/alice/, 'q']] });
    expect(browsed.exitCode).toBe(0);
  });

  it('are not the schema tomo, for what is only there', async () => {
    const ran = await at(server.url, ConfigShow, []);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toMatch(/no Tomo session tables/);
    expect(ran.stderr).toMatch(/those of better-auth\. Its sessions: tomo session list --server better-auth/);
    expect(await at(server.url, SessionList, ['--server', 'tomo'])).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('no Tomo session tables'),
    });
  });

  it('are told from those of the server that was named', async () => {
    const ran = await at(server.url, SessionList, ['--server', 'connect-pg-simple']);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toMatch(/connect-pg-simple .*the table session has no column sid/);
    expect(ran.stderr).toMatch(/those of better-auth\. --server better-auth/);
  });
});

describe('a database of PostgreSQL', () => {
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database.drop());

  it('of nobody says which servers there are', async () => {
    const ran = await at(database.url, SessionList, []);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toMatch(/no Tomo session tables/);
    expect(ran.stderr).toMatch(/tomo server list/);
  });

  it('of a server that is left alone says why, and what does it right', async () => {
    await database.sql(`create table offline_user_session (user_session_id text, user_id text, realm_id text,
      offline_flag text, last_session_refresh int, created_on int, data text)`);
    for (const command of [SessionList, SessionRevoke]) {
      const ran = await at(database.url, command, command === SessionRevoke ? ['aaaaaaaa'] : []);
      expect(ran.exitCode).toBe(2);
      expect(ran.stderr).toMatch(/Keycloak\. Its caches answer before the table/);
      expect(ran.stderr).toMatch(/kcadm\.sh/);
    }
    await database.sql('drop table offline_user_session');
  });

  it('of a server that needs to be told more says what', async () => {
    await database.sql(LARAVEL.make);
    const ran = await at(database.url, SessionList, []);
    expect(ran).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/lifetime.*--server laravel:lifetime=2h/s),
    });
  });

  it('of several servers wants to know which', async () => {
    await database.sql('create schema shop');
    await database.sql(
      'create table shop.user_session (id text primary key, user_id text not null, expires_at timestamptz not null)',
    );
    const ran = await at(database.url, SessionList, ['--json']);
    expect(ran.exitCode).toBe(2);
    expect(ran.json()).toMatchObject({ error: { details: { servers: ['laravel', 'lucia:schema=shop'] } } });
    expect(await at(database.url, SessionList, ['--server', 'lucia:schema=shop'])).toMatchObject({ exitCode: 0 });
  });
});

describe('beside the schema tomo', () => {
  const t = useDatabase('postgres');

  it('another server has to be named', async () => {
    await t.sql('create table public.user_session (id text primary key, user_id text, expires_at timestamptz)');
    const own = await run(t, SessionList, []);
    expect(own).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('Read as') });
    await t.sql('drop table public.user_session');
  });
});

describe('a SQLite file', () => {
  const file = (make: string) => {
    const path = join(mkdtempSync(join(inject('scratch'), 'detection-')), 'app.db');
    const db = new DatabaseSync(path);
    db.exec(make);
    db.close();
    return `sqlite:${path}`;
  };
  const LUCIA = `create table user_session (id text primary key, user_id text not null, expires_at integer not null);
    insert into user_session values ('a-secret-key', 'u1', 4000000000)`;

  it('is read as that of the server whose tables are in it', async () => {
    const ran = await at(file(LUCIA), SessionList, []);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('u1') });
    expect(ran.stderr).toMatch(/Read as lucia/);
    expect(ran.stdout).not.toContain('a-secret-key');
    expect(await at(file(LUCIA), SessionRevoke, ['aaaaaaaa'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--server lucia'),
    });
  });

  it('of nobody says so', async () => {
    const ran = await at(file('create table notes (id integer)'), SessionList, []);
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no tables of a server that is known') });
  });

  it.each([
    ['db status', DbStatus],
    ['db migrate', DbMigrate],
    ['config show', ConfigShow],
  ])('is none for %s', async (_, command) => {
    const ran = await at(file(LUCIA), command as unknown as Command, []);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('Lucia') });
    const named = await at(file(LUCIA), command as unknown as Command, ['--server', 'tomo']);
    expect(named).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/schema tomo is one of PostgreSQL/) });
  });
});
