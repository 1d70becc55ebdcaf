import { beforeEach, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { run } from '../support/run.ts';

const COLUMNS = /id, user, device, ip, login, activity, expires, state, .*user-agent/;

onBothEngines('session list, bad input', (t) => {
  beforeEach(async () => {
    await t.empty();
    const alice = await aUser(t, { username: 'alice' });
    await aUser(t, { username: 'alicia' });
    await aUser(t, { username: 'bob' });
    for (let idle = 1; idle <= 3; idle += 1) await aSession(t, alice, { idle });
  });

  /** argv, exit code, what the message must name, what the way out must say. */
  const CASES: [string[], number, RegExp, RegExp][] = [
    [['--user', 'alcie'], 4, /no user "alcie"/, /Did you mean alice/],
    [['--user', 'alice', '--user', 'zzzzzz'], 4, /no user "zzzzzz"/, /./],
    [['--user', ''], 2, /--user/, /empty/],
    [['--ip', '203.0.113.300'], 2, /--ip.*"203\.0\.113\.300"/, /203\.0\.113\.0\/24/],
    [['--ip', '203.0.113.0/33'], 2, /--ip.*"203\.0\.113\.0\/33"/, /203\.0\.113\.0\/24/],
    [['--ip', '2001:db8::/129'], 2, /2001:db8::\/129/, /2001:db8::\/32/],
    [['--ip', 'localhost'], 2, /--ip.*"localhost"/, /203\.0\.113\.7/],
    [['--since', 'tomorow'], 2, /--since.*"tomorow"/, /today or yesterday/],
    [['--since', '2026-02-30'], 2, /--since.*"2026-02-30"/, /2026-11-23/],
    [['--until', '2026-13-01T00:00'], 2, /--until.*"2026-13-01T00:00"/, /ISO 8601/],
    [['--since', '1h', '--until', '2h'], 2, /--since: "1h" is not before the end, "2h"/, /[Ss]wap/],
    [['--since', 'today', '--until', 'yesterday'], 2, /--since: "today" is not before the end, "yesterday"/, /[Ss]wap/],
    [['--idle-for', 'long'], 2, /--idle-for.*"long"/, /30m/],
    [['--idle-for', '0m'], 2, /--idle-for.*"0m"/, /30m/],
    [['--country', 'Germany'], 2, /--country.*"Germany"/, /DE/],
    [['--columns', 'user,addres'], 2, /--columns.*"addres"/, COLUMNS],
    [['--columns', 'colour'], 2, /--columns.*"colour"/, COLUMNS],
    [['--columns', ''], 2, /--columns/, COLUMNS],
    [['--columns', 'user', '--output', 'ndjson'], 2, /--columns.*ndjson/, /complete/],
    [['--limit', '0'], 2, /--limit.*\b0\b/s, /\b1\b/],
    [['--limit=-1'], 2, /--limit.*-1/s, /\b1\b/],
    [['--limit', 'abc'], 2, /--limit.*abc/s, /integer|number/],
    [['--limit', '20000'], 2, /--limit.*20000/s, /10,?000/],
    [['--limit', '5', '--all'], 2, /--limit|--all/, /./],
    [['--after', 'nonsense'], 2, /--after.*"nonsense"/, /the page before/],
    [
      ['--after', Buffer.from('["activity",5,"x"]').toString('base64url')],
      2,
      /--after.*not a cursor/,
      /the page before/,
    ],
    [['--state', 'dead'], 2, /--state.*dead/, /active.*expired.*revoked.*ended.*all/s],
    [['--sort', 'user'], 2, /--sort.*user/, /activity.*idle.*login/s],
    [['--output', 'xml'], 2, /--output.*xml/, /table.*ndjson.*csv/s],
    [['--frobnicate'], 2, /--frobnicate/, /--help/],
    [['surplus'], 2, /surplus/, /--help/],
  ];

  it.each(CASES)('%j is refused with exit %i, naming the value and the way out', async (argv, exit, value, wayOut) => {
    const { stdout, stderr, exitCode } = await run(t, SessionList, argv);
    expect(exitCode).toBe(exit);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).toMatch(value);
    expect(stderr).toMatch(wayOut);
    expect(stderr).not.toMatch(/bug in tomo|Parsing --|\n\t|\bat .*\.ts/);
  });

  it.each(CASES)('%j is an error document on stdout with --json', async (argv, exit) => {
    const ran = await run(t, SessionList, [...argv.filter((arg) => arg !== '--output' && arg !== 'ndjson'), '--json']);
    expect(ran.exitCode).toBe(argv.includes('xml') ? 2 : exit);
    expect(ran.stderr).toBe('');
    const { schemaVersion, error } = ran.json<{ schemaVersion: number; error: { code: string; message: string } }>();
    expect(schemaVersion).toBe(1);
    expect(error.code).toBe(exit === 4 ? 'NOT_FOUND' : 'INVALID_INPUT');
    expect(error.message).not.toMatch(/Parsing --|\n|\t/);
  });

  it('refuses a cursor of another order and says to which it belongs', async () => {
    const page = await run(t, SessionList, ['--limit', '1', '--json']);
    const { nextCursor } = page.json<{ nextCursor: string }>();
    const { stderr, exitCode } = await run(t, SessionList, ['--after', nextCursor, '--sort', 'login']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/--after.*--sort activity.*--sort login/);
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
