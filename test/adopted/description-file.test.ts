import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { Database } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import type { Session } from '../../src/model/session.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';
import { run } from '../support/run.ts';

const server = useServer((database) => startTables(database, KRATOS));
let db: Database;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(inject('scratch'), 'own-'));
  db = await openPostgres(server.url, {});
});
afterAll(() => db.close());

const does = (command: Parameters<typeof run>[1], argv: string[]) =>
  run({ db, url: server.url } as Parameters<typeof run>[0], command, argv);

function describedAs(said: object): string {
  const file = join(folder, 'my.json');
  writeFileSync(file, JSON.stringify(said));
  return file;
}

describe("a description of one's own", () => {
  it('is used for listing and revoking', async () => {
    await server.sql(`
      create schema shop;
      create table shop.customers (number integer primary key, mail text not null);
      create table shop.visits (secret text primary key, customer integer, begun bigint not null, state text not null);
      insert into shop.customers values (1, 'ann@example.org'), (2, 'bob@example.org');
      insert into shop.visits values
        ('a-secret-of-ann', 1, extract(epoch from now()) - 60, 'open'),
        ('another-of-ann', 1, extract(epoch from now()) - 7200, 'open'),
        ('one-of-bob', 2, extract(epoch from now()) - 60, 'open'),
        ('closed-of-bob', 2, extract(epoch from now()) - 60, 'closed')`);
    const reference = describedAs({
      name: 'shop',
      title: 'The shop',
      engines: ['postgres'],
      schema: 'shop',
      table: 'visits',
      key: { column: 'secret', secret: true },
      user: { places: [{ column: 'customer' }], table: 'customers', key: 'number', names: ['mail'] },
      created: { column: 'begun', kind: 'epoch-s' },
      expires: { from: 'created', plus: { option: 'lifetime' } },
      ended: { when: { column: 'state', in: ['open'], not: true }, how: 'revoked' },
      revoke: { set: { state: { value: 'closed' } }, unset: { state: { value: 'open' } } },
      options: { lifetime: { about: 'How long.', kind: 'duration', preset: '1h' } },
    });
    const list = async () =>
      (await does(SessionList, ['--server', reference, '--json'])).json<{ sessions: Session[] }>();
    expect((await list()).sessions.map(({ username }) => username).toSorted()).toEqual([
      'ann@example.org',
      'bob@example.org',
    ]);
    const longer = await does(SessionList, ['--server', `${reference}:lifetime=1d`, '--output', 'count']);
    expect(longer.stdout).toBe('3\n');
    const revoked = await does(SessionRevokeUser, ['ann@example.org', '--server', reference, '--yes']);
    expect(revoked).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1') });
    expect(await server.sql("select secret from shop.visits where state = 'closed' order by secret")).toEqual([
      { secret: 'a-secret-of-ann' },
      { secret: 'closed-of-bob' },
    ]);
  });

  it('that changes a known one is that with the change', async () => {
    await server.logIn('alice');
    await server.sql(`update identities set traits = traits || '{"login": "alice-the-first"}'`);
    const reference = describedAs({ extends: 'kratos', user: { names: [{ column: 'traits', path: ['login'] }] } });
    const named = async (server: string) =>
      (await does(SessionList, ['--server', server, '--json'])).json<{ sessions: Session[] }>().sessions[0]?.username;
    expect(await named(reference)).toBe('alice-the-first');
    expect(await named('kratos')).toBe('alice@example.org');
    expect(await named('kratos:user-name=traits.login')).toBe('alice-the-first');
  });

  it('that is wrong is refused before anything is asked, saying where', async () => {
    const reference = describedAs({ extends: 'kratos', tabel: 'x' });
    const ran = await does(SessionList, ['--server', reference]);
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('it has no key "tabel"');
    expect(ran.stderr).toContain('Did you mean table?');
  });
});
