import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import UserList from '../../src/commands/user/list.ts';
import type { Session } from '../../src/model/session.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { operate } from '../support/adopted/operate.ts';

/** Sessions that begin and run out at one moment each, kept in whatever a column can hold. */
let database: EmptyDatabase;
let folder: string;
beforeAll(async () => {
  database = await emptyDatabase();
  folder = mkdtempSync(join(inject('scratch'), 'times-'));
});
afterAll(() => database.drop());

const HOUR = 3600;
const now = Math.floor(Date.now() / 1000);
const iso = (seconds: number) => new Date(seconds * 1000).toISOString();

function referenceOf(engine: 'postgres' | 'sqlite', moment: object, known: object = { created: moment }): string {
  const file = join(folder, `${engine}.json`);
  const described = {
    name: 'odd',
    title: 'odd',
    engines: [engine],
    table: 'visits',
    key: { column: 'id', secret: false },
    user: { places: [{ column: 'id' }] },
    ...known,
    expires: moment,
    revoke: { set: null },
  };
  writeFileSync(file, JSON.stringify(described), { mode: 0o600 });
  return file;
}

/** What is listed as a whole, after the same was listed page by page. */
async function pagesOf(server: { url: string; reference: string }, ...more: string[]): Promise<string[]> {
  const argv = ['--json', '--state', 'all', ...more];
  const idsOf = ({ sessions }: { sessions: Session[] }) => sessions.map(({ id }) => id);
  const whole = idsOf((await operate(server, SessionList, argv)).json());
  const paged: string[] = [];
  for (let after: string | null = ''; after !== null && paged.length <= whole.length; ) {
    const said = await operate(server, SessionList, [...argv, '--limit', '1', ...(after ? ['--after', after] : [])]);
    const page = said.json<{ sessions: Session[]; nextCursor: string | null }>();
    paged.push(...idsOf(page));
    after = page.nextCursor;
  }
  expect(paged).toEqual(whole);
  return whole;
}

async function deleted(server: { url: string; reference: string }): Promise<number> {
  const said = await operate(server, SessionCleanup, ['--json']);
  expect(said.exitCode, said.stderr).toBe(0);
  return said.json<{ sessionsDeleted: number }>().sessionsDeleted;
}

/** Rows in the order of their times: the first three are live. */
async function holds(server: { url: string; reference: string }, ids: string[]): Promise<void> {
  expect(await pagesOf(server)).toEqual(ids);
  expect(await pagesOf(server, '--sort', 'idle')).toEqual([...ids].reverse());
  const users = await operate(server, UserList, ['--sort', 'seen', '--json']);
  expect([users.exitCode, users.stderr]).toEqual([0, '']);
  expect(await deleted(server)).toBe(ids.length - 3);
}

