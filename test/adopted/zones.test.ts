import { describe, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { Session } from '../../src/model/session.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { operate } from '../support/adopted/operate.ts';
import { useServer } from '../support/adopted/server.ts';
import { some } from '../support/extent.ts';

// connect-pg-simple keeps a time without a zone: what it means depends on the connection that has written it

describe.each(some('zones', ['America/New_York', 'Asia/Tokyo'], 1))('an application in %s', (zone) => {
  const server = useServer((database) => startExpress(database, { zone }));
  it('has its times told as they are', async () => {
    const remembered = await server.remember('bob', 30 * 86_400_000);
    const { sessions } = (await operate(server, SessionList, ['--json'])).json<{ sessions: Session[] }>();
    const bob = sessions.find(({ id }) => id === remembered.id);
    const [expires, active] = [Date.parse(bob?.expiresAt ?? ''), Date.parse(bob?.lastActivityAt ?? '')];
    expect(Math.abs(expires - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
    expect(Math.abs(active - Date.now())).toBeLessThan(60_000);
  });

  it.each(['by its id', 'by its user', 'with everybody'] as const)(
    'is obeyed without the zone, too: %s',
    async (how) => {
      const [login, other] = [await server.logIn('alice'), await server.logIn('bob')];
      const unnamed = { url: server.url, reference: 'connect-pg-simple' };
      const said = await {
        'by its id': () => operate(unnamed, SessionRevoke, [login.id]),
        'by its user': () => operate(unnamed, SessionRevokeUser, ['alice']),
        'with everybody': () => operate(unnamed, SessionRevokeAll, ['--yes', '--keep', other.id]),
      }[how]();
      expect(said).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('zone') });
      expect([await server.accepts(login), await server.accepts(other)]).toEqual([false, true]);
    },
  );
});
