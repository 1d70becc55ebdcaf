import { describe, expect, it } from 'vitest';
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import ActivityExport from '../../src/commands/activity/export.ts';
import ActivityList from '../../src/commands/activity/list.ts';
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AlertShow from '../../src/commands/alert/show.ts';
import AuditList from '../../src/commands/audit/list.ts';
import AuditVerify from '../../src/commands/audit/verify.ts';
import Demo from '../../src/commands/demo.ts';
import DeviceForget from '../../src/commands/device/forget.ts';
import DeviceLabel from '../../src/commands/device/label.ts';
import DeviceList from '../../src/commands/device/list.ts';
import DeviceTrust from '../../src/commands/device/trust.ts';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import RevocationList from '../../src/commands/revocation/list.ts';
import Schedule from '../../src/commands/schedule.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import UserList from '../../src/commands/user/list.ts';
import { onPostgres, type TestDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

type Case = [argv: string[], message: RegExp, wayOut?: RegExp];

const ID = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';
const COLUMNS = /id, user, device, ip, login, activity, expires, state, .*user-agent/;
const base64url = (value: unknown[]) => Buffer.from(JSON.stringify(value)).toString('base64url');

const ACTIVITY: Case[] = [
  [['--user', ''], /--user: it is empty/],
  [['--path', ' '], /--path: it is empty/],
  [['--status', '4x'], /--status: "4x" is not a status/],
  [['--status', '700'], /--status: "700" is not a status/],
  [['--kind', 'click'], /--kind=click/],
  [['--since', 'today', '--until', 'yesterday'], /--since: "today" is not before/],
];
const SESSION_IDS: Case[] = [
  [['--session', '3f2'], /too short for a session id/],
  [['--session', 'xyz1'], /"xyz1" is not a session id/],
];
const DEVICES: Case[] = [
  [['7c1d20aa', 'xyz1'], /"xyz1" is not a device id/],
  [['7c1d20aa', '7c1'], /"7c1" is too short for a device id/],
  [['eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiJ4In0.abc'], /What was given is not a device id: it is a token/],
  [[], /No id is given/],
  [['-'], /There are no ids on stdin/],
];

/** What a command refuses before it asks any database. */
const REFUSED: [command: Parameters<typeof run>[1] & typeof BaseCommand, ...cases: Case[]][] = [
  [
    SessionList,
    [['--user', ''], /--user/, /empty/],
    [['--interval', '5s'], /when using --interval: --watch/],
    [['--relation', 'address'], /when using --relation: --related-to/],
    [['--ip', '203.0.113.300'], /--ip.*"203\.0\.113\.300"/, /203\.0\.113\.0\/24/],
    [['--ip', '203.0.113.0/33'], /--ip.*"203\.0\.113\.0\/33"/, /203\.0\.113\.0\/24/],
    [['--ip', '2001:db8::/129'], /2001:db8::\/129/, /2001:db8::\/32/],
    [['--ip', 'localhost'], /--ip.*"localhost"/, /203\.0\.113\.7/],
    [['--since', 'tomorow'], /--since.*"tomorow"/, /today or yesterday/],
    [['--since', '2026-02-30'], /--since.*"2026-02-30"/, /2026-11-23/],
    [['--until', '2026-13-01T00:00'], /--until.*"2026-13-01T00:00"/, /ISO 8601/],
    [['--since', '1h', '--until', '2h'], /--since: "1h" is not before the end, "2h"/, /[Ss]wap/],
    [['--since', 'today', '--until', 'yesterday'], /--since: "today" is not before the end, "yesterday"/, /[Ss]wap/],
    [['--idle-for', 'long'], /--idle-for.*"long"/, /30m/],
    [['--idle-for', '0m'], /--idle-for.*"0m"/, /30m/],
    [['--country', 'Germany'], /--country.*"Germany"/, /DE/],
    [['--columns', 'user,addres'], /--columns=addres /, COLUMNS],
    [['--columns', 'colour'], /--columns=colour /, COLUMNS],
    [['--columns', ''], /--columns/, COLUMNS],
    [['--columns', 'user', '--output', 'ndjson'], /--columns.*ndjson/, /complete/],
    [['--limit', '0'], /--limit.*\b0\b/s, /\b1\b/],
    [['--limit=-1'], /--limit.*-1/s, /\b1\b/],
    [['--limit', 'abc'], /--limit.*abc/s, /integer|number/],
    [['--limit', '20000'], /--limit.*20000/s, /10,?000/],
    [['--limit', '5', '--all'], /--limit|--all/],
    [['--state', 'dead'], /--state.*dead/, /active.*expired.*revoked.*ended.*all/s],
    [['--sort', 'height'], /--sort.*height/, /activity.*idle.*login/s],
    [['--output', 'xml'], /--output.*xml/, /table.*ndjson.*csv/s],
    [['--frobnicate'], /--frobnicate/, /--help/],
    [['surplus'], /surplus/, /--help/],
  ],
  [SessionShow, [['--'], /id/, /--help|hex digits/]],
  [
    SessionRevoke,
    [[ID, '--reason', 'x'.repeat(501)], /--reason.*501.*500/],
    [[], /[Nn]either an id nor a filter/, /revoke <id>.*--user/s],
    [['--yes'], /[Nn]either an id nor a filter/, /revoke <id>/],
    [['aaaa1111', '--user', 'alice', '--yes'], /aaaa1111.*--user/, /either/],
    [['--ip', '203.0.113.0/64', '--yes'], /203\.0\.113\.0\/64/, /203\.0\.113\.0\/24/],
    [['--user', '', '--yes'], /--user: it is empty/],
    [['--state', 'all', '--yes'], /--state/, /--help/],
    [['--user', 'alice', '--expect=-1', '--yes'], /--expect/],
  ],
  [SessionRevokeUser, [[], /username/, /tomo session revoke-user --help/]],
  [
    SessionCleanup,
    [['--retention', '0'], /--retention.*"0".*1 to 3650/s],
    [['--retention', '12h'], /--retention.*"12h".*1 to 3650/s],
    [['--retention', 'soon'], /--retention.*soon/s],
    [['--max-duration', 'long'], /--max-duration.*long.*30m/s],
    [['--max-duration', '0s'], /--max-duration.*0s/s],
    [['--batch-size', '10'], /--batch-size.*10/s],
  ],
  [
    SessionStats,
    [['--interval', '5s'], /when using --interval: --watch/],
    [['--since', '2x'], /--since: "2x" is not a time\./],
    [['--since', '800d'], /--since: "800d" is more than a year ago\./],
    [['--since', '2999-01-01'], /--since: "2999-01-01" is not/],
    [['--top', '0'], /--top: "0" is not a whole number from 1 to 100\./],
  ],
  [
    UserList,
    [['a', '--name', 'b'], /twice: a and --name b/],
    [[' '], /--name: it is empty/],
    [['--active', '--inactive'], /cannot also be provided/],
    [['--role', 'root'], /--role=root/],
  ],
  [
    DeviceList,
    [['--trusted', '--untrusted'], /cannot also be provided/],
    [['--new-since', 'soon'], /--new-since: "soon" is not a time/],
    [['--user', ' '], /--user: it is empty/],
  ],
  [DeviceTrust, ...DEVICES],
  [DeviceForget, ...DEVICES],
  [
    DeviceLabel,
    [['7c1d20aa'], /No name is given/],
    [['7c1d20aa', 'x', '--remove'], /do not go together: "x"/],
    [['7c1d20aa', '  '], /The name is empty/],
    [['7c1d20aa', 'x'.repeat(101)], /101 characters long; at most 100/],
  ],
  [ActivityList, ...ACTIVITY],
  [ActivityExport, ...ACTIVITY],
  [
    AlertList,
    [['--kind', 'logn'], /--kind=logn/, /login/],
    [['--since', 'soon'], /--since: "soon"/, /ISO 8601/],
    [['--state', 'closed'], /--state=closed/, /acknowledged/],
    [['--columns', 'usr'], /--columns=usr /, /user/],
  ],
  [AlertShow, [['x'], /"x" is not the number of an alert/]],
  [
    AlertAck,
    ...[[], ['1', '--all'], ['1', '--user', 'ann'], ['--all', '--user', 'ann'], ['-1'], ['x'], ['0'], ['-']].map(
      (argv): Case => [argv, /Error/],
    ),
  ],
  [AuditList, [['--since', 'never'], /"never" is not a time/]],
  [
    AuditVerify,
    ...['123', 'g'.repeat(16), 'a'.repeat(65), ''].map((digest): Case => [['--head', digest], /is not a digest/]),
  ],
  // a server that was named is not passed over
  [Demo, [['--database', 'postgres://db.example/tomo', '--quiet'], /only ever in the embedded database/, /tomo demo/]],
  [RevocationList, [['--restored', '--standing'], /cannot also be provided/]],
  [
    Schedule,
    ...['7m', '90m', '30s', '2d'].map((every): Case => [['--every', every], /--every:? must divide an hour or a day/]),
  ],
  [
    GeoEnrich,
    [['--city-database', ''], /--city-database is empty/],
    [['--limit', '0'], /--limit.*at least 1/],
    [['--batch-size', '7'], /--batch-size.*50 to 10000/],
    [['--max-duration', 'long'], /--max-duration.*long/],
  ],
];

/** What it refuses when it has begun to ask one: ids and cursors are read where they are looked up. */
const REFUSED_LATER: typeof REFUSED = [
  [
    SessionList,
    [['--after', 'nonsense'], /--after.*"nonsense"/, /the page before/],
    [['--after', base64url(['activity', 5, 'x'])], /--after.*not a cursor/, /the page before/],
  ],
  [
    SessionShow,
    [['xyz1'], /"xyz1" is not a session id/, /hex digits/],
    [['3f2'], /"3f2" is too short/, /at least 4/],
    [[`${ID}0`], /is not a session id/, /hex digits/],
    [[''], /"" is not a session id/, /hex digits/],
  ],
  [
    UserList,
    [['--after', 'xyz'], /"xyz" is not a cursor/],
    [['--after', 'n'], /not a cursor/],
    [['--after', 'nYQ.Yg'], /not a cursor/],
    [['--after', `n${Buffer.from('a\0').toString('base64url')}`], /not a cursor/],
    [['--after', 'vzzzzzzzzzzzzz.YQ', '--sort', 'seen'], /not a cursor/],
    [['--after', 's1.YQ.~YQ'], /of the order "sessions", not of "name"/],
  ],
  [DeviceList, [['--after', 'd'], /not a cursor/]],
  [AlertList, [['--after', 'x'], /--after: "x"/, /the page before/]],
  [AuditList, [['--action', 'revok'], /Did you mean revoke/], [['--after', 'x'], /"x" is not a cursor/]],
  [RevocationList, [['--after', 'x'], /"x" is not a cursor/]],
  [
    GeoEnrich,
    [['--city-database', '/nowhere/city.mmdb'], /\/nowhere\/city\.mmdb is not there.*named by --city-database/s],
  ],
  [SessionRevokeAll, [['--keep', 'me', '--yes'], /"me" is not a session id/]],
  [ActivityExport, ...SESSION_IDS],
  [
    ActivityList,
    ...SESSION_IDS,
    ...['x', 'txx', `t${base64url(['2026-01-01T00:00:00Z', ID, '1'])}`].map(
      (after): Case => [['--after', after], /is not a cursor/],
    ),
  ],
];

/**
 * Each with exit 2, nothing on stdout and a message that names the value and the way out; as a document with --json.
 */
function refuses(t: TestDatabase | null, table: typeof REFUSED): void {
  const rows = table.flatMap(([command, ...cases]) =>
    cases.map(([argv, message, wayOut = /./]) => [command.name, argv, message, wayOut, command] as const),
  );
  it.each(rows)('%s %j', async (_, argv, message, wayOut, command) => {
    const { stdout, stderr, exitCode } = await run(t, command, argv);
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toMatch(/^Error: /);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(wayOut);
    // nobody who has typed too little is led to everything
    if (command.changes) expect(stderr.split('\n').slice(1).join('\n')).not.toMatch(/revoke-all|--all/);
    expect(stderr).not.toMatch(/bug in tomo|Parsing --|\n\t|\bat .*\.ts/);
    if (!command.enableJsonFlag) return;
    const ran = await run(t, command, ['--json', ...argv.filter((arg) => arg !== '--output' && arg !== 'ndjson')]);
    expect({ stderr: ran.stderr, exitCode: ran.exitCode }).toEqual({ stderr: '', exitCode: 2 });
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      error: { code: 'INVALID_INPUT', message: expect.not.stringMatching(/Parsing --|\t/) },
    });
  });
}

describe('bad input, without a database', () => refuses(null, REFUSED));
onPostgres('bad input, on a database', (t) => refuses(t, REFUSED_LATER));
