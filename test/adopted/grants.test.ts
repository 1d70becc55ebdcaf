import { describe, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { adoptedGrants } from '../../src/db/adopted/grants.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { findDescription } from '../../src/domain/adopted/find-description.ts';
import type { Session } from '../../src/model/session.ts';
import { SERVERS } from '../support/adopted/every-server.ts';
import { useServer } from '../support/adopted/server.ts';
import { some } from '../support/extent.ts';
import { run } from '../support/run.ts';

const ON_POSTGRES = SERVERS.filter(([name]) => !/SQLite|real Tomo/.test(name));

describe.each(some('granted', ON_POSTGRES, 4))('rights on the tables of %s', (_, start) => {
  const server = useServer(start);

  it('are enough for what a role is for, and no more', async () => {
    const description = await findDescription(server.reference.split(':')[0] ?? '');
    const columns = await server.sql<{ table: string; column: string }>(
      'select table_name as table, column_name as column from information_schema.columns',
    );
    const has = (table: string, column: string) =>
      column === 'ctid' || columns.some((one) => one.table === table && one.column === column);
    const alice = await server.logIn('alice');
    const bob = await server.logIn('bob');
    const open: { end: () => Promise<void> }[] = [];
    const as = async (kind: 'viewer' | 'operator') => {
      const name = `adopted_${kind}`;
      await server.sql(`create role ${name} login password 'x'`);
      await server.sql(adoptedGrants(description, { name, kind }, has).join('\n'));
      const url = new URL(server.url);
      url.username = name;
      url.password = 'x';
      const db = await openPostgres(url.href, {});
      open.push({
        end: async () => {
          await db.close();
          await server.sql(`drop owned by ${name}; drop role ${name}`);
        },
      });
      return (command: Parameters<typeof run>[1], argv: string[]) =>
        run({ db, url: url.href } as Parameters<typeof run>[0], command, [...argv, '--server', server.reference]);
    };
    try {
      const viewer = await as('viewer');
      const { sessions } = (await viewer(SessionList, ['--json'])).json<{ sessions: Session[] }>();
      expect(sessions.map(({ username }) => username).toSorted()).toEqual([alice.user, bob.user].toSorted());
      expect((await viewer(SessionRevokeUser, [alice.user ?? '', '--yes'])).exitCode).toBe(5);
      expect(await server.accepts(alice)).toBe(true);
      const operator = await as('operator');
      const revoked = await operator(SessionRevokeUser, [alice.user ?? '', '--yes']);
      expect(revoked, revoked.stderr).toMatchObject({ exitCode: 0 });
      expect([await server.accepts(alice), await server.accepts(bob)]).toEqual([false, true]);
      for (const secret of description.secrets ?? []) {
        const [allowed] = await server.sql<{ may: boolean }>('select has_column_privilege($1, $2, $3, $4) as may', [
          ...['adopted_operator', server.table, secret, 'select'],
        ]);
        // what holds JSON or is decoded is read, and never printed
        expect(allowed?.may, secret).toBe(['sess', 'session_data'].includes(secret) && secretIsRead(secret));
      }
    } finally {
      for (const { end } of open) await end();
    }

    function secretIsRead(secret: string): boolean {
      const { places = [], decode } = description.user;
      return [...places, decode].some((place) => place?.column === secret);
    }
  });
});
