import { describe, expect, it } from 'vitest';
import { listFlags } from '../../src/cli/input/flags.ts';
import { ListCommand } from '../../src/cli/list/list-command.ts';
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
    ['csv', "id,name\n1234567890,'=1+1\n2,a\\u001b[31m\n"],
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

describe('ids', () => {
  it('are offered only where rows have one', () => {
    expect(listFlags(THINGS).output.options).toContain('ids');
    expect(listFlags(NAMES).output.options).not.toContain('ids');
  });
});
