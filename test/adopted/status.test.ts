import { describe, expect, it } from 'vitest';
import { parseServerReference } from '../../src/cli/connect/server-reference.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import Status from '../../src/commands/status.ts';
import type { Database } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import { openAdopted } from '../../src/domain/adopted/open.ts';
import { type CandidateKind, findCandidates } from '../../src/domain/list/completion.ts';
import type { Overview } from '../../src/domain/report/overview.ts';
import { beginFollowing, follow } from '../../src/domain/session/follow.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, empty, useServer } from '../support/adopted/server.ts';

/** What the domain is given by commands that work there. */
async function onServer<T>({ url, reference }: AdoptedServer, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await (url.startsWith('sqlite:') ? openSqlite(url.slice(7)) : openPostgres(url, {}));
  try {
    return await work(await openAdopted(db, parseServerReference(reference, 'the server', {})));
  } finally {
    await db.close();
  }
}

const complete = (server: AdoptedServer, kind: CandidateKind, start: string) =>
  onServer(server, (db) => findCandidates(db, kind, { start, users: [] }));

describe.each(SOME_SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('has a status: whose sessions, how many, what is late and what is not seen', async () => {
    await empty(server);
    await server.logIn('alice');
    await server.logIn('bob');
    const status = (await operate(server, Status, ['--json'])).json<Overview & Record<string, unknown>>();
    expect(status).toMatchObject({
      live: 2,
      openAlerts: null,
      lastCleanupAt: null,
      server: { reference: server.reference, late: status.server?.late, unseen: status.server?.unseen },
    });
    const { stdout, exitCode } = await operate(server, Status, [], { tty: true, columns: 200 });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`tomo on ${status.server?.title} in `);
    expect(stdout).toContain('2 live sessions, never cleaned up\n');
    expect(stdout).toContain(`Server  ${server.reference}\n`);
    if (status.server?.late) expect(stdout.replaceAll(/\s+/g, ' ')).toContain(status.server.late);
    expect(stdout).not.toContain('alert');
  });

  it('completes ids and names of its sessions and users', async () => {
    await empty(server);
    const login = await server.logIn('alice');
    const [first] = await complete(server, 'session', '');
    expect(login.id.startsWith(first?.value ?? '-')).toBe(true);
    const [same] = await complete(server, 'session', login.id.slice(0, 5));
    expect(same).toEqual(first);
    const users = await complete(server, 'user', 'ALI');
    expect(users[0]?.value).toBe(login.user);
    expect(await complete(server, 'device', '')).toEqual([]);
    for (const secret of login.secrets) expect(JSON.stringify([first, users])).not.toContain(secret);
  });

  it('says whose rule makes a session live, and that there is no activity to follow', async () => {
    await empty(server);
    const login = await server.logIn('alice');
    const why = await operate(server, SessionWhy, [login.id]);
    expect(why).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(/session why is about what .+ keeps/),
    });
    await onServer(server, async (db) => {
      const { details, mark } = await beginFollowing(db, login.id, 5);
      expect(details).toMatchObject({ session: { id: login.id }, activity: [] });
      expect(await follow(db, mark)).toMatchObject({ session: { state: 'active' }, activity: [] });
      await empty(server);
      expect(await follow(db, mark)).toMatchObject({ session: null, activity: [] });
    });
  });
});
