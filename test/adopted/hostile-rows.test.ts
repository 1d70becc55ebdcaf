import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import UserShow from '../../src/commands/user/show.ts';
import type { Session } from '../../src/model/session.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { operate } from '../support/adopted/operate.ts';
import { some } from '../support/extent.ts';

/**
 * What visitors and users can write into the tables of a server themselves, and the ends of the ranges of their types.
 */
let database: EmptyDatabase;
beforeAll(async () => {
  database = await emptyDatabase();
});
afterAll(() => database.drop());

const idOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 32);

async function listed(reference: string, ...argv: string[]): Promise<Session[]> {
  const { json } = await operate({ url: database.url, reference }, SessionList, ['--json', ...argv]);
  return json<{ sessions: Session[] }>().sessions;
}

describe('the JSON of a session', () => {
  const REFERENCE = 'connect-pg-simple:zone=UTC,users=people';

  const HOSTILE: [what: string, sess: string, user: string | null][] = [
    ['a character that text cannot hold', '{"cookie":{},"flash":"a\\u0000b","passport":{"user":9}}', '9'],
    ['half a character', '{"cookie":{},"flash":"\\ud800","passport":{"user":9}}', '9'],
    ['such a character as the user', '{"cookie":{},"passport":{"user":"\\u0000"}}', '\ufffd'],
    ['a number beyond all', '{"cookie":{"originalMaxAge":1e999},"passport":{"user":9}}', '9'],
    ['a time that is none', '{"cookie":{"originalMaxAge":"abc"},"passport":{"user":9}}', '9'],
    ['no object', '[1]', null],
  ];
  it.each(some('hostile JSON', HOSTILE, 2))('with %s is the session of whoever can be read', async (_, sess, user) => {
    await database.sql('drop table if exists session, people');
    await database.sql(
      'create table session (sid varchar primary key, sess json not null, expire timestamp(6) not null)',
    );
    await database.sql('create table people (id integer primary key, username text)');
    await database.sql("insert into session values ('k', $1, now() at time zone 'UTC' + interval '1 day')", [sess]);
    const sessions = await listed(REFERENCE);
    expect(sessions.map(({ id, userId }) => [id, userId])).toEqual([[idOf('k'), user]]);
    await operate({ url: database.url, reference: REFERENCE }, SessionRevoke, [idOf('k')]);
    expect(await database.sql('select from session')).toEqual([]);
  });
});

describe('users and addresses of Laravel', () => {
  const REFERENCE = 'laravel:lifetime=2h';
  const operation = {
    get url() {
      return database.url;
    },
    reference: REFERENCE,
  };

  beforeAll(async () => {
    await database.sql('create table users (id bigint primary key, email text, remember_token text)');
    await database.sql(`create table sessions (id varchar(255) primary key, user_id bigint, ip_address varchar(45),
      user_agent text, payload text not null, last_activity integer not null)`);
  });

  async function fill(
    rows: [key: string, user: string | null, ip: string][],
    users: [id: string, email: string | null][],
  ) {
    await database.sql('truncate users, sessions');
    for (const [id, email] of users) await database.sql("insert into users values ($1, $2, 't')", [id, email]);
    for (const [key, user, ip] of rows)
      await database.sql(`insert into sessions values ($1, $2, $3, 'x', 'p', extract(epoch from now())::int)`, [
        key,
        user,
        ip,
      ]);
  }

  it('with ids as large as their type allows are found and thrown out', async () => {
    await fill([['k', '9223372036854775807', '192.0.2.1']], [['9223372036854775807', 'snow@example.org']]);
    expect((await listed(REFERENCE, '--user', 'snow@example.org')).map(({ username }) => username)).toEqual([
      'snow@example.org',
    ]);
    await operate(operation, SessionRevokeUser, ['snow@example.org']);
    expect(await database.sql('select from sessions')).toEqual([]);
  });

  it('who are gone are named by their ids', async () => {
    await fill([['k', '77', '192.0.2.1']], []);
    expect((await listed(REFERENCE, '--user', '77')).map(({ username }) => username)).toEqual(['77']);
    const shown = await operate(operation, UserShow, ['77', '--json']);
    expect(shown.json()).toMatchObject({ user: { id: '77', username: '77', active: null, liveSessions: 1 } });
  });

  it('one called like the id of another are told apart before anything is done', async () => {
    await fill(
      [
        ['k', '2', '192.0.2.1'],
        ['l', '3', '192.0.2.1'],
      ],
      [
        ['2', null],
        ['3', '2'],
      ],
    );
    const refused = await operate(operation, SessionRevokeUser, ['2']);
    expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('id:3')]);
    await operate(operation, SessionRevokeUser, ['id:2']);
    expect(await database.sql('select id from sessions')).toEqual([{ id: 'l' }]);
  });

  it.each([
    ['10.0.0.0/8', ['10.1.2.3', '::ffff:10.0.0.1']],
    ['10.0.0.1', ['::ffff:10.0.0.1']],
    ['2001:db8::/32', ['2001:db8::7']],
  ])('from %s are those, whatever clients have written there', async (network, found) => {
    const all = [
      '10.1.2.3',
      '::ffff:10.0.0.1',
      '2001:db8::7',
      '1.2.3.4/99',
      '9.9.9.9, 10.0.0.7',
      ':::',
      'unknown',
      '999.1.1.1',
      '',
    ];
    await fill(
      all.map((ip) => [ip, null, ip]),
      [],
    );
    expect((await listed(REFERENCE, '--ip', network)).map(({ ip }) => ip).sort()).toEqual([...found].sort());
    for (const ip of all) expect(await listed(REFERENCE, '--related-to', idOf(ip))).not.toEqual([]);
  });
});

