import { describe, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { Session } from '../../src/model/session.ts';
import { PYTHON, startDjango } from '../support/adopted/django.ts';
import { GRAFANA } from '../support/adopted/grafana.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, useServer } from '../support/adopted/server.ts';
import { SUPABASE } from '../support/adopted/supabase.ts';
import { startTables } from '../support/adopted/tables.ts';

// What a revocation means on one server and on no other.

const list = async (server: AdoptedServer, ...argv: string[]) =>
  (await operate(server, SessionList, ['--json', ...argv])).json<{ sessions: Session[] }>().sessions;

describe('Laravel', () => {
  const server = useServer((database) => startTables(database, LARAVEL));
  const remembered = async () =>
    (await server.sql('select email from users where remember_token is not null order by 1')).map(({ email }) => email);

  it('does not remember whoever is revoked: a cookie would log him in again', async () => {
    const alice = await server.logIn('alice');
    await server.logIn('bob');
    expect(await remembered()).toEqual(['alice@example.org', 'bob@example.org']);
    expect((await operate(server, SessionRevokeUser, [alice.user ?? ''])).exitCode).toBe(0);
    expect(await remembered()).toEqual(['bob@example.org']);
    expect((await operate(server, SessionRevokeAll, ['--yes'])).exitCode).toBe(0);
    expect(await remembered()).toEqual([]);
  });
});

describe('Supabase Auth', () => {
  const server = useServer((database) => startTables(database, SUPABASE));

  it('loses the refresh tokens with the session', async () => {
    const login = await server.logIn('alice');
    expect((await operate(server, SessionRevoke, [login.id])).exitCode).toBe(0);
    expect(await server.sql('select from auth.refresh_tokens')).toEqual([]);
  });
});

describe.each([
  ['Ory Kratos', KRATOS, 'ended'],
  ['Grafana', GRAFANA, 'revoked'],
])('%s', (_, tables, state) => {
  const server = useServer((database) => startTables(database, tables));

  it('keeps what is revoked, and shows it as what that table can tell', async () => {
    const [alice, bob] = [await server.logIn('alice'), await server.logIn('bob')];
    expect((await operate(server, SessionRevoke, [alice.id])).exitCode).toBe(0);
    expect(await server.accepts(alice)).toBe(false);
    const all = await list(server, '--state', 'all');
    expect(new Map(all.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [alice.id, state],
        [bob.id, 'active'],
      ]),
    );
  });
});

describe.runIf(PYTHON)('Django with another serialiser', () => {
  const server = useServer((database) =>
    startDjango(database, { SESSION_SERIALIZER: 'django.contrib.sessions.serializers.PickleSerializer' }),
  );

  it('has sessions of users that cannot be told, which are listed and revoked all the same', async () => {
    const [alice, bob] = [await server.logIn('alice'), await server.logIn('bob')];
    const sessions = await list(server);
    expect(sessions.map(({ id }) => id).sort()).toEqual([alice.id, bob.id].sort());
    expect(sessions.map(({ username }) => username)).toEqual([null, null]);
    expect((await operate(server, SessionRevoke, [alice.id])).exitCode).toBe(0);
    expect(await server.accepts(alice)).toBe(false);
    expect(await server.accepts(bob)).toBe(true);
  });
});
