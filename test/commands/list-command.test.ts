import { beforeAll, describe, expect, it } from 'vitest';
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
const THINGS: ListView<Thing, keyof typeof columns> = { key: 'things', columns, names: ['id', 'name'] };
const { id: _, ...withoutId } = columns;
const NAMES: ListView<Thing, keyof typeof withoutId> = { key: 'names', columns: withoutId, names: ['name', 'at'] };
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
    ['table', '1234567890\t=1+1\n2\ta\\u001b[31m\n'],
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
      things: rows,
      nextCursor: null,
    });
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
    await t.sql(`insert into tomo.session_activity (session_id, at, kind) select id, now(), 'page' from tomo.sessions`);
    await t.sql(`insert into tomo.alerts (kind, user_id, evidence) select 'new_device', id, '{}' from tomo.users`);
    // a revocation and a row of the audit each
    await t.sql('select tomo.revoke_user(id) from tomo.users');
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
