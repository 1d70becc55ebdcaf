import { beforeEach, expect, it } from 'vitest';
import RevocationShow from '../../src/commands/revocation/show.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const CTRL_C = '\u0003';

onPostgres('session revoke, by filter', (t) => {
  let before: string[];
  let ofAlice: string[];

  beforeEach(async () => {
    const alice = await aUser(t, { username: 'alice' });
    const bob = await aUser(t, { username: 'bob' });
    ofAlice = [];
    for (let idle = 1; idle <= 6; idle += 1)
      ofAlice.push(await aSession(t, alice, { idle, ip: '203.0.113.7', browser: 'Firefox', os: 'Linux' }));
    await aSession(t, bob, { idle: 7, ip: '203.0.113.8' });
    await aSession(t, bob, { idle: 8, ip: '198.51.100.1', method: 'token' });
    before = await liveIds(t);
  });

  const notOf = (ids: string[]) => before.filter((id) => !ids.includes(id));

  it('revokes what the filter selects with --yes, and nothing else', async () => {
    const { stdout, exitCode } = await run(t, SessionRevoke, ['--user', 'alice', '--yes']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Revoked 6 sessions \(revocation 1\)\.$/m);
    expect(await liveIds(t)).toEqual(notOf(ofAlice));
  });

  it('keeps the filter in revocation and audit', async () => {
    await run(t, SessionRevoke, ['--ip', '203.0.113.0/24', '--user', 'Bob', '--reason', 'test', '--yes']);
    const [{ filter } = { filter: {} }] = await t.sql<{ filter: Record<string, unknown> }>(
      'select filter from tomo.revocations',
    );
    expect(filter).toMatchObject({ ips: ['203.0.113.0/24'], users: ['Bob'] });
    const [audit] = await t.sql<{ detail: Record<string, unknown> }>('select detail from tomo.audit_log');
    expect(audit?.detail).toMatchObject({ filter, count: 1 });
  });

  it.each([[[]], [['--json']], [['--quiet']]])(
    'refuses without a terminal and without --yes: exit 6, nothing changed (%j)',
    async (more) => {
      const ran = await run(t, SessionRevoke, ['--user', 'alice', ...more]);
      expect(ran.exitCode).toBe(6);
      const said = ran.stdout + ran.stderr;
      expect(said).toMatch(/Refused.*Nothing was changed/);
      expect(said).toMatch(/--dry-run.*--yes/);
      if (more[0] === '--json') expect(ran.json<{ error: { code: string } }>().error.code).toBe('NOT_CONFIRMED');
      expect(await liveIds(t)).toEqual(before);
      expect(await t.sql('select id from tomo.revocations')).toEqual([]);
    },
  );

  it('asks on a terminal with counts, users and the first rows, and revokes at y', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, ['--ip', '203.0.113.0/24'], {
      tty: true,
      answers: [[/Revoke 7 sessions of 2 users\?/, 'y\r']],
    });
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/7 live sessions of 2 users/);
    expect(stderr).toMatch(/^ID +USER +DEVICE/m);
    expect(stderr.match(/ alice +Firefox on Linux +203\.0\.113\.7 /g)).toHaveLength(5);
    expect(stderr).toMatch(/… and 2 more/);
    expect(stderr.indexOf('7 live sessions')).toBeLessThan(stderr.indexOf('Revoke 7 sessions'));
    expect(stdout).toBe('Revoked 7 sessions (revocation 1).\n');
    expect(await liveIds(t)).toHaveLength(1);
  });

  it.each([
    ['Enter alone', '\r'],
    ['n', 'n\r'],
  ])('changes nothing at %s: the default is No', async (_, keys) => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, ['--user', 'alice'], {
      tty: true,
      answers: [[/Revoke 6 sessions of \w+\?.*y\/N/, keys]],
    });
    expect(exitCode).toBe(6);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/Not confirmed\. Nothing was changed\./);
    expect(await liveIds(t)).toEqual(before);
  });

  it('asks again at an answer that is neither yes nor no', async () => {
    const { exitCode } = await run(t, SessionRevoke, ['--user', 'alice'], {
      tty: true,
      answers: [
        [/Revoke 6 sessions/, 'sure\r'],
        [/must answer/, CTRL_C],
      ],
    });
    expect(exitCode).toBe(130);
    expect(await liveIds(t)).toEqual(before);
  });

  it('changes nothing when the question is answered with Ctrl-C: exit 130', async () => {
    const { stderr, exitCode } = await run(t, SessionRevoke, ['--user', 'alice'], {
      tty: true,
      answers: [[/Revoke 6 sessions/, CTRL_C]],
    });
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/Interrupted\. Nothing was changed\./);
    expect(await liveIds(t)).toEqual(before);
  });

  it('asks nothing on a terminal with --yes', async () => {
    const { stderr, exitCode } = await run(t, SessionRevoke, ['--method', 'token', '-y'], { tty: true });
    expect(exitCode).toBe(0);
    expect(stderr).not.toMatch(/\?[ )]/);
    expect(await liveIds(t)).toHaveLength(before.length - 1);
  });

  it('changes nothing with --dry-run and shows what it would take', async () => {
    const { stdout, exitCode } = await run(t, SessionRevoke, ['--user', 'alice', '--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/6 live sessions of 1 user/);
    expect(await liveIds(t)).toEqual(before);
    expect(await t.sql('select id from tomo.revocations union all select id from tomo.audit_log')).toEqual([]);
    const json = (await run(t, SessionRevoke, ['--user', 'alice', '--dry-run', '--json'])).json();
    expect(json).toMatchObject({ schemaVersion: 1, dryRun: true, sessions: 6, users: 1 });
  });

  it('refuses with exit 6 when the number differs from --expect', async () => {
    const { stderr, exitCode } = await run(t, SessionRevoke, ['--user', 'alice', '--expect', '5', '--yes']);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/expected 5 sessions and found 6.*Nothing was changed/);
    expect(await liveIds(t)).toEqual(before);
    expect(
      await t.sql('select id from tomo.revocations union all select revocation_id from tomo.revocation_targets'),
    ).toEqual([]);
    expect((await run(t, SessionRevoke, ['--user', 'alice', '--expect', '6', '--yes'])).exitCode).toBe(0);
  });

  it('keeps what it is told to, says so in the question, and does not count it', async () => {
    const [kept = '', other = ''] = ofAlice;
    const argv = ['--ip', '203.0.113.0/24', '--keep', kept.slice(0, 13), '--keep', other, '--expect', '5'];
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, argv, {
      tty: true,
      answers: [[/Revoke 5 sessions of 2 users, but keep 2\?/, 'y\r']],
    });
    expect(exitCode, stderr).toBe(0);
    for (const id of [kept, other])
      expect(stderr).toContain(`Kept: ${id.slice(0, 8)} (alice, Firefox on Linux, 203.0.113.7)`);
    expect(stdout).toBe('Revoked 5 sessions (revocation 1).\n');
    expect(await liveIds(t)).toHaveLength(3);
    expect(await liveIds(t)).toEqual(expect.arrayContaining([kept, other]));
    expect(
      (await run(t, SessionRevoke, ['--user', 'alice', '--keep', kept, '--dry-run', '--json'])).json(),
    ).toMatchObject({ sessions: 1, kept: [{ id: kept }] });
    const shown = (await run(t, RevocationShow, ['1'])).stdout;
    expect(shown).toContain(`--ip 203.0.113.0/24 --keep ${kept.slice(0, 8)} --keep ${other.slice(0, 8)}`);
  });

  it.each([
    ['one that is not live', 6, /to keep is logged[- ]out, so nothing was revoked/],
    ['one of a user who is not named', 6, /belongs to bob, who is not named here/],
    ['one that is not there', 4, /no session/],
    ['nothing, without a filter', 2, /Give a filter/],
  ])('refuses to keep %s, and changes nothing', async (what, exit, said) => {
    const [dead = '', bobs = ''] = [ofAlice[0], before.find((id) => !ofAlice.includes(id))];
    if (exit === 6)
      await t.sql(`update tomo.sessions set ended_at = now(), end_reason = 'logout' where id = $1`, [dead]);
    const keep = what.includes('live') ? dead : what.includes('user') ? bobs : '12345678';
    const left = await liveIds(t);
    const filter = exit === 2 ? [] : ['--user', 'alice'];
    const { stderr, exitCode } = await run(t, SessionRevoke, [...filter, '--keep', keep, '--yes']);
    expect(stderr).toMatch(said);
    expect(exitCode).toBe(exit);
    expect(await liveIds(t)).toEqual(left);
  });

  it('has nothing to do when nothing matches: exit 0, no question, no revocation', async () => {
    for (const tty of [true, false]) {
      const { stdout, exitCode } = await run(t, SessionRevoke, ['--country', 'KP', ...(tty ? [] : ['--yes'])], { tty });
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/Nothing to revoke/);
    }
    expect(await t.sql('select id from tomo.revocations union all select id from tomo.audit_log')).toEqual([]);
    expect((await run(t, SessionRevoke, ['--country', 'KP', '--expect', '1', '--yes'])).exitCode).toBe(6);
  });

  it('refuses an unknown user, and changes nothing', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, ['--user', 'alise', '--yes']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 });
    expect(stderr).toMatch(/no user "alise"[\s\S]*Did you mean alice/);
    expect(await liveIds(t)).toEqual(before);
  });

  it('takes a full screen to choose from, and asks about what is marked before it revokes that', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, [], {
      tty: true,
      answers: [
        [/ID +USER/, '/ip:198.51.100.1\r'],
        [/\[4;1H.{4}> [^\u001b]*198\.51\.100\.1/, ' '],
        [/1 marked/, '/\u001b'],
        [/\[4;1H.{4}> [^\u001b]*alice/, ' '],
        [/2 marked/, '\r'],
        [/2 live sessions[\s\S]*198\.51\.100\.1[\s\S]*Revoke 2 sessions of 2 users\?/, 'y\r'],
      ],
    });
    expect(stderr).not.toContain('Error');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ revoked \(bob, unknown, 198\.51\.100\.1\)/);
    expect(stdout).toMatch(/ revoked \(alice, /);
    expect(await liveIds(t)).toHaveLength(before.length - 2);
  });

  it.each([
    ['a no', ' \r', 'n\r', 6],
    ['Enter on none and then Ctrl-C', '\r', CTRL_C, 130],
  ])('takes nothing at %s', async (_, keys, then, exit) => {
    const { stderr, exitCode } = await run(t, SessionRevoke, [], {
      tty: true,
      answers: [
        [/ID +USER/, keys],
        [/Nothing is marked|Revoke 1 session of/, then],
      ],
    });
    expect(exitCode).toBe(exit);
    expect(stderr).toMatch(/Nothing was changed\./);
    expect(await liveIds(t)).toEqual(before);
  });

  it('says with --compromised which others match that an undo could bring back, and the command bars them', async () => {
    await t.sql('select tomo.revoke_all()');
    const argv = ['--user', 'alice', '--compromised', '--yes'];
    const { stdout, stderr, exitCode } = await run(t, SessionRevoke, [...argv, '--quiet']);
    expect({ stdout, exitCode }).toEqual({ stdout: 'Nothing to revoke: no live sessions match.\n', exitCode: 0 });
    const [, list = ''] =
      /^Warning: 6 sessions that match are out already, by a revocation that can be undone\. To bar them for good: tomo session list (.*) \| tomo session revoke - --compromised --yes$/m.exec(
        stderr,
      ) ?? [];
    const ids = (await run(t, SessionList, list.split(' '))).stdout;
    expect(
      (await run(t, SessionRevoke, ['-', '--compromised', '--yes', '--expect', '6'], { stdin: ids })).exitCode,
    ).toBe(0);
    expect((await run(t, SessionRevoke, argv)).stderr).toBe('');
    await t.sql('select tomo.restore(1)');
    expect(await liveIds(t)).toEqual(notOf(ofAlice));
  });

  it('says so when there is nothing to choose from', async () => {
    await run(t, SessionRevoke, ['--ip', '0.0.0.0/0', '--yes']);
    const { stderr, exitCode } = await run(t, SessionRevoke, [], { tty: true });
    expect(stderr).toMatch(/no live sessions/);
    expect(exitCode).toBe(4);
  });
});
