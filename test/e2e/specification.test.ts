import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { EVERYTHING } from '../support/extent.ts';
import { tomo } from '../support/spawn.ts';

// The seven commands of the specification's CLI reference, as they stand there, by the built program.

onPostgres('the commands of the specification', (t) => {
  t.keepsData = true;
  let env: NodeJS.ProcessEnv;
  let own: string;
  let other: string;

  beforeAll(async () => {
    env = { TOMO_DATABASE_URL: t.url };
    const admin = await aUser(t, { username: 'admin' });
    const bob = await aUser(t, { username: 'bob' });
    own = await aSession(t, admin, { browser: 'Firefox', os: 'Windows', idle: 2 });
    other = await aSession(t, bob, { idle: 5 });
    await aSession(t, bob, { idle: 6 });
    await aSession(t, admin, { idle: 90 });
  });

  it('tomo session list', async () => {
    const { stdout, stderr, exitCode } = await tomo(['session', 'list'], { env });
    expect(exitCode, stderr).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t').slice(0, 4)),
    ).toEqual([
      [own, 'admin', 'Firefox on Windows', '203.0.113.7'],
      [other, 'bob', 'unknown', '203.0.113.7'],
      [expect.any(String), 'bob', 'unknown', '203.0.113.7'],
    ]);
  });

  it('tomo session list --user admin', async () => {
    const { stdout, exitCode } = await tomo(['session', 'list', '--user', 'admin', '--json'], { env });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      sessions: [{ id: own, username: 'admin' }],
      nextCursor: null,
    });
  });

  it('tomo session show <session-id>', async () => {
    const { stdout, exitCode } = await tomo(['session', 'show', own.slice(0, 8)], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(own);
    expect(stdout).toMatch(/Timeline\n.*opened \(password\)/);
  });

  it('tomo session revoke <session-id>', async () => {
    const { stdout, stderr, exitCode } = await tomo(['session', 'revoke', other], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/revoked \(bob, unknown, 203\.0\.113\.7\)/);
    expect(stderr).toMatch(/Revoked 1 session of bob; 1 remains\./);
    expect(await liveIds(t)).not.toContain(other);
  });

  it('tomo session revoke-user <username>', async () => {
    const { stdout, exitCode } = await tomo(['session', 'revoke-user', 'bob'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Revoked 1 session of bob; 0 remain/);
    expect(await liveIds(t)).toEqual([own]);
  });

  it('tomo session revoke-all, which needs --yes without a terminal', async () => {
    const refused = await tomo(['session', 'revoke-all'], { env });
    expect(refused.exitCode).toBe(6);
    expect(refused.stdout).toBe('');
    expect(await liveIds(t)).toEqual([own]);
    const { stdout, exitCode } = await tomo(['session', 'revoke-all', '--yes'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Revoked everybody: 1 session/);
    expect(await liveIds(t)).toEqual([]);
  });

  it('tomo session cleanup', async () => {
    const { stdout, exitCode } = await tomo(['session', 'cleanup'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Cleanup: .*\n$/);
    expect((await tomo(['session', 'cleanup', '--quiet'], { env })).stdout).toBe('');
  });

  it('take the database from --database and the PG* variables too', async () => {
    const { hostname, port, username, password, pathname } = new URL(t.url);
    const variables = {
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      PGDATABASE: pathname.slice(1),
    };
    for (const ran of [
      await tomo(['db', 'status', '--database', t.url]),
      await tomo(['db', 'status'], { env: variables }),
    ]) {
      expect(ran.exitCode, ran.stderr).toBe(0);
      expect(ran.stdout).toContain(pathname.slice(1));
      expect(ran.stdout + ran.stderr).not.toContain(`:${password}@`);
    }
  });
});

it.runIf(EVERYTHING)(
  'the commands of the specification work on the embedded database, with nothing else installed',
  async () => {
    const home = mkdtempSync(join(inject('scratch'), 'home-'));
    const env = { XDG_DATA_HOME: home, HOME: home, TOMO_DATABASE_URL: 'embedded' };
    expect(await tomo(['db', 'migrate'], { env })).toMatchObject({ exitCode: 0 });
    const first = await tomo(['session', 'list'], { env });
    expect({ stdout: first.stdout, exitCode: first.exitCode }, first.stderr).toEqual({ stdout: '', exitCode: 0 });
    expect(first.stderr).toMatch(/No live sessions\./);
    expect((await tomo(['session', 'show', '3f2a9c41'], { env })).exitCode).toBe(4);
    expect((await tomo(['session', 'revoke', '3f2a9c41'], { env })).exitCode).toBe(4);
    expect((await tomo(['session', 'revoke-user', 'admin'], { env })).exitCode).toBe(4);
    expect(await tomo(['session', 'revoke-all', '--yes'], { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/Revoked everybody: 0 sessions/),
    });
    expect(await tomo(['session', 'cleanup'], { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Cleanup: /),
    });
    const status = await tomo(['db', 'status', '--json'], { env });
    expect(JSON.parse(status.stdout)).toMatchObject({ embedded: true, state: 'current' });
    rmSync(home, { recursive: true });
  },
);
