import { beforeEach, expect, it } from 'vitest';
import SessionShow from '../../src/commands/session/show.ts';
import { TomoError } from '../../src/model/errors.ts';
import type { Standby } from '../../src/model/standby.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { bound, run } from '../support/run.ts';

const ID = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';

onBothEngines('session show --follow', (t) => {
  let ann: string;
  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann, { id: ID });
    await did('Before', 30);
  });

  const did = (name: string, secondsAgo: number, session = ID) =>
    t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind, name, status)
       values ($1, $2, now() - make_interval(secs => $3::int), 'page', $4, 200)`,
      [session, ann, secondsAgo, name],
    );

  /** Follows, with something happening after each look: the first one shows the session. */
  const follow = (
    steps: (() => Promise<unknown>)[],
    argv: string[] = [],
    standby: (looks: number) => Standby | null = () => null,
  ) => {
    let press = () => {};
    // before them it finds out whose sessions those are
    let looks = -1;
    const db = bound(t.db);
    const hooked: typeof db = {
      ...db,
      standby: () => standby(looks),
      transaction: async (options, work) => {
        const result = await db.transaction(options, work);
        const happens = steps[looks];
        looks += 1;
        if (happens) await happens();
        else if (looks > 0) press();
        return result;
      },
    };
    const interrupt = (callback: () => void) => {
      press = callback;
    };
    return run({ ...t, db: hooked }, SessionShow, ['3f2a', '--follow', '--interval', '1s', ...argv], {
      interrupt,
      // as on a server: looks at the embedded database are further apart
      env: { TOMO_DATABASE_URL: 'postgres://127.0.0.1/tomo' },
    });
  };

  const linesOf = (stdout: string) =>
    stdout.slice(stdout.indexOf('Latest activity')).split('\n').slice(3).filter(Boolean);

  it('shows what the session does, each thing once, until Ctrl-C', async () => {
    const { stdout, stderr, exitCode } = await follow([
      () => did('First', 0),
      // written late, by a server whose transaction took longer
      async () => {
        await did('Second', 0);
        await did('Late', 4);
        await did('Other', 0, '00000000-0000-4000-8000-000000000000');
      },
      async () => {},
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/Following, looking every 1 s\. Ctrl-C ends it\./);
    const lines = linesOf(stdout).map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'at'));
    expect(lines).toEqual(['at  page    200  First', 'at  page    200  Late', 'at  page    200  Second']);
  });

  it('goes on after a look that was stopped', async () => {
    const { stdout, stderr, exitCode } = await follow([
      async () => {},
      () => Promise.reject(new TomoError('DATABASE_BUSY', 'The standby stopped this query.')),
      () => did('Afterwards', 0),
      async () => {},
    ]);
    expect(stderr).toMatch(/Warning: trying again: The standby stopped this query\./);
    expect(stdout).toMatch(/Afterwards/);
    expect(exitCode).toBe(0);
  });

  it('says what the standby is, and again when it has fallen behind, but not each time', async () => {
    const steps = Array.from({ length: 5 }, () => async () => {});
    const { stderr } = await follow(steps, [], (looks) =>
      looks < 3 ? { behind: looks, caughtUp: true } : { behind: 60 + looks, caughtUp: false },
    );
    expect(stderr.match(/^.* is a standby.*?;/gm)).toEqual([
      expect.stringMatching(/^\S+ is a standby and shows all/),
      expect.stringMatching(/^Warning: \S+ is a standby;/),
    ]);
  });

  it('ends with the session, and says why', async () => {
    const { stderr, exitCode } = await follow([
      () =>
        t.sql(
          `update tomo.sessions set ended_at = now(), end_reason = 'revoked', ended_by = 'root@web-1' where id = $1`,
          [ID],
        ),
      async () => {},
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/The session has ended: revoked by root@web-1\.\n$/);
  });

  it('notices a revocation of everybody, and a deletion', async () => {
    const revoked = await follow([() => t.sql(`select tomo.revoke_all('{"osUser": "olga", "host": "box"}')`)]);
    expect(revoked.stderr).toMatch(/The session has ended: revoked by olga@box \(revocation 1\)\.\n$/);
    const deleted = await follow([() => t.sql('delete from tomo.sessions')]);
    expect(deleted.stderr).toMatch(/The session has been deleted\.\n$/);
  });

  it('follows one that had ended before all the same: a server may ignore that', async () => {
    await t.sql(`update tomo.sessions set ended_at = now(), end_reason = 'logout'`);
    const { stdout } = await follow([() => did('Ghost', 0)]);
    expect(linesOf(stdout)).toEqual([expect.stringMatching(/Ghost$/)]);
  });

  it('has no JSON, and needs a session', async () => {
    const json = await run(t, SessionShow, [ID, '--follow', '--json']);
    expect(json.exitCode).toBe(2);
    expect(json.json()).toMatchObject({
      error: { code: 'INVALID_INPUT', hint: expect.stringContaining('activity list') },
    });
    expect((await run(t, SessionShow, ['abcd', '--follow'])).exitCode).toBe(4);
  });
});
