import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, inject, it } from 'vitest';
import DbGrants from '../../src/commands/db/grants.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import type { EmptyDatabase } from '../support/adopted/empty-database.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, useServer } from '../support/adopted/server.ts';
import { SUPABASE } from '../support/adopted/supabase.ts';
import { startTables } from '../support/adopted/tables.ts';

type Start = (database: EmptyDatabase) => Promise<AdoptedServer>;
const tables =
  (of: Parameters<typeof startTables>[1]): Start =>
  (database) =>
    startTables(database, of);

/** As it sets them up itself, which hides every row from other roles. */
const startGuarded: Start = async (database) => {
  const server = await tables(SUPABASE)(database);
  await server.sql(
    'alter table auth.sessions enable row level security; alter table auth.users enable row level security',
  );
  return server;
};

/** With the columns that no role needs. */
const CASES: [name: string, start: Start, secrets: string[]][] = [
  ['better-auth', startBetterAuth, ['token']],
  ['connect-pg-simple', startExpress, []],
  ['Laravel', tables(LARAVEL), ['payload']],
  ['Supabase Auth', startGuarded, []],
  ['Ory Kratos', tables(KRATOS), ['token', 'logout_token']],
];

let serial = 0;

describe.each(CASES)('the roles on the tables of %s', (_, start, secrets) => {
  const server = useServer(start);
  let role: string | undefined;
  afterEach(async () => {
    if (role !== undefined) await server.sql(`drop owned by ${role}; drop role ${role}`);
    role = undefined;
  });

  /** Makes a role of this kind by what is printed, and says where it stands. */
  async function as(kind: string) {
    serial += 1;
    role = `grants_${process.pid}_${serial}`;
    const { url, reference } = server;
    await server.sql(`create role ${role} login password 'test'`);
    const printed = await operate({ url, reference }, DbGrants, ['--role', kind, '--name', role]);
    expect(printed, printed.stderr).toMatchObject({ exitCode: 0 });
    await server.sql(printed.stdout);
    const own = new URL(url);
    own.username = role;
    own.password = 'test';
    return { url: own.href, reference };
  }

  it('a viewer lists and changes nothing, and reads no secret', async () => {
    const alice = await server.logIn('alice');
    const viewer = await as('viewer');
    const listed = await operate(viewer, SessionList, ['--json']);
    expect(listed, listed.stderr).toMatchObject({ exitCode: 0 });
    expect(listed.json<{ sessions: unknown[] }>().sessions).toContainEqual(
      expect.objectContaining({ id: alice.id, username: alice.user }),
    );
    const revoked = await operate(viewer, SessionRevoke, [alice.id]);
    expect(revoked.exitCode).toBe(5);
    expect(revoked.stderr).toMatch(new RegExp(`"${role}" lacks (SELECT|DELETE|UPDATE).* on \\w+\\.\\w+`));
    expect(revoked.stderr).toMatch(/tomo db grants --role operator/);
    expect(await server.accepts(alice)).toBe(true);
    for (const secret of secrets) {
      await expect(
        server.sql(`set role ${role}; select ${secret} from ${server.table}`).finally(() => server.sql('reset role')),
      ).rejects.toThrow(/permission denied/);
    }
  });

  it('an operator revokes, and reads no secret that it needs not', async () => {
    const [alice, bob] = [await server.logIn('alice'), await server.logIn('bob')];
    const operator = await as('operator');
    const revoked = await operate(operator, SessionRevoke, [alice.id]);
    expect(revoked, revoked.stderr).toMatchObject({ exitCode: 0 });
    expect(await server.accepts(alice)).toBe(false);
    expect(await server.accepts(bob)).toBe(true);
    for (const secret of secrets) {
      await expect(
        server.sql(`set role ${role}; select ${secret} from ${server.table}`).finally(() => server.sql('reset role')),
      ).rejects.toThrow(/permission denied/);
    }
  });

  it('a janitor cleans up and sees nobody', async () => {
    const late = await server.logIn('dave');
    await server.expire(late);
    const janitor = await as('janitor');
    const cleaned = await operate(janitor, SessionCleanup, ['--retention', '1']);
    expect(cleaned, cleaned.stderr).toMatchObject({ exitCode: 0 });
    expect((await operate(janitor, SessionList, [])).exitCode).toBe(5);
  });
});

describe('what is printed', () => {
  const server = useServer(startExpress);

  it('says which secrets a role can read, and that they are secrets', async () => {
    const { stdout } = await operate(server, DbGrants, ['--role', 'viewer']);
    expect(stdout).toMatch(/-- The key sid is a secret/);
    expect(stdout).toMatch(/stands in sess/);
  });

  it('is nothing for the server itself, or where the tables are missing', async () => {
    const none = await operate(server, DbGrants, ['--role', 'server']);
    expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('connect-pg-simple') });
    const other = await operate({ ...server, reference: 'kratos' }, DbGrants, ['--role', 'viewer']);
    expect(other).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('no table public.sessions') });
  });

  it('keeps names and comments apart from SQL', async () => {
    await server.sql('create table "odd""; drop" (sid varchar primary key, sess json, expire timestamp(6))');
    const reference = 'connect-pg-simple:table=odd"; drop';
    const { stdout } = await operate({ ...server, reference }, DbGrants, ['--role', 'viewer', '--name', 'x"y']);
    expect(stdout).toContain('on "public"."odd""; drop" to "x""y";');
  });
});

it('a SQLite file has no roles', async () => {
  const path = join(mkdtempSync(join(inject('scratch'), 'grants-')), 'app.db');
  new DatabaseSync(path).close();
  const ran = await operate({ url: `sqlite:${path}`, reference: 'lucia' }, DbGrants, ['--role', 'viewer']);
  expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringMatching(/no roles.*chmod/s) });
});
