import { describe, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { Session } from '../../src/model/session.ts';
import { AUTHJS_PRISMA } from '../support/adopted/authjs-prisma.ts';
import { operate } from '../support/adopted/operate.ts';
import { useServer } from '../support/adopted/server.ts';
import { SPRING } from '../support/adopted/spring.ts';
import { startTables } from '../support/adopted/tables.ts';

describe('users whose names do not tell them apart', () => {
  const server = useServer((database) => startTables(database, AUTHJS_PRISMA));
  it('are refused, and found by their ids', async () => {
    const [alice, twin, bob] = [await server.logIn('alice'), await server.logIn('twin'), await server.logIn('bob')];
    await server.sql('drop index "User_email_key"');
    await server.sql(`update "User" set email = 'alice@example.org' where id = 'ctwin'`);
    const ambiguous = await operate(server, SessionRevokeUser, ['alice@example.org']);
    expect(ambiguous.exitCode).toBe(2);
    expect(ambiguous.stderr).toMatch(/calice[\s\S]*ctwin|ctwin[\s\S]*calice/);
    for (const login of [alice, twin, bob]) expect(await server.accepts(login)).toBe(true);
    expect((await operate(server, SessionRevokeUser, ['ctwin'])).exitCode).toBe(0);
    expect(await server.accepts(twin)).toBe(false);
    for (const login of [alice, bob]) expect(await server.accepts(login)).toBe(true);
  });
});

describe('names that differ by case', () => {
  const server = useServer((database) => startTables(database, SPRING));

  it('are two users', async () => {
    const [small, capital] = [await server.logIn('bob'), await server.logIn('Bob')];
    const { sessions } = (await operate(server, SessionList, ['--json', '--user', 'bob'])).json<{
      sessions: Session[];
    }>();
    expect(sessions.map(({ id }) => id)).toEqual([small.id]);
    const unknown = await operate(server, SessionRevokeUser, ['BOB']);
    expect(unknown.exitCode).toBe(4);
    expect((await operate(server, SessionRevokeUser, ['Bob'])).exitCode).toBe(0);
    expect(await server.accepts(small)).toBe(true);
    expect(await server.accepts(capital)).toBe(false);
  });
});

describe('users without a name', () => {
  const server = useServer((database) => startTables(database, AUTHJS_PRISMA));

  it('are called by their ids', async () => {
    const login = await server.logIn('alice');
    await server.sql(`update "User" set email = '', name = null`);
    const listed = await operate(server, SessionList);
    expect(listed.exitCode).toBe(0);
    expect((await operate(server, SessionRevokeUser, ['calice'])).exitCode).toBe(0);
    expect(await server.accepts(login)).toBe(false);
  });
});
