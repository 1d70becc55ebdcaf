import { beforeEach, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('session list, bad input', (t) => {
  beforeEach(async () => {
    const alice = await aUser(t, { username: 'alice' });
    await aUser(t, { username: 'alicia' });
    await aUser(t, { username: 'bob' });
    for (let idle = 1; idle <= 3; idle += 1) await aSession(t, alice, { idle });
  });

  it.each([
    [['--user', 'alcie'], 'alcie', /Did you mean alice/],
    [['--user', 'alice', '--user', 'zzzzzz'], 'zzzzzz', /^/],
  ])('knows no such user: %j', async (argv, name, hint) => {
    const { stdout, stderr, exitCode } = await run(t, SessionList, argv);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
    expect(stderr).toMatch(`Error: There is no user "${name}"`);
    expect(stderr).toMatch(hint);
    const ran = await run(t, SessionList, [...argv, '--json']);
    expect({ stderr: ran.stderr, exitCode: ran.exitCode }).toEqual({ stderr: '', exitCode: 4 });
    expect(ran.json()).toMatchObject({ schemaVersion: 1, error: { code: 'NOT_FOUND' } });
  });

  it('refuses a cursor of another order and says to which it belongs', async () => {
    const page = await run(t, SessionList, ['--limit', '1', '--json']);
    const { nextCursor } = page.json<{ nextCursor: string }>();
    const { stderr, exitCode } = await run(t, SessionList, ['--after', nextCursor, '--sort', 'login']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--after: .*order "activity", not of "login"/);
  });

  it('offers no name that is nothing like what was typed', async () => {
    const { stderr } = await run(t, SessionList, ['--user', 'xyzzy']);
    expect(stderr).not.toContain('Did you mean');
  });

  it('offers a name whatever its case', async () => {
    const { stderr, exitCode } = await run(t, SessionList, ['--user', 'ALICF']);
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/Did you mean alice or alicia\?|Did you mean alice\?/);
  });

  it('names each wrong flag only once', async () => {
    const { stderr } = await run(t, SessionList, ['--since', 'tomorow']);
    expect(stderr.match(/--since/g)).toHaveLength(1);
  });
});
