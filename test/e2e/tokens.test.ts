import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { shell, TerminalSession, tomo } from '../support/spawn.ts';
import { aToken, KEY } from '../support/tokens.ts';

onPostgres('tokens from one command to the next', (t) => {
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    await aUser(t, { username: 'bob' });
    env = { TOMO_DATABASE_URL: t.url, JWT_SECRET_KEY: KEY };
  });

  it('a script opens a session, acts as its user, and ends it', async () => {
    const script = `
      export TOMO_TOKEN=$(tomo session create bob --quiet) &&
      tomo session list --mine --columns user,method &&
      echo "$TOMO_TOKEN" | tomo token inspect - | head -1 &&
      tomo session list --mine --output ids | tomo session revoke - > /dev/null &&
      tomo session list --mine`;
    const { stdout, stderr, exitCode } = await shell(script, env);
    expect(stdout).toMatch(/^bob\tcli\nAccepted: the server would take it now, as bob \(session [0-9a-f]{8}\)\.\n$/);
    expect(stderr).toMatch(/TOMO_TOKEN is not accepted\. Its session was revoked\./);
    expect(exitCode).toBe(3);
    expect(await liveIds(t)).toEqual([]);
  });

  it('a token typed at a terminal: invited to, read up to Ctrl-D, and not printed', async () => {
    const ann = await aUser(t, { username: 'ann' });
    const token = await aToken(t, await aSession(t, ann));
    const terminal = new TerminalSession(['token', 'inspect', '-'], { env });
    await terminal.waitFor(/Paste it, then press Enter and Ctrl-D\./);
    await terminal.type(`${token}\r\u0004`);
    await terminal.waitFor(/Accepted: the server would take it now, as ann/);
    expect(await terminal.exit()).toBe(0);
  });

  it('a word that is no command is not repeated where it is a token', async () => {
    const token = await aToken(t, await aSession(t, await aUser(t)));
    for (const words of [['token', token], [token], ['token', 'inspct', token]]) {
      const { stdout, stderr, exitCode } = await tomo(words, { env });
      expect(exitCode).toBe(2);
      for (const part of token.split('.')) expect(stdout + stderr).not.toContain(part);
    }
  });
});
