import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import UserShow from '../../src/commands/user/show.ts';
import type { Session } from '../../src/model/session.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { operate } from '../support/adopted/operate.ts';
import { hashedId as idOf } from '../support/adopted/server.ts';

/** Tables of one's own, with keys and users of any kind. */
let database: EmptyDatabase;
beforeAll(async () => {
  database = await emptyDatabase();
});
afterAll(() => database.drop());

async function listed(reference: string, url = database.url): Promise<Session[]> {
  const { json } = await operate({ url, reference }, SessionList, ['--json']);
  return json<{ sessions: Session[] }>().sessions;
}

it('in a column of text what is no JSON is of nobody', async () => {
  const file = join(inject('scratch'), 'blobs.json');
  const user = { places: [{ column: 'data', path: ['u'] }], table: 'nobodies' };
  writeFileSync(file, JSON.stringify({ extends: 'lucia', name: 'blobs', title: 'blobs', table: 'blobs', user }), {
    mode: 0o600,
  });
  await database.sql('create table blobs (id text primary key, data text, expires_at timestamptz)');
  const blobs = ['{"u":7}', ' {"u":"7"}\n', 'a:1:{s:1:"u";i:7;}', '{"u":7', '', null, '\\xacedface', 'null', '[7]'];
  for (const [i, data] of blobs.entries()) await database.sql('insert into blobs values ($1, $2)', [i, data]);
  const server = { url: database.url, reference: file };
  const users = new Map((await listed(file)).map(({ id, userId }) => [id, userId]));
  expect(blobs.map((_, i) => users.get(idOf(`${i}`)))).toEqual(['7', '7', ...Array(7).fill(null)]);
  await operate(server, SessionRevokeUser, ['7']);
  expect(await listed(file)).toHaveLength(7);
});

it('an id of a user that is text here and a number there is one', async () => {
  const file = join(inject('scratch'), 'mixed.json');
  const user = { table: 'members', key: 'number', names: ['mail'], active: { column: 'ok', in: [true] } };
  const also = [
    { table: 'members', column: 'number', of: 'user', set: { cookie: { value: null } } },
    { table: 'baskets', column: 'session', of: { column: 'number' }, set: null },
  ];
  const description = { extends: 'lucia', name: 'mixed', title: 'mixed', table: 'mixed', user, revoke: { also } };
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 });
  await database.sql(`create table members (number integer primary key, mail text, ok boolean, cookie text);
    create table mixed (id text primary key, user_id varchar(9), number numeric, expires_at timestamptz);
    create table baskets (session text);
    insert into members values (1, 'ann@example.org', true, 'c'), (2, 'bob@example.org', false, 'c'), (3, 'cid@example.org', true, 'c');
    insert into mixed values ('a', '1', 11, null), ('b', '2', 12, null), ('c', '3', 13, null), ('d', '3', 14, now() - interval '1 day');
    insert into baskets values ('11'), ('12'), ('13'), ('14')`);
  const server = { url: database.url, reference: file };
  expect((await listed(file)).map(({ username }) => username).toSorted()).toEqual([
    'ann@example.org',
    'cid@example.org',
  ]);
  expect((await operate(server, SessionRevokeUser, ['ann@example.org'])).exitCode).toBe(0);
  expect((await operate(server, SessionCleanup, [])).exitCode).toBe(0);
  expect(await database.sql('select number from members where cookie is null')).toEqual([{ number: 1 }]);
  expect(await database.sql('select id from mixed order by 1')).toEqual([{ id: 'b' }, { id: 'c' }]);
  expect(await database.sql('select session from baskets order by 1')).toEqual([{ session: '12' }, { session: '13' }]);
});

it('a number of SQLite is an id however large', async () => {
  const file = join(inject('scratch'), 'large.db');
  const made = new DatabaseSync(file);
  made.exec(`create table auth_user (id integer primary key, username text);
    create table user_session (id integer primary key, user_id integer, expires_at integer);
    insert into auth_user values (9223372036854775807, 'ann'); insert into user_session values (9007199254740993, 9223372036854775807, null),
      (9007199254740992, 9223372036854775807, null)`);
  const plain = join(inject('scratch'), 'large.json');
  const description = { extends: 'lucia', name: 'large', title: 'large', key: { column: 'id', secret: false } };
  writeFileSync(plain, JSON.stringify(description), { mode: 0o600 });
  const server = { url: `sqlite:${file}`, reference: plain };
  expect((await listed(plain, server.url)).map(({ username }) => username)).toEqual(['ann', 'ann']);
  expect((await operate(server, SessionRevoke, ['9007199254740993'])).exitCode).toBe(0);
  expect((await listed(plain, server.url)).map(({ id }) => id)).toEqual(['9007199254740992']);
  expect((await operate(server, SessionRevokeUser, ['id:9223372036854775807'])).exitCode).toBe(0);
  expect(await listed(plain, server.url)).toEqual([]);
  made.close();
});

