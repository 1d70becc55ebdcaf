import { describe, expect, it } from 'vitest';
import SessionStats from '../../src/commands/session/stats.ts';
import type { SessionStats as Stats } from '../../src/domain/report/stats.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, empty, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';

async function stats(server: AdoptedServer, ...argv: string[]): Promise<Stats> {
  const ran = await operate(server, SessionStats, [...argv, '--json']);
  expect(ran.exitCode, ran.stdout).toBe(0);
  return ran.json<Stats & Record<string, unknown>>();
}

describe.each(SOME_SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('counts what it knows, and names what it does not, once', async () => {
    await empty(server);
    const alice = await server.logIn('alice');
    await server.logIn('alice');
    await server.expire(await server.logIn('alice'));
    const bob = await server.logIn('bob', { ip: '198.51.100.9', agent: 'curl/8.16.0' });
    const keeps = (field: (typeof server.keeps)[number]) => server.keeps.includes(field);
    const found = await stats(server);
    expect(found).toMatchObject({
      totals: { live: 3, users: 2, remembered: null, ended: null },
      byCountry: null,
      byMethod: null,
      limits: null,
    });
    expect(found.byUser?.top.map(({ username, sessions }) => [username, sessions])).toEqual([
      [alice.user, 2],
      [bob.user, 1],
    ]);
    expect(found.byAddress?.top).toEqual(
      keeps('ip')
        ? [
            { name: '203.0.113.7', sessions: 2 },
            { name: '198.51.100.9', sessions: 1 },
          ]
        : undefined,
    );
    expect(found.byNetwork?.top[0]).toEqual(keeps('ip') ? { name: '203.0.113.0/24', sessions: 2 } : undefined);
    expect(found.byDevice?.top[0]).toEqual(keeps('userAgent') ? { name: 'Firefox on Linux', sessions: 2 } : undefined);
    const running = Object.values(found.expiry ?? {}).reduce((sum, n) => sum + n, 0);
    expect(running).toBe(keeps('expiresAt') ? 3 : 0);
    // to make it run out, some have to have begun long ago
    const began = [3, 4].includes(found.logins?.total ?? 0);
    expect(began).toBe(keeps('createdAt'));
    expect(found.unknownFields?.includes('logins')).toBe(!keeps('createdAt'));
    expect(found.suspicious.map(({ kind }) => kind)).toEqual(keeps('userAgent') ? ['program'] : []);

    // after the first look
    const options = { tty: true, columns: 100, interrupt: (press: () => void) => void setImmediate(press) };
    const picture = await operate(server, SessionStats, ['--watch'], options);
    if (keeps('createdAt')) {
      expect(picture.exitCode, picture.stderr).toBe(0);
      expect(picture.stdout).toMatch(/ 3 live sessions /);
      expect(picture.stdout).toMatch(new RegExp(`Logins +\\d+ +[\\d.]+ +${found.logins?.total} `));
      expect(picture.stdout).toMatch(new RegExp(`${alice.user}[^\\n]* 2\\b`));
      expect(picture.stdout).not.toMatch(/Alerts|Revocations/);
    } else {
      expect(picture).toMatchObject({ exitCode: 2, stdout: '' });
      expect(picture.stderr).toMatch(/does not keep when a session began[\s\S]*session list --watch/);
    }

    const one = await stats(server, '--user', bob.user ?? '');
    expect(one).toMatchObject({ usernames: [bob.user], totals: { live: 1, users: 1 } });

    const drawn = await operate(server, SessionStats, [], { tty: true, columns: 100 });
    expect(drawn.stdout).toContain('3 live, of 2 users\n');
    expect(drawn.stdout.match(/Not known here/g)).toHaveLength(1);
    expect(drawn.stdout).not.toMatch(/By country|By login method/);
    for (const secret of [...alice.secrets, ...bob.secrets])
      expect(drawn.stdout + JSON.stringify(found)).not.toContain(secret);
  });
});

describe('what is odd', () => {
  const server = useServer((database) => startTables(database, LARAVEL));

  it('is many sessions of one user from one device, and many users from one address', async () => {
    await empty(server);
    for (let i = 0; i < 5; i += 1) await server.logIn('alice');
    for (let i = 0; i < 10; i += 1) await server.logIn(`user${i}`, { ip: '192.0.2.1', agent: `\u001b]0;x\u0007 ${i}` });
    await server.visit?.();
    const found = await stats(server);
    expect(found.totals).toMatchObject({ live: 16, users: 11 });
    expect(found.suspicious).toEqual([
      expect.objectContaining({ kind: 'duplicates', username: 'alice@example.org', sessions: 5, ip: '203.0.113.7' }),
      expect.objectContaining({ kind: 'crowded-address', ip: '192.0.2.1', users: 10, sessions: 10 }),
    ]);
    const { stdout } = await operate(server, SessionStats, [], { tty: true, columns: 100 });
    expect(stdout).toContain('tomo session list --ip 192.0.2.1');
    expect([...stdout].filter((sign) => sign < ' ' && sign !== '\n')).toEqual([]);
  });
});
