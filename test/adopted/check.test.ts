import { describe, expect, it } from 'vitest';
import ServerCheck from '../../src/commands/server/check.ts';
import type { CheckedServer } from '../../src/model/server-check.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

async function check(server: Pick<AdoptedServer, 'url' | 'reference'>) {
  const ran = await operate(server, ServerCheck, ['--json']);
  return { ...ran, checked: ran.json<CheckedServer>() };
}

const ids = ({ findings }: CheckedServer) => findings.map(({ id }) => id);

describe.each(SOME_SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('is what is expected, shows the latest login, and no secret', async () => {
    const alice = await server.logIn('alice');
    const ran = await operate(server, ServerCheck, [], { tty: true, columns: 120 });
    expect(ran, ran.stdout + ran.stderr).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toContain(alice.user);
    expect(ran.stdout).toMatch(/is one of them your login/);
    const { checked } = await check(server);
    expect(checked.columns.filter(({ type, optional }) => type === null && !optional)).toEqual([]);
    expect(checked.newest).toMatchObject([{ id: alice.id }]);
    expect(checked.rows).toMatchObject({ sessions: 1, all: true });
    for (const secret of alice.secrets) expect(ran.stdout + JSON.stringify(checked)).not.toContain(secret);
  });
});

describe('what is wrong with better-auth', () => {
  const server = useServer(startBetterAuth);

  it('is a column that is missing', async () => {
    await server.sql('alter table session rename "expiresAt" to ends');
    const { checked, exitCode } = await check(server);
    expect(exitCode).toBe(9);
    expect(checked.findings).toMatchObject([{ id: 'no-columns', verdict: 'problem', about: ['expiresAt'] }, {}]);
    expect(checked.newest).toEqual([]);
    await server.sql('alter table session rename ends to "expiresAt"');
  });

  it('is a table that is not here', async () => {
    const ran = await operate({ ...server, reference: 'lucia' }, ServerCheck);
    expect(ran).toMatchObject({ exitCode: 9, stdout: expect.stringContaining('There is no table user_session') });
  });

  it('is a role that may do too little, or too much', async () => {
    await server.logIn('alice');
    expect((await check(server)).checked.findings).toMatchObject([
      { id: 'reads-secrets', verdict: 'warning', about: ['token'] },
    ]);
    await server.sql("create role checker login password 'x'; grant select (id) on session to checker");
    const url = new URL(server.url);
    url.username = 'checker';
    url.password = 'x';
    const { checked, exitCode } = await check({ ...server, url: url.href });
    expect(exitCode).toBe(9);
    expect(ids(checked)).toEqual(['cannot-list', 'cannot-revoke']);
    expect(checked.rights).toMatchObject({ role: 'checker', secrets: [] });
    expect(checked.rights?.lackingToList).toContain('SELECT session.userId');
    expect(checked.rights?.lackingToRevoke).toContain('DELETE session');
    await server.sql('drop owned by checker; drop role checker');
  });

  it('is read without being named, as other commands do', async () => {
    const ran = await operate(server, ServerCheck, [], { env: { TOMO_SERVER: undefined } });
    expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Read as better-auth') });
  });
});

describe('times without a zone', () => {
  const server = useServer(startExpress);

  it('are read in a zone that is assumed until it is named', async () => {
    await server.logIn('alice');
    const assumed = await check({ ...server, reference: 'connect-pg-simple:user=passport.user' });
    expect(ids(assumed.checked)).toContain('zone-assumed');
    const named = await check({ ...server, reference: 'connect-pg-simple:user=passport.user,zone=UTC' });
    expect(named.checked).toMatchObject({ zone: { name: 'UTC', named: true } });
    expect(ids(named.checked)).not.toContain('zone-assumed');
  });

  it('are wrong where activity lies in the future', async () => {
    const { checked, exitCode } = await check({
      ...server,
      reference: 'connect-pg-simple:user=passport.user,zone=America/New_York',
    });
    expect(exitCode).toBe(9);
    expect(ids(checked)).toContain('times-ahead');
  });
});

describe('the rows of Laravel', () => {
  const server = useServer((database) => startTables(database, LARAVEL));

  it('are counted: of nobody, and users of one name', async () => {
    await server.logIn('alice');
    await server.visit?.();
    const { checked } = await check(server);
    expect(checked.rows).toMatchObject({ sessions: 2, ofNobody: 1, unnamed: 0, shared: [] });
  });
});

onPostgres('server check', (t) => {
  it('is not about the schema tomo', async () => {
    expect(await run(t, ServerCheck, [])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('schema tomo'),
    });
  });
});