it.each(['+02:00', 'CET', 'EST', 'Mars/Olympus', ''])('"%s" is no zone', async (zone) => {
  const said = await operate({ url: database.url, reference: `connect-pg-simple:zone=${zone}` }, SessionList, []);
  expect(said.exitCode).toBe(2);
});

it('is listed page by page as a whole, whatever stands in the column that it is in order of', async () => {
  await database.sql(`create schema auth; create table auth.users (id uuid primary key, email text);
    create table auth.sessions (id uuid primary key default gen_random_uuid(), user_id uuid, created_at timestamptz,
      updated_at timestamptz, refreshed_at timestamp, not_after timestamptz, ip inet, user_agent text)`);
  await database.sql(`insert into auth.sessions (created_at, updated_at, refreshed_at)
    select a::timestamptz, b::timestamptz, b::timestamp from unnest(array[null, '-infinity', 'infinity', '2026-01-01', '2026-01-02 03:04:05.678901']) a,
      unnest(array[null, '-infinity', 'infinity', '2026-01-01', '2026-01-02 03:04:05.678901']) b, generate_series(1, 2)`);
  for (const sort of ['activity', 'idle', 'login']) {
    const whole = (await listed('supabase', '--sort', sort)).map(({ id }) => id);
    expect(whole).toHaveLength(50);
    const paged: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const argv = ['--json', '--sort', sort, '--limit', '3', ...(after ? ['--after', after] : [])];
      const said = await operate({ url: database.url, reference: 'supabase' }, SessionList, argv);
      const page = said.json<{ sessions: Session[]; nextCursor: string | null }>();
      paged.push(...page.sessions.map(({ id }) => id));
      after = page.nextCursor;
    }
    expect(paged, sort).toEqual(whole);
  }
});

it('says nothing of a user but what is a name or a number', async () => {
  await database.sql('drop table if exists session');
  await database.sql(
    'create table session (sid varchar primary key, sess json not null, expire timestamp(6) not null)',
  );
  await database.sql(
    `insert into session values ('k', '{"cookie":{},"passport":{"user":{"id":7,"hash":"SECRET"}}}', now() at time zone 'UTC' + interval '1 day')`,
  );
  const said = await operate({ url: database.url, reference: 'connect-pg-simple:zone=UTC' }, SessionList, ['--json']);
  expect(said.stdout + said.stderr).not.toContain('SECRET');
  const [session] = await listed('connect-pg-simple:zone=UTC,user=passport.user.id');
  expect(session?.userId).toBe('7');
});

it('no slip of a few letters is an id', async () => {
  const [session] = await listed('supabase', '--limit', '1');
  const said = await operate({ url: database.url, reference: 'supabase' }, SessionRevoke, [
    session?.id.slice(0, 3) ?? '',
  ]);
  expect(said.exitCode).toBe(4);
  expect(await listed('supabase')).toHaveLength(50);
});

it('no address and no browser are one thing, however they are kept', async () => {
  await database.sql(`truncate sessions; insert into sessions select n, null, a, a, 'p', extract(epoch from now())::int
    from (values ('1', null), ('2', '')) v(n, a)`);
  const [first, second] = await listed('laravel:lifetime=2h');
  expect({ ...first, id: null }).toEqual({ ...second, id: null });
  const stats = await operate({ url: database.url, reference: 'laravel:lifetime=2h' }, SessionStats, ['--json']);
  expect(stats.json()).toMatchObject({
    byAddress: { top: [{ name: null, sessions: 2 }] },
    byNetwork: { top: [{ name: null, sessions: 2 }] },
    byDevice: { top: [{ name: null, sessions: 2 }] },
  });
});

it('a description that shows a secret is refused', async () => {
  const file = join(inject('scratch'), 'shows-tokens.json');
  const description = { extends: 'laravel', name: 'mine', title: 'mine', agent: { column: 'payload' } };
  writeFileSync(file, JSON.stringify(description), { mode: 0o600 });
  const said = await operate({ url: database.url, reference: `${file}:lifetime=2h` }, SessionList, []);
  expect([said.exitCode, said.stderr]).toEqual([2, expect.stringContaining('payload is a secret')]);
});
