import { describe, expect, it } from 'vitest';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { type ExpressOptions, startExpress } from '../support/adopted/connect-pg-simple.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, type Login, rowsOf, useServer } from '../support/adopted/server.ts';
import { some } from '../support/extent.ts';
import { PATIENCE } from '../support/patience.ts';

// express-session writes a session back when a request ends that has read it before it was deleted

const KINDS: [options: ExpressOptions, changed: boolean][] = [
  [{ resave: true }, false],
  [{ resave: false }, true],
];
describe.each(some('writes back', KINDS, 1))(
  'a request in flight during a revocation (%j, it changes the session: %s)',
  (options, changed) => {
    const server = useServer((database) => startExpress(database, options));

    it.each([
      ['revoke', SessionRevoke, (login: Login) => login.id],
      ['revoke-user', SessionRevokeUser, (login: Login) => login.user ?? ''],
    ])('%s reports that it has come back and has been revoked again, and it stays out', async (_, command, what) => {
      const [login, other] = [await server.logIn('alice'), await server.logIn('bob')];
      const request = await server.hold(login, changed);
      const running = operate(server, command, [what(login), '--json']);
      // the command looks again after this; a failure of its own ends the wait
      await Promise.race([expect.poll(() => has(server, login), PATIENCE).toBe(false), running]);
      await request.end();
      const ran = await running;
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout).toMatch(/"cameBack": ?1/);
      expect(await server.accepts(login)).toBe(false);
      expect(await server.accepts(other)).toBe(true);
    });
  },
);

async function has(server: AdoptedServer, { key }: Login): Promise<boolean> {
  return (await rowsOf(server)).some((row) => (row as { sid: string }).sid === key);
}