describe('times of PostgreSQL', () => {
  it.each([
    ['bigint', 'epoch-s', 1, '9223372036854775807', '-9223372036854775808'],
    ['bigint', 'epoch-ms', 1000, '9223372036854775807', '-9223372036854775808'],
    ['numeric', 'epoch-s', 1.0000000001, '1e300', '-1e300'],
    ['double precision', 'epoch-ms', 1000.00001, 'NaN', '-Infinity'],
  ])('in a column of %s as %s are in order, whatever their values', async (type, kind, scale, last, first) => {
    await database.sql('drop table if exists visits');
    await database.sql(`create table visits (id text primary key, at ${type} not null)`);
    const at = (seconds: number) => String(type === 'bigint' ? seconds * scale : seconds * scale + 0.1234);
    const values = [last, at(now + 2 * HOUR), at(now + HOUR), at(now - HOUR), at(now - 2 * HOUR), '0', first];
    for (const [i, value] of values.entries())
      await database.sql(`insert into visits values ($1, $2::text::${type})`, [`row ${9 - i}`, value]);
    const reference = referenceOf('postgres', { column: 'at', kind });
    await holds(
      { url: database.url, reference },
      values.map((_, i) => `row ${9 - i}`),
    );
  });

  it.each(['timestamptz', 'timestamp'])('in a column of %s are in order, however far away', async (type) => {
    await database.sql('drop table if exists visits');
    await database.sql(`create table visits (id text primary key, at ${type} not null)`);
    const values = [
      '294276-12-31',
      '10000-01-01 00:00:00.5',
      iso(now + HOUR),
      iso(now - HOUR),
      '0001-05-05',
      '0044-03-15 BC',
    ];
    for (const [i, value] of values.entries())
      await database.sql(`insert into visits values ($1, $2::text::${type})`, [`row ${9 - i}`, value]);
    const kind = type === 'timestamp' ? 'timestamp-utc' : 'timestamptz';
    const reference = referenceOf('postgres', { column: 'at', kind });
    await holds(
      { url: database.url, reference },
      values.map((_, i) => `row ${9 - i}`),
    );
  });

  it.each([
    ['epoch-s', (seconds: number) => seconds],
    ['epoch-ms', (seconds: number) => String(seconds * 1000)],
    ['text-iso', iso],
    ['timestamptz', (seconds: number) => iso(seconds).replace('T', ' ').replace('Z', '+00')],
    ['timestamp-utc', (seconds: number) => iso(seconds).slice(0, -1)],
    ['timestamp-local', (seconds: number) => iso(seconds).slice(0, -1)],
  ])('inside of JSON as %s are read, and what is none there is none', async (kind, write) => {
    for (const type of ['jsonb', 'json', 'text']) {
      await database.sql('drop table if exists visits');
      await database.sql(`create table visits (id text primary key, data ${type})`);
      const rows: [string, unknown][] = [
        ['a', { at: {} }],
        ['b', { at: 'next week' }],
        ['c', { at: write(now + HOUR) }],
        ['d', { at: write(now - HOUR) }],
      ];
      for (const [id, data] of rows)
        await database.sql('insert into visits values ($1, $2)', [id, JSON.stringify(data)]);
      const reference = referenceOf('postgres', { column: 'data', path: ['at'], kind }, {});
      const zone = kind === 'timestamp-local' ? ':zone=UTC' : '';
      if (zone) {
        const refused = await operate({ url: database.url, reference }, SessionCleanup, []);
        expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('zone')]);
      }
      const server = { url: database.url, reference: `${reference}${zone}` };
      const ids = await pagesOf(server);
      expect(ids).toEqual(['a', 'b', 'c', 'd']);
      const { sessions } = (await operate(server, SessionList, ['--json'])).json<{ sessions: Session[] }>();
      const ends = sessions.map(({ expiresAt }) => expiresAt && Date.parse(expiresAt) / 1000);
      expect(ends).toEqual([null, null, now + HOUR]);
      expect(await deleted(server)).toBe(1);
    }
  });

  it('of text that are none keep nobody from the others', async () => {
    await database.sql('drop table if exists visits');
    await database.sql('create table visits (id text primary key, at text)');
    const values = ['', 'never', '20 past 9', iso(now + HOUR), iso(now - HOUR)];
    for (const [i, value] of values.entries()) await database.sql('insert into visits values ($1, $2)', [i, value]);
    const server = { url: database.url, reference: referenceOf('postgres', { column: 'at', kind: 'text-iso' }) };
    expect(await pagesOf(server)).toEqual(['0', '1', '2', '3', '4']);
    expect(await deleted(server)).toBe(1);
  });
});

describe('times of SQLite', () => {
  it.each([
    ['real', 'epoch-s', (seconds: number) => seconds + 0.1236],
    ['text', 'epoch-ms', (seconds: number) => String(seconds * 1000)],
    ['text', 'text-iso', (seconds: number) => iso(seconds).replace('Z', '4567+00:00')],
    ['datetime', 'text-iso', (seconds: number) => seconds * 1000],
  ] as const)('in a column of %s as %s are in order', async (type, kind, write) => {
    const file = join(folder, `${type}-${kind}.db`);
    const made = new DatabaseSync(file);
    made.exec(`create table visits (id text primary key, at ${type})`);
    const values = [
      write(now + 3 * HOUR),
      write(now + 2 * HOUR),
      write(now + HOUR),
      write(now - HOUR),
      write(now - 2 * HOUR),
    ];
    for (const [i, value] of values.entries())
      made.prepare('insert into visits values (?, ?)').run(`row ${9 - i}`, value);
    made.close();
    const reference = referenceOf('sqlite', { column: 'at', kind });
    await holds(
      { url: `sqlite:${file}`, reference },
      values.map((_, i) => `row ${9 - i}`),
    );
  });
});
