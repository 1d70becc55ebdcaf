import { expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

/** An id that starts with these digits. */
const id = (start: string) => `${start.padEnd(8, '0')}-0000-4000-8000-000000000000`;

onPostgres('session list', (t) => {
  it('shows the six fields and a short id in 80 columns', async () => {
    const admin = await aUser(t, { username: 'admin' });
    await aSession(t, admin, {
      id: '3f2a9c41-0000-4000-8000-000000000000',
      browser: 'Firefox',
      os: 'Windows',
      ip: '203.0.113.7',
      idle: 3,
      age: 125,
    });
    const { stdout, exitCode } = await run(t, SessionList, [], { tty: true });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ID +USER +DEVICE +IP ADDRESS +LOGIN +ACTIVE +EXPIRES\n/);
    expect(stdout).toMatch(/3f2a9c41 +admin +Firefox on Windows +203\.0\.113\.7 +2h ago +3m ago +in 5[67]m\n/);
  });

  it('lists live sessions only, the most recently active first', async () => {
    const ann = await aUser(t, { username: 'ann' });
    const gone = await aUser(t, { username: 'gone' });
    const older = await aSession(t, ann, { idle: 20 });
    const newest = await aSession(t, ann, { idle: 2 });
    const middle = await aSession(t, ann, { idle: 9 });
    await aSession(t, ann, { idle: 90 });
    await aSession(t, ann, { idle: 5, ended: 1 });
    await aSession(t, gone);
    await t.sql('update tomo.users set is_active = false where id = $1', [gone]);
    const { stdout } = await run(t, SessionList, ['--output', 'ids']);
    expect(stdout.trim().split('\n')).toEqual([newest, middle, older]);
  });

  it('keeps a remembered session in the list when an ordinary one would have run out', async () => {
    const ann = await aUser(t, { username: 'ann' });
    const remembered = await aSession(t, ann, { idle: 600, remember: true });
    await aSession(t, ann, { idle: 600 });
    const { stdout } = await run(t, SessionList, ['--output', 'ids']);
    expect(stdout).toBe(`${remembered}\n`);
  });

  it('says in words when nobody is in, on stderr, and exits with 0', async () => {
    const { stdout, stderr, exitCode } = await run(t, SessionList, []);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: 'No live sessions.\n', exitCode: 0 });
  });

  it('says that a filter has no match', async () => {
    await aSession(t, await aUser(t, { username: 'ann' }));
    const { stdout, stderr, exitCode } = await run(t, SessionList, ['--ip', '198.51.100.1'], { tty: true });
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: 'No live sessions match.\n', exitCode: 0 });
  });

  it('shows 50 rows and the command that shows the next ones', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await t.sql(
      `insert into tomo.sessions (user_id, last_activity_at, created_at)
       select $1::uuid, now() - make_interval(secs => i), now() - interval '1 hour' from generate_series(1, 60) i`,
      [ann],
    );
    const first = await run(t, SessionList, ['--user', 'ann'], { tty: true });
    expect(first.stdout.trim().split('\n')).toHaveLength(51);
    const [, next = ''] = /^50 of 60 shown\. Next page: tomo session list (.*)\n$/.exec(first.stderr) ?? [];
    expect(next).toMatch(/^--user ann --after \S+$/);

    const second = await run(t, SessionList, next.split(' '), { tty: true });
    expect(second.stdout.trim().split('\n')).toHaveLength(11);
    expect(second.stderr).toBe('');
    const shown = [first, second].flatMap(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.slice(0, 8)),
    );
    expect(new Set(shown).size).toBe(60);
  });

  it.each(['activity', 'idle', 'login'])(
    'pages through every session once in the order of --sort %s, with equal times too',
    async (sort) => {
      const ann = await aUser(t, { username: 'ann' });
      // groups of equal times, some of them remembered
      await t.sql(
        `insert into tomo.sessions (user_id, last_activity_at, created_at, remember_me)
       select $1::uuid, now() - make_interval(mins => i / 4), now() - make_interval(hours => 1 + i / 3), i % 5 = 0 from generate_series(1, 23) i`,
        [ann],
      );
      const whole = await run(t, SessionList, ['--sort', sort, '--json']);
      const { sessions } = whole.json<{ sessions: { id: string; lastActivityAt: string; createdAt: string }[] }>();
      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await run(t, SessionList, [
          '--sort',
          sort,
          '--limit',
          '4',
          '--json',
          ...(cursor ? ['--after', cursor] : []),
        ]);
        const read = page.json<{ sessions: { id: string }[]; nextCursor: string | null }>();
        seen.push(...read.sessions.map((session) => session.id));
        cursor = read.nextCursor;
      }
      expect(seen).toEqual(sessions.map((session) => session.id));
      expect(seen).toHaveLength(23);
      const keys = sessions.map((session) => (sort === 'login' ? session.createdAt : session.lastActivityAt));
      expect(keys).toEqual(sort === 'idle' ? keys.toSorted() : keys.toSorted().reverse());
    },
  );

  it('lengthens the short ids until they are unique on the page', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann, { id: '3f2a9c41-7777-4000-8000-000000000000', idle: 1 });
    await aSession(t, ann, { id: '3f2a9c41-7788-4000-8000-000000000000', idle: 9 });
    const { stdout } = await run(t, SessionList, [], { tty: true });
    expect(stdout).toMatch(/^3f2a9c41777 +ann .*\n3f2a9c41778 +ann /m);
  });

  it('shows state and end instead of the expiry when the list is not of live sessions', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann, { id: id('aaaa'), age: 10 });
    await aSession(t, ann, { id: id('bbbb'), age: 200, idle: 130, ended: 125, reason: 'logout' });
    const { stdout } = await run(t, SessionList, ['--state', 'all'], { tty: true });
    expect(stdout).toMatch(/^ID +USER +DEVICE +IP ADDRESS +LOGIN +STATE +ENDED\n/);
    expect(stdout).toMatch(/^aaaa0000 .* active +-$/m);
    expect(stdout).toMatch(/^bbbb0000 .* logged out +2h ago$/m);
  });

  it('shows the columns that are asked for, in that order', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann, { method: 'passkey', country: 'DE', city: 'Berlin' });
    const { stdout } = await run(t, SessionList, ['--columns', 'method, USER,place'], { tty: true });
    expect(stdout).toBe('METHOD   USER  PLACE\npasskey  ann   Berlin, DE\n');
  });

  it('cuts long values with an ellipsis instead of wrapping', async () => {
    const long = await aUser(t, {
      username: 'a-name-that-is-much-longer-than-anything-a-table-of-80-columns-has-room-for',
    });
    await aSession(t, long, {
      ip: '2001:db8:1111:2222:3333:4444:5555:6666',
      browser: 'Samsung Internet',
      os: 'Android 14 (Upside Down Cake)',
    });
    const { stdout } = await run(t, SessionList, [], { tty: true });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('…');
    expect(lines.map((line) => line.length).filter((length) => length > 80)).toEqual([]);
  });

  it('never cuts a time, also not in the later rows of a long list', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await t.sql(
      `insert into tomo.sessions (user_id, last_activity_at, created_at)
       select $1::uuid, now() - make_interval(secs => case when i <= 200 then 3 else 1900 end),
              now() - make_interval(mins => case when i <= 200 then 1 else 2000 end) from generate_series(1, 230) i`,
      [ann],
    );
    const { stdout } = await run(t, SessionList, ['--all'], { tty: true });
    expect(stdout.trimEnd().split('\n')).toHaveLength(231);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/ 1d ago +31m ago +in 2[78]m$/);
  });

  it('says nothing on stderr with --quiet', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann);
    await aSession(t, ann);
    const page = await run(t, SessionList, ['--limit', '1', '--quiet'], { tty: true });
    expect(page.stdout).toMatch(/ann/);
    expect(page.stderr).toBe('');
    expect((await run(t, SessionList, ['--country', 'KP', '--quiet'])).stderr).toBe('');
  });

  it('uses colour on a terminal only, and NO_COLOR beats FORCE_COLOR', async () => {
    await aSession(t, await aUser(t, { username: 'ann' }));
    const coloured = async (tty: boolean, env: Record<string, string>) =>
      (await run(t, SessionList, [], { tty, env: { NO_COLOR: '', ...env } })).stdout.includes('\u001b[');
    expect(await coloured(true, {})).toBe(true);
    expect(await coloured(false, {})).toBe(false);
    expect(await coloured(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(await coloured(true, { TERM: 'dumb' })).toBe(false);
  });
});
