import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { parse } from 'yaml';
import { listFlags } from '../../src/cli/input/flags.ts';
import { ListCommand } from '../../src/cli/list/list-command.ts';
import ActivityList from '../../src/commands/activity/list.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AuditList from '../../src/commands/audit/list.ts';
import DeviceList from '../../src/commands/device/list.ts';
import RevocationList from '../../src/commands/revocation/list.ts';
import SessionList from '../../src/commands/session/list.ts';
import UserList from '../../src/commands/user/list.ts';
import { type ListView, timeColumn } from '../../src/views/columns.ts';
import { localTime } from '../../src/views/time.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

interface Thing {
  id: number;
  name: string;
  at: string | null;
}

const columns = {
  id: { title: 'ID', value: (thing: Thing) => thing.id },
  name: { title: 'NAME', value: (thing: Thing) => thing.name, shrink: 4, outside: true },
  at: timeColumn('WHEN', (thing: Thing) => thing.at),
};
const THINGS: ListView<Thing, keyof typeof columns> = { key: 'sessions', columns, names: ['id', 'name'] };
const { id: _, ...withoutId } = columns;
const NAMES: ListView<Thing, keyof typeof withoutId> = { key: 'users', columns: withoutId, names: ['name', 'at'] };
const now = new Date('2026-01-02T12:00:00Z');
const rows: Thing[] = [
  { id: 1234567890, name: '=1+1', at: '2026-01-02T10:00:00+00:00' },
  { id: 2, name: 'a\u001b[31m', at: null },
];

class ThingList extends ListCommand {
  static override flags = listFlags(THINGS);
  async run(): Promise<object | undefined> {
    const { flags } = await this.parse(ThingList);
    return this.printList(THINGS, flags, { read: async () => ({ rows }), none: 'No things.' });
  }
}

class NameList extends ListCommand {
  static override flags = listFlags(NAMES);
  async run(): Promise<object | undefined> {
    const { flags } = await this.parse(NameList);
    return this.printList(NAMES, flags, { read: async () => ({ rows: [] }), none: 'No names.' });
  }
}

