import { describe, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import type { Session } from '../../src/model/session.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { operate } from '../support/adopted/operate.ts';
import { useServer } from '../support/adopted/server.ts';

// connect-pg-simple keeps a time without a zone: what it means depends on the connection that has written it

describe.each(['America/New_York', 'Asia/Tokyo'])('an application in %s', (zone) => {
  const server = useServer((database) => startExpress(database, { zone }));
  it('has its times told as they are', async () => {
    const remembered = await server.remember('bob', 30 * 86_400_000);
    const { sessions } = (await operate(server, SessionList, ['--json'])).json<{ sessions: Session[] }>();
    const bob = sessions.find(({ id }) => id === remembered.id);
    const [expires, active] = [Date.parse(bob?.expiresAt ?? ''), Date.parse(bob?.lastActivityAt ?? '')];
    expect(Math.abs(expires - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000);
    expect(Math.abs(active - Date.now())).toBeLessThan(60_000);
  });
});