describe('keys of sessions', () => {
  const REFERENCE = 'lucia:table=visits';
  const plain = () => {
    const file = join(inject('scratch'), 'plain-keys.json');
    const description = {
      extends: 'lucia',
      name: 'plain',
      title: 'Plain',
      table: 'visits',
      key: { column: 'id', secret: false },
    };
    writeFileSync(file, JSON.stringify(description), { mode: 0o600 });
    return { url: database.url, reference: file };
  };

  beforeAll(async () => {
    await database.sql('create table visits (id text unique, user_id text, expires_at timestamptz)');
    await database.sql('create table auth_user (id text primary key, username text)');
  });

  it('that are none are of no session', async () => {
    await database.sql(`truncate visits; insert into visits values (null, 'ann', now() + interval '1 day'),
      (null, null, null), ('k', 'ann', now() + interval '1 day'), ('', 'ann', now() + interval '1 day')`);
    expect((await listed(REFERENCE)).map(({ id }) => id).toSorted()).toEqual([idOf('k'), idOf('')].toSorted());
    const all = await operate({ url: database.url, reference: REFERENCE }, SessionRevokeAll, ['--yes']);
    expect([all.exitCode, all.stdout]).toEqual([0, expect.stringContaining('2 sessions')]);
    expect(await listed(REFERENCE)).toEqual([]);
  });

  it('that look like a flag are named behind the flags', async () => {
    await database.sql(`truncate visits; insert into visits values ('-n', '--yes', null), ('--yes', '--yes', null)`);
    const shown = await operate(plain(), SessionShow, ['--', '-n']);
    expect(shown.stderr).toContain('tomo session revoke -- -n\n');
    await operate(plain(), SessionRevoke, ['--', '-n']);
    expect(await database.sql('select id from visits')).toEqual([{ id: '--yes' }]);
  });

  it('that would act on a terminal reach none', async () => {
    await database.sql(`truncate visits; insert into visits values (e'esc\\x1b[31m', 'ann', null), ('k', 'ann', null)`);
    const id = 'esc\u001b[31m';
    for (const [command, argv] of [
      [SessionList, []],
      [SessionShow, [id]],
      [UserShow, ['ann']],
      [SessionRevokeUser, ['ann', '--keep', id, '--dry-run']],
      [SessionRevoke, [id]],
    ] as const) {
      const { stdout, stderr } = await operate(plain(), command, [...argv], { tty: true });
      expect(stdout + stderr).toContain('esc');
      expect(stdout + stderr).not.toContain(id);
    }
  });
});

it('a description of other tables is of those, whatever it extends', async () => {
  const file = join(inject('scratch'), 'other-tables.json');
  const user = { table: 'persons', key: 'number', names: ['mail'] };
  const description = { extends: 'lucia', name: 'mine', title: 'mine', table: 'entries', user };
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 });
  await database.sql(`create table user_session (id text primary key, user_id text, expires_at timestamptz);
    create table entries (id text primary key, user_id integer, expires_at timestamptz);
    create table persons (number integer primary key, username text, mail text);
    insert into user_session values ('not this', '7', null); insert into entries values ('this', 7, null);
    insert into persons values (7, 'nor this', 'ann@example.org')`);
  expect((await listed(file)).map(({ id, username }) => [id, username])).toEqual([[idOf('this'), 'ann@example.org']]);
});

it.each(['extends', 'whole'])('a title that would act on a terminal is refused: %s', async (how) => {
  const file = join(inject('scratch'), `title-${how}.json`);
  const whole = {
    engines: ['postgres'],
    table: 'x',
    key: { column: 'id', secret: false },
    user: {},
    revoke: { set: null },
  };
  const description = { ...(how === 'whole' ? whole : { extends: 'lucia' }), name: 'mine', title: 'a\u001b[31mb' };
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 });
  const said = await operate({ url: database.url, reference: file }, SessionList, []);
  expect([said.exitCode, said.stderr]).toEqual([2, expect.stringContaining('title')]);
});
