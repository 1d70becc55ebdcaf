import { describe, expect, it } from 'vitest';
import DbGrants from '../../src/commands/db/grants.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { operate } from '../support/adopted/operate.ts';
import { useServer } from '../support/adopted/server.ts';

describe('a role that may not read the tokens of better-auth', () => {
  const server = useServer(startBetterAuth);

  it('lists and revokes', async () => {
    const [alice, bob] = [await server.logIn('alice'), await server.logIn('bob')];
    await server.sql(`
      drop role if exists tomo_test_operator;
      create role tomo_test_operator login password 'test';
      grant select (id, "userId", "createdAt", "updatedAt", "expiresAt", "ipAddress", "userAgent"), delete
        on session to tomo_test_operator;
      grant select (id, name, email) on "user" to tomo_test_operator`);
    const url = new URL(server.url);
    url.username = 'tomo_test_operator';
    url.password = 'test';
    const theirs = { url: url.href, reference: server.reference };
    const listed = await operate(theirs, SessionList);
    expect(listed, listed.stderr).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(alice.user ?? '') });
    expect((await operate(theirs, SessionRevoke, [alice.id])).exitCode).toBe(0);
    expect(await server.accepts(alice)).toBe(false);
    expect(await server.accepts(bob)).toBe(true);
    await server.sql('revoke delete on session from tomo_test_operator');
    const [reference, carol] = [`${server.reference}:update-age=2h`, await server.logIn('carol')];
    const refused = await operate({ ...theirs, reference }, SessionRevoke, [carol.id]);
    const { stderr } = refused;
    expect(refused).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining(`--role operator --server ${reference}`),
    });
    const [, grants = ''] = /What it takes: tomo (.*)/.exec(stderr) ?? [];
    expect(grants.split(' ').slice(0, 2)).toEqual(['db', 'grants']);
    const printed = await operate(server, DbGrants, [...grants.split(' ').slice(2), '--name', 'tomo_test_operator']);
    expect(printed.stdout).toContain('grant delete on');
    await server.sql('drop owned by tomo_test_operator; drop role tomo_test_operator');
  });
});
