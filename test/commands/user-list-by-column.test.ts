import { beforeAll, expect, it } from 'vitest';
import UserList from '../../src/commands/user/list.ts';
import type { User } from '../../src/model/user.ts';
import { USER_LIST } from '../../src/views/user/columns.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { allPages } from '../support/pages.ts';
import { run } from '../support/run.ts';

onPostgres('user list --sort by any column', (t) => {
  t.keepsData = true;

  beforeAll(async () => {
    for (const [i, username] of ['ann', 'Ann2', 'ann10', 'ann9', 'Zoë', 'élan', 'o-brien', 'obrien', 'bob'].entries()) {
      const user = await aUser(t, { username, active: i !== 4 });
      for (let n = 0; n < i % 4; n += 1) await aSession(t, user, { idle: i + n, age: 100 + i });
      await t.sql(
        'update tomo.users set email = $2, role = $3, created_at = now() - make_interval(hours => $4) where id = $1',
        [user, i % 3 === 0 ? null : `${username}@example.org`, ['admin', 'user', 'readonly'][i % 3], (i * 5) % 9],
      );
      if (i % 2) await t.sql('insert into tomo.user_controls (user_id, max_sessions) values ($1, 3)', [user]);
    }
  });

  const columns = Object.keys(USER_LIST.columns);

  it.each(columns.flatMap((column) => [[column], [column, '--reverse']]))(
    'is on a page as in the whole of it, and page by page: %s %s',
    async (...argv) => {
      const list = (...more: string[]) => run(t, UserList, ['--sort', ...argv, ...more]);
      // whole, the rows are sorted here; of a page, by the database where it can
      const lines = (await list('--all', '--output', 'ndjson')).stdout.trim().split('\n');
      const whole = lines.map((line) => (JSON.parse(line) as User).username);
      expect(whole).toHaveLength(9);
      const page = (await list('--limit', '40', '--json')).json<{ users: User[] }>().users;
      expect(page.map(({ username }) => username)).toEqual(whole);
      const paged = await allPages<User>((...more) => list('--limit', '4', ...more), 'users');
      expect(paged.map(({ username }) => username)).toEqual(whole);
    },
  );
});