onPostgres('a list of anything', (t) => {
  it.each([
    ['tsv', '1234567890\t=1+1\n2\ta\\u001b[31m\n'],
    ['wide', '1234567890\t=1+1\t2026-01-02T10:00:00+00:00\n2\ta\\u001b[31m\t\n'],
    ['csv', 'id,name\n1234567890,"\'=1+1"\n2,"a\\u001b[31m"\n'],
    ['ids', '1234567890\n2\n'],
    ['count', '2\n'],
  ])('goes into a pipe as %s', async (format, expected) => {
    expect((await run(t, ThingList, ['--output', format])).stdout).toBe(expected);
  });

  it.each([
    [['--json'], false],
    [['--output', 'json'], true],
  ])('is one JSON document with %j', async (argv, tty) => {
    expect((await run(t, ThingList, argv, { tty })).json()).toEqual({
      schemaVersion: 1,
      sessions: rows,
      nextCursor: null,
    });
  });

  it('is a table in a pipe where that is asked for, with or without headings', async () => {
    const table = async (...argv: string[]) =>
      (await run(t, ThingList, ['--output', 'table', '--columns', 'id,name,at', ...argv], { now })).stdout.split('\n');
    const body = ['1234567890  =1+1         2h ago', '2           a\\u001b[31m  -', ''];
    expect(await table()).toEqual(['ID          NAME         WHEN', ...body]);
    expect(await table('--no-headers')).toEqual(body);
    expect((await run(t, ThingList, ['--headers'])).stdout).toBe('id\tname\n1234567890\t=1+1\n2\ta\\u001b[31m\n');
    expect((await run(t, ThingList, ['--output', 'csv', '--no-headers'])).stdout).not.toContain('name');
  });

  it('opens in a spreadsheet, with times of this machine', async () => {
    const argv = ['--output', 'csv', '--columns', 'id,at', '--local-time', '--bom'];
    expect((await run(t, ThingList, argv)).stdout).toBe(
      `\ufeffid,at\n1234567890,${localTime('2026-01-02T10:00:00+00:00')}\n2,\n`,
    );
  });

  it('is YAML, what jq makes of it, and lines of a template, with nothing that steers a terminal', async () => {
    const yaml = (await run(t, ThingList, ['--output', 'yaml'])).stdout;
    expect(parse(yaml)).toEqual({ schemaVersion: 1, sessions: rows, nextCursor: null });
    expect(yaml).not.toContain('\u001b');
    expect(parse((await run(t, NameList, ['--output', 'yaml'])).stdout)).toMatchObject({ users: [] });
    const jq = async (program: string, ...more: string[]) => run(t, ThingList, ['--jq', program, ...more]);
    expect((await jq('.sessions[] | .name, .id')).stdout).toBe('=1+1\n1234567890\na\\u001b[31m\n2\n');
    expect((await jq('.sessions | length', '--json')).stdout).toBe('2\n');
    for (const nothing of ['empty', '.sessions[] | select(.name == "nobody") | .id'])
      expect(await jq(nothing)).toMatchObject({ stdout: '', stderr: '', exitCode: 0 });
    expect((await jq('"", "a", "b\\n", ""')).stdout).toBe('\na\nb\n\n\n');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(await jq('.sessions[].name | stderr | empty')).toMatchObject({ stdout: '', exitCode: 0 });
    expect(warn.mock.calls).toEqual([['=1+1a\\u001b[31m']]);
    warn.mockRestore();
    expect((await run(t, ThingList, ['--template', '{{ id }}\\t{{ name | upcase }}'])).stdout).toBe(
      '1234567890\t=1+1\n2\tA\\u001b[31M\n',
    );
  });

  it.each([
    [['--jq', '.sessions['], /--jq: .*syntax error/],
    [['--jq', '.sessions.x'], /--jq: Cannot index array/],
    [['--jq', '.', '--output', 'csv'], /--jq/],
    [['--jq', ''], /--jq: Top-level program not given/],
    [['--jq', 'input'], /--jq: there is no input but the one document/],
    [['--jq', '"x" * 3000000000'], /--jq: the program has run out of memory/],
    [['--template', ''], /--template is empty/],
    [['--template', '{% for i in (1..100000000) %}x{% endfor %}'], /--template: .*limit[\s\S]*--output ndjson/],
    [['--template', '{{ nmae }}'], /--template: undefined variable: nmae/],
    [['--template', '{{ name'], /--template: /],
    [['--columns', 'id', '--output', 'yaml'], /--columns does not go with yaml/],
    [['--bom'], /--bom goes with csv/],
    [['--local-time', '--output', 'json'], /--local-time/],
    [['--no-headers', '--output', 'ids'], /--headers goes with table, csv and tsv/],
    [['--no-headers', '--output', 'count'], /--headers goes with table, csv and tsv/],
    [['--json', '--output', 'csv'], /--json and --output csv are two formats/],
  ])('refuses %j', async (argv, words) => {
    const ran = await run(t, ThingList, argv);
    expect([ran.exitCode, ran.stderr || ran.stdout]).toEqual([2, expect.stringMatching(words)]);
    expect(ran.stderr).not.toContain('not the whole');
  });

  it.each([
    [{ session: ['id'] }, /"listColumns" has "session", which is no list.*\n.*Did you mean sessions\?/],
    [{ sessions: [], zzzzzz: ['id'] }, /"zzzzzz", which is no list.*\n.*There are: sessions, users/],
    [{ sessions: [] }, /"listColumns" has no column of sessions in the config file.*\n.*There are: id, name/],
    [{ sessions: ['nam'] }, /"nam", which is no column of sessions.*\n.*Did you mean name\?/],
  ])('refuses the columns %j of the config file', async (listColumns, words) => {
    const folder = mkdtempSync(join(inject('scratch'), 'columns-'));
    mkdirSync(join(folder, 'tomo'));
    writeFileSync(join(folder, 'tomo', 'config.json'), JSON.stringify({ listColumns }), { mode: 0o600 });
    const ran = await run(t, ThingList, [], { tty: true, env: { XDG_CONFIG_HOME: folder } });
    expect(ran).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(words) });
  });

  it('leaves out nothing that fits the terminal', async () => {
    const argv = ['--columns', 'id,name,at'];
    const { stdout, stderr } = await run(t, ThingList, argv, { tty: true, now, columns: 40 });
    expect([stdout.split('\n')[0], stderr]).toEqual([
      'ID          NAME         WHEN',
      expect.not.stringContaining('Left'),
    ]);
  });

  it('is a table on a terminal, with whole numbers as ids and times for people', async () => {
    const { stdout } = await run(t, ThingList, ['--columns', 'id,name,at'], { tty: true, now });
    expect(stdout.split('\n')).toEqual([
      'ID          NAME         WHEN',
      '1234567890  =1+1         2h ago',
      '2           a\\u001b[31m  -',
      '',
    ]);
  });

  it('is empty without an error, and says so on stderr', async () => {
    expect(await run(t, NameList, [])).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('No names.\n'),
      exitCode: 0,
    });
  });
});

