import { beforeEach, expect, it } from 'vitest';
import ActivityExport from '../../src/commands/activity/export.ts';
import AuditExport from '../../src/commands/audit/export.ts';
import SessionList from '../../src/commands/session/list.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { run } from '../support/run.ts';

/** The keys of a session in JSON: a contract. */
const KEYS = [
  'id',
  'username',
  'userId',
  'state',
  'device',
  'browser',
  'os',
  'formFactor',
  'userAgent',
  'deviceId',
  'deviceLabel',
  'screen',
  'timeZone',
  'ip',
  'loginMethod',
  'rememberMe',
  'createdAt',
  'lastActivityAt',
  'expiresAt',
  'endedAt',
  'endReason',
  'endedBy',
  'revocationId',
  'country',
  'region',
  'city',
  'isp',
  'latitude',
  'longitude',
  'locationCheck',
];

onBothEngines('session list output', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
    const bob = await aUser(t, { username: 'bob' });
    await aSession(t, ann, {
      browser: 'Firefox',
      os: 'Windows',
      ip: '203.0.113.7',
      country: 'DE',
      city: 'Berlin',
      idle: 1,
    });
    await aSession(t, bob, { ip: '2001:db8::1', method: 'passkey', remember: true, idle: 2 });
    await aSession(t, bob, { ip: null, userAgent: 'curl/8.5.0', idle: 3 });
    await aSession(t, ann, { idle: 120, ended: 60, reason: 'logout', by: 'ann' });
  });

  const list = async (...argv: string[]) => {
    const ran = await run(t, SessionList, argv);
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0);
    return ran;
  };
  const lines = (text: string) => text.trimEnd().split('\n');

  it('prints JSON with the documented keys, a schema version and a cursor', async () => {
    const ran = await list('--json', '--state', 'all', '--limit', '3');
    const page = ran.json<{ schemaVersion: number; sessions: Record<string, unknown>[]; nextCursor: string }>();
    expect(Object.keys(page)).toEqual(['schemaVersion', 'sessions', 'nextCursor']);
    expect(page.schemaVersion).toBe(1);
    expect(page.nextCursor).toMatch(/^[\w.-]+$/);
    expect(page.sessions).toHaveLength(3);
    for (const session of page.sessions) expect(Object.keys(session)).toEqual(KEYS);
    expect(page.sessions[0]).toMatchObject({
      username: 'ann',
      state: 'active',
      device: 'Firefox on Windows',
      ip: '203.0.113.7',
      city: 'Berlin',
      endedAt: null,
    });
    expect(page.sessions[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
    expect(ran.stderr).toBe('');
  });

  it('prints the same with --json, --output json, --output=json and -o json', async () => {
    const { stdout } = await list('--json');
    for (const argv of [
      ['--output', 'json'],
      ['--output=json'],
      ['-o', 'json'],
      ['-ojson'],
      ['--quiet', '-o', 'json'],
    ]) {
      expect((await list(...argv)).stdout, argv.join(' ')).toBe(stdout);
    }
  });

  it.each(['--output json', '-o=json', '-ojson'])('answers in JSON with %s when it fails, too', async (format) => {
    const ran = await run(t, SessionList, [...format.split(' '), '--nonsense']);
    expect([ran.exitCode, ran.stderr]).toEqual([2, '']);
    expect(ran.json()).toMatchObject({ error: { code: 'INVALID_INPUT' } });
  });

  it('prints an empty list as JSON, on stdout alone', async () => {
    for (const more of [[], ['--all']]) {
      const ran = await list('--json', '--country', 'KP', ...more);
      expect(ran.json()).toEqual({ schemaVersion: 1, sessions: [], nextCursor: null });
      expect(ran.stderr).toBe('');
    }
  });

  it('prints with --all what the pages print', async () => {
    const paged = (await list('--json')).json<{ sessions: unknown[] }>();
    const all = (await list('--json', '--all')).json<{
      sessions: unknown[];
      schemaVersion: number;
      nextCursor: null;
    }>();
    expect(all).toEqual({ schemaVersion: 1, sessions: paged.sessions, nextCursor: null });

    for (const format of ['ndjson', 'csv', 'ids', 'table', 'wide']) {
      const page = await list('--output', format);
      expect(page.stdout).not.toBe('');
      expect((await list('--output', format, '--all')).stdout, format).toBe(page.stdout);
    }
  });

  it('prints one JSON document a line with ndjson, each with its schema version', async () => {
    const { sessions } = (await list('--json')).json<{ sessions: object[] }>();
    const documents = lines((await list('--output', 'ndjson', '--all')).stdout).map((line) => JSON.parse(line));
    expect(documents).toEqual(sessions.map((session) => ({ schemaVersion: 1, ...session })));
  });

  it('prints the full ids, one a line', async () => {
    const { sessions } = (await list('--json')).json<{ sessions: { id: string }[] }>();
    expect(lines((await list('--output', 'ids')).stdout)).toEqual(sessions.map(({ id }) => id));
  });

  it('prints the number alone with --count and --output count, and as JSON', async () => {
    expect((await list('--count')).stdout).toBe('3\n');
    expect((await list('--output', 'count', '--state', 'all')).stdout).toBe('4\n');
    expect((await list('--count', '--json')).json()).toEqual({ schemaVersion: 1, count: 3 });
    expect((await list('--count', '--country', 'KP')).stdout).toBe('0\n');
    expect(await run(t, SessionList, ['--count', '--output', 'csv'])).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('prints CSV with a heading, exact times and quoted cells', async () => {
    const { stdout } = await list('--output', 'csv', '--columns', 'user,ip,login,place,remember');
    const [heading, first, second, third] = lines(stdout);
    expect(heading).toBe('user,ip,login,place,remember');
    expect(first).toMatch(/^"ann",203\.0\.113\.7,\d{4}-\d\d-\d\dT[\d:.]+\+00:00,"Berlin, DE",false$/);
    expect(second).toMatch(/^"bob",2001:db8::1,.*,,true$/);
    expect(third).toMatch(/^"bob",,/);
  });

  it('prints the CSV heading also when there is no row', async () => {
    expect((await list('--output', 'csv', '--country', 'KP')).stdout).toBe(
      'id,user,device,ip,login,activity,expires\n',
    );
  });

  it('has a heading or none, as an export has, too', async () => {
    const heading = async (command: Parameters<typeof run>[1], ...argv: string[]) =>
      lines((await run(t, command, ['--output', 'csv', ...argv])).stdout)[0];
    expect(await heading(SessionList, '--no-headers')).toMatch(/^[0-9a-f]{8}-/);
    for (const command of [ActivityExport, AuditExport]) {
      expect(await heading(command)).toMatch(/^(id|at),/);
      expect(await heading(command, '--no-headers')).not.toMatch(/^(id|at),/);
      expect(await run(t, command, ['--headers'])).toMatchObject({ exitCode: 2 });
    }
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', ' =1+1', '\t=1+1', '"=1+1'])(
    'guards the CSV cell %j against being run as a formula',
    async (city) => {
      await t.sql('update tomo.sessions set city = $1 where user_id = $2', [city, ann]);
      const { stdout } = await list('--output', 'csv', '--columns', 'city', '--user', 'ann');
      const [, cell = ''] = lines(stdout);
      const read = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      expect(read).not.toMatch(/^\s*[=+\-@]/);
      expect(read).toContain(city.trim().replaceAll('"', ''));
    },
  );

  it('keeps quotes, commas and newlines of a CSV cell within that cell', async () => {
    await t.sql('update tomo.sessions set city = $1 where user_id = $2', ['a "b", c\nd', ann]);
    const { stdout } = await list('--output', 'csv', '--columns', 'city,user', '--user', 'ann');
    expect(stdout).toBe('city,user\n"a ""b"", c\nd","ann"\n');
  });

  it('does not touch numbers, ids and addresses in CSV', async () => {
    await t.sql("update tomo.sessions set ip = '::1' where user_id = $1", [ann]);
    expect((await list('--output', 'csv', '--columns', 'ip,id', '--user', 'ann')).stdout).toMatch(
      /^ip,id\n::1,[0-9a-f-]{36}\n$/,
    );
  });

  it('prints tabs between exact and whole values into a pipe, without a heading', async () => {
    const agent = `Mozilla/5.0 ${'x'.repeat(200)}`;
    await aSession(t, ann, { userAgent: agent, idle: 0 });
    const { stdout } = await list('--columns', 'id,user,user-agent,login,place');
    const [first = '', second = ''] = lines(stdout).map((line) => line.split('\t'));
    expect(first).toHaveLength(5);
    expect(first[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(first[2]).toBe(agent);
    expect(first[3]).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(second[4]).toBe('Berlin, DE');
  });

  it('has the same columns in the same order in a pipe as on a terminal', async () => {
    const table = await run(t, SessionList, [], { tty: true });
    const piped = await run(t, SessionList, []);
    const headings = lines(table.stdout)[0]?.split(/ {2,}/) ?? [];
    expect(lines(piped.stdout)[0]?.split('\t')).toHaveLength(headings.length);
  });

  it('writes a tab or newline of a value so that the columns of a pipe stay', async () => {
    await t.sql('update tomo.sessions set city = $1 where user_id = $2', ['a\tb\nc', ann]);
    expect((await list('--columns', 'city,user', '--user', 'ann')).stdout).toBe('a\\u0009b\\u000ac\tann\n');
  });

  it('cuts nothing in the wide table', async () => {
    const username = `very-${'long-'.repeat(30)}name`;
    await aSession(t, await aUser(t, { username }), {
      country: 'DE',
      city: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch',
    });
    const { stdout } = await run(t, SessionList, ['--output', 'wide'], { tty: true, columns: 60 });
    expect(lines(stdout)[0]).toMatch(
      /^ID +USER +DEVICE +IP ADDRESS +LOGIN +ACTIVE +EXPIRES +STATE +METHOD +REMEMBER +PLACE +ISP$/,
    );
    expect(stdout).toContain(username);
    expect(stdout).toContain('Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch, DE');
    expect(stdout).not.toContain('…');
  });

  it('says in the wide table why each has ended, and by whom', async () => {
    const user = await aUser(t, { username: 'zoe' });
    await aSession(t, user, { idle: 4, ended: 4, reason: 'logout', by: 'zoe' });
    await aSession(t, user, { idle: 3, age: 12, ended: 3, reason: 'evicted', by: 'session limit' });
    const { stdout } = await run(t, SessionList, ['--user', 'zoe', '--state', 'all', '-o', 'wide'], { tty: true });
    expect(lines(stdout)[0]).toMatch(/ STATE +ENDED +REASON +ENDED BY +REVOCATION +METHOD /);
    expect(stdout).toMatch(/ logged out +4m ago +logout +zoe +- /);
    expect(stdout).toMatch(/ evicted +3m ago +evicted +session limit +- /);
    const piped = await list('--user', 'zoe', '--state', 'logged-out', '--columns', 'state,reason,by,revocation');
    expect(piped.stdout).toBe('logged-out\tlogout\tzoe\t\n');
  });

  it('says the same of a session whether it comes in a page or with --all, also right after a revoke-all', async () => {
    await t.sql('select tomo.revoke_all()');
    const page = await list('--state', 'all', '--output', 'ndjson');
    expect(lines(page.stdout).map((line) => JSON.parse(line).state)).toEqual([
      'revoked',
      'revoked',
      'revoked',
      'logged-out',
    ]);
    expect((await list('--state', 'all', '--output', 'ndjson', '--all')).stdout).toBe(page.stdout);
    expect((await list('--output', 'ids')).stdout).toBe('');
    expect((await list('--count')).stdout).toBe('0\n');
  });

  it('counts them for the hint at the next page alone, which JSON has not', async () => {
    const counted = await aUser(t, { username: 'counted' });
    for (let i = 0; i < 3; i += 1) await aSession(t, counted);
    let counts = 0;
    const transaction: typeof t.db.transaction = (options, work) =>
      t.db.transaction(options, (tx) =>
        work({
          ...tx,
          query(text, ...of) {
            if (text.includes("current_setting('tomo.found'")) counts += 1;
            return tx.query(text, ...of);
          },
        }),
      );
    const list = (...argv: string[]) =>
      run({ ...t, db: { ...t.db, transaction } }, SessionList, ['--user', 'counted', '--limit', '2', ...argv], {
        tty: true,
      });
    expect((await list()).stderr).toContain('2 of 3 shown.');
    expect(counts).toBe(1);
    const { sessions } = (await list('--json')).json<{ sessions: unknown[] }>();
    expect([sessions.length, counts]).toEqual([2, 1]);
  });
});
