import { expect, it } from 'vitest';
import { adopt } from '../../src/db/adopted/port.ts';
import { findDescription } from '../../src/db/adopted/servers/index.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { listSessions } from '../../src/domain/session/list.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { useServer } from '../support/adopted/server.ts';

const server = useServer(startExpress);
const first = { sort: 'login', limit: 10, after: undefined, withTotal: false } as const;

it('goes on where it can when the tables change, and says what is missing where it cannot', async () => {
  const login = await server.logIn('alice');
  const db = await openPostgres(server.url, {});
  const description = await findDescription('connect-pg-simple');
  const watched = adopt(db, { reference: 'connect-pg-simple', description, options: { zone: 'UTC' } });
  const users = async () => (await listSessions(watched, { state: 'all' }, first)).sessions.map((s) => s.username);
  try {
    expect(await users()).toEqual([login.user]);
    await server.sql(`alter table session alter expire type timestamptz using expire at time zone 'UTC'`);
    expect(await users()).toEqual([login.user]);
    await server.sql('alter table users rename to people');
    expect(await users()).toHaveLength(1);
    await server.sql('alter table session rename expire to until');
    await expect(users()).rejects.toMatchObject({
      code: 'DATABASE_UNUSABLE',
      message: expect.stringContaining('no column expire'),
    });
    await server.sql('alter table session rename until to expire');
    await server.sql('alter table people rename to users');
    expect(await users()).toHaveLength(1);
  } finally {
    await db.close();
  }
});