onPostgres('every list', (t) => {
  t.keepsData = true;
  const MANY = 60;
  const LISTS: [command: Parameters<typeof run>[1], ...argv: string[]][] = [
    [SessionList, '--state', 'all'],
    [UserList],
    [DeviceList],
    [ActivityList],
    [AlertList],
    [AuditList],
    [RevocationList],
  ];

  beforeAll(async () => {
    await t.empty();
    await t.sql(`insert into tomo.users (username) select 'user' || i from generate_series(1, ${MANY}) i`);
    await t.sql(`insert into tomo.devices (user_id, fingerprint) select id, sha256('x') from tomo.users`);
    await t.sql('insert into tomo.sessions (user_id) select id from tomo.users');
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind) select id, user_id, now(), 'page' from tomo.sessions`,
    );
    await t.sql(`insert into tomo.alerts (kind, user_id, evidence) select 'new_device', id, '{}' from tomo.users`);
    // a revocation and a row of the audit each
    for (const { id } of await t.sql<{ id: string }>('select id from tomo.users'))
      await t.sql('select tomo.revoke_user($1::uuid)', [id]);
  });

  it.each(LISTS)('is whole for a program, and in pages only on a terminal: %o %s', async (command, ...argv) => {
    const lines = async (more: string[], tty = false) => {
      const ran = await run(t, command, [...argv, ...more], { tty });
      return { ...ran, rows: ran.stdout.trimEnd().split('\n').length };
    };
    const rowsOf = (json: object) => Object.values(json).find(Array.isArray)?.length;
    for (const tty of [false, true]) {
      expect(await lines(['--output', 'ndjson'], tty)).toMatchObject({ rows: MANY });
      expect(await lines(['--output', 'csv'], tty)).toMatchObject({ rows: MANY + 1 });
      const { stdout, stderr } = await lines(['--json'], tty);
      expect([rowsOf(JSON.parse(stdout)), JSON.parse(stdout).nextCursor, stderr]).toEqual([MANY, null, '']);
    }
    expect(await lines([])).toMatchObject({ rows: MANY, stderr: '' });
    expect(await lines(['--output', 'wide'])).toMatchObject({ rows: MANY, stderr: '' });

    const table = await lines([], true);
    expect([table.rows, table.stderr]).toEqual([51, expect.stringMatching(/^50 of 60 shown\. Next page: .*--after/m)]);
    expect(await lines(['--all'], true)).toMatchObject({ rows: MANY + 1 });
    const tight = await run(t, command, [...argv, '--all'], { tty: true, columns: 44 });
    expect(tight.stdout.split('\n').filter((line) => line.length > 44)).toEqual([]);
    expect(tight.stdout).not.toMatch(/\d{4}-\d\d-\d\dT/);
    expect(tight.stderr).toContain('Left out: ');
    const page = await lines(['--limit', '7']);
    expect([page.rows, page.stderr]).toEqual([7, expect.stringMatching(/^7 shown\. Next page: .*--after/m)]);
    const json = (await lines(['--limit', '7', '--json'])).stdout;
    expect([rowsOf(JSON.parse(json)), JSON.parse(json).nextCursor]).toEqual([7, expect.any(String)]);
    const rest = await lines(['--after', JSON.parse(json).nextCursor]);
    expect(rest.rows).toBe(MANY - 7);
  });

  it.each(LISTS)(
    'is sorted by any column, in pages as in one, and the other way around: %o %s',
    async (command, ...argv) => {
      const json = async (...more: string[]) => {
        const ran = await run(t, command, [...argv, ...more, '--json']);
        expect(ran.exitCode, ran.stdout).toBe(0);
        const { nextCursor, ...rest } = JSON.parse(ran.stdout);
        return { rows: Object.values(rest).find(Array.isArray) as { username?: string }[], nextCursor };
      };
      const { options = [] } = (command as unknown as { flags: { sort: { options: string[] } } }).flags.sort;
      const column = options.find((name) => ['user', 'what'].includes(name)) ?? '';
      const whole = (await json('--sort', column)).rows;
      expect(whole).toHaveLength(MANY);
      const names = whole.map(({ username }) => username).filter((name) => typeof name === 'string');
      // user2 before user10; users have an order of the database
      if (names.length > 0 && command !== UserList)
        expect(names).toEqual(Array.from({ length: MANY }, (_, i) => `user${i + 1}`));
      const paged: unknown[] = [];
      for (let after: string[] = []; ; ) {
        const { rows, nextCursor } = await json('--sort', column, '--limit', '25', ...after);
        paged.push(...rows);
        if (nextCursor === null) break;
        after = ['--after', nextCursor];
      }
      expect(paged).toEqual(whole);
      const turned = (await json('--sort', column, '--reverse')).rows;
      expect(turned).toHaveLength(MANY);
      if (names.length > 0 && command !== UserList) expect(turned).toEqual(whole.toReversed());
      // the list's own order, too
      const [own, other] = [await json(), await json('--reverse')];
      expect(other.rows).toHaveLength(MANY);
      // whose rows are equal in it are in the order of their ids in either direction; letters are the database's own
      if (![SessionList, DeviceList, ActivityList, UserList].some((one) => one === command))
        expect(other.rows).toEqual(own.rows.toReversed());
      const wrong = await run(t, command, [...argv, '--sort', column, '--reverse', ...['--after', 'x']]);
      expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('--after: "x" is not a cursor')]);
    },
  );
});

describe('ids', () => {
  it('are offered only where rows have one', () => {
    expect(listFlags(THINGS).output.options).toContain('ids');
    expect(listFlags(NAMES).output.options).not.toContain('ids');
  });
});
