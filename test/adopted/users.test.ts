import { describe, expect, it } from 'vitest';
import UserList from '../../src/commands/user/list.ts';
import UserShow from '../../src/commands/user/show.ts';
import type { User } from '../../src/model/user.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, empty, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';

async function users(server: AdoptedServer, ...argv: string[]): Promise<User[]> {
  const ran = await operate(server, UserList, [...argv, '--json']);
  expect(ran.exitCode, ran.stdout).toBe(0);
  return ran.json<{ users: User[] }>().users;
}

const counts = (list: readonly User[]) => Object.fromEntries(list.map((u) => [u.username, u.liveSessions]));

describe.each(SOME_SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('has users with as many live sessions as they have, page by page, and each of them by name', async () => {
    await empty(server);
    const alice = await server.logIn('alice');
    await server.logIn('alice');
    const late = await server.logIn('alice');
    await server.expire(late);
    const bob = await server.logIn('bob');
    await server.visit?.();
    const [a = '', b = ''] = [alice.user, bob.user].map(String);
    expect(counts(await users(server, '--with-sessions'))).toEqual({ [a]: 2, [b]: 1 });
    expect((await users(server, '--sort', 'sessions')).slice(0, 2).map((u) => u.username)).toEqual([a, b]);
    expect(counts(await users(server, 'BOB', '--limit', '5'))).toEqual({ [b]: 1 });
    const count = await operate(server, UserList, ['--with-sessions', '--count']);
    expect(count.stdout).toBe('2\n');

    const first = await operate(server, UserList, ['--sort', 'sessions', '--limit', '1', '--json']);
    const { nextCursor, ...page } = first.json<{ users: User[]; nextCursor: string }>();
    expect(page.users.map((u) => u.username)).toEqual([a]);
    const second = await users(server, '--sort', 'sessions', '--limit', '1', '--after', nextCursor);
    expect(second.map((u) => u.username)).toEqual([b]);

    const [user] = await users(server, 'alice', '--limit', '1');
    expect(user).toMatchObject({ role: null, sessionLimit: null, overLimit: null, createdAt: null });
    expect(user?.unknownFields).toContain('role');
    const knows = server.keeps.some((field) => field === 'createdAt' || field === 'lastActivityAt');
    expect(user?.unknownFields?.includes('lastSeenAt')).toBe(!knows);
    const seen = await operate(server, UserList, ['--sort', 'seen', '--json']);
    expect(seen.exitCode, seen.stdout).toBe(knows ? 0 : 2);

    const shown = await operate(server, UserShow, [a, '--json']);
    const details = shown.json<{ user: User; sessions: { id: string }[]; logins: unknown[] }>();
    expect(details).toMatchObject({ user: { username: a, liveSessions: 2 }, devices: [], alerts: [], places: [] });
    expect(details.sessions.map(({ id }) => id)).toContain(alice.id);
    expect(details.sessions).toHaveLength(2);
    const byId = await operate(server, UserShow, [details.user.id, '--json']);
    expect(byId.json<{ user: User }>().user).toEqual(details.user);
    const drawn = await operate(server, UserShow, [a], { tty: true, columns: 120 });
    expect(drawn.stdout).toContain('2 live sessions');
    expect(drawn.stdout).not.toMatch(/^(Role|Limit)/m);
  });

  it.each([
    [['--role', 'admin'], 'role'],
    [['--over-limit'], 'how many sessions'],
  ])('refuses %s, which it does not know', async (flags, reason) => {
    const ran = await operate(server, UserList, flags);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(reason) });
  });
});

describe('names', () => {
  const server = useServer((database) => startTables(database, LARAVEL));
  const byName = { ...server, reference: 'laravel:lifetime=120m,user-name=name' };

  it('that two users share are two rows, ambiguous to show, and told apart by id', async () => {
    await empty(server);
    await server.logIn('alice');
    await server.logIn('bob');
    await server.sql(`update users set name = 'Sam'`);
    const here = { ...server, reference: byName.reference };
    const both = await users(here);
    expect(both.map((u) => u.username)).toEqual(['Sam', 'Sam']);
    const pages = [];
    let after: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      const ran = await operate(here, UserList, ['--limit', '1', '--json', ...after]);
      const page = ran.json<{ users: User[]; nextCursor: string | null }>();
      pages.push(...page.users);
      after = ['--after', page.nextCursor ?? ''];
    }
    expect(pages.map((u) => u.id)).toEqual(both.map((u) => u.id));
    const ran = await operate(here, UserShow, ['Sam']);
    expect(ran).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(both.map((u) => `id:${u.id} (Sam)`).join(', ')),
    });
    const [one] = both;
    const shown = await operate(here, UserShow, [one?.id ?? '', '--json']);
    expect(shown.json()).toMatchObject({ user: { id: one?.id, liveSessions: 1 }, sessions: [{ userId: one?.id }] });
    const hint = await operate(here, UserShow, [one?.id ?? ''], { tty: true });
    expect(hint.stderr).toContain(`tomo session revoke-user ${one?.id}`);
  });

  it('that are hostile reach no terminal', async () => {
    await empty(server);
    await server.logIn('eve', { agent: 'evil\u001b]0;owned\u0007 \u202egnp.exe' });
    await server.sql(`update users set name = E'e\\x1b[2Jve', email = E'\\x1b]52;c;x\\x07' || id`);
    for (const command of [UserList, UserShow]) {
      const [user] = await users(server);
      const ran = await operate(server, command, command === UserShow ? [user?.id ?? ''] : [], { tty: true });
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout + ran.stderr).not.toMatch(/\u001b\]|\u001b\[2J|\u0007|\u202e/);
    }
  });

  it('may be missing: the id stands for it', async () => {
    await empty(server);
    await server.logIn('alice');
    await server.sql(`alter table users alter name drop not null; update users set name = null`);
    const [user] = await users({ ...server, reference: byName.reference }, '--with-sessions');
    expect(user).toMatchObject({ username: user?.id, liveSessions: 1 });
  });
});

describe('a table of users that is elsewhere', () => {
  const server = useServer(startExpress);

  it('is named with its key and name; without one, the users are those who have sessions', async () => {
    await empty(server);
    const login = await server.logIn('alice');
    const [row] = await users(server, '--with-sessions');
    await server.sql('create table people (nr text primary key, nick text)');
    await server.sql(`insert into people values ($1, 'Ally'), ('nobody', 'Nobody')`, [row?.id]);
    const reference = `${server.reference},users=people,user-key=nr,user-name=nick`;
    expect(login.user).toBe(row?.username);
    expect(counts(await users({ ...server, reference }))).toEqual({ Ally: 1, Nobody: 0 });
    const missing = await operate({ ...server, reference: `${server.reference},users=persons` }, UserList, []);
    expect(missing).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no table persons') });
  });
});
