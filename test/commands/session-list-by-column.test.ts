import { beforeAll, expect, it } from 'vitest';
import { browseSource } from '../../src/cli/browse/source.ts';
import type { OpenView } from '../../src/cli/watch/open-view.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import type { Session } from '../../src/model/session.ts';
import { SESSION_COLUMNS } from '../../src/views/session/columns.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { allPages } from '../support/pages.ts';
import { run } from '../support/run.ts';

onPostgres('session list --sort by any column', (t) => {
  t.keepsData = true;

  beforeAll(async () => {
    const users = ['ann', 'Ann2', 'ann10', 'ann9', 'Zoë', 'élan', 'o-brien', 'obrien'];
    const browsers = ['Firefox', 'Chrome', undefined];
    for (const [u, username] of users.entries()) {
      const user = await aUser(t, { username });
      for (let i = 0; i < 4; i += 1) {
        const n = u * 4 + i;
        const browser = browsers[n % 3];
        await aSession(t, user, {
          idle: (n * 7) % 31,
          age: 100 + n,
          remember: n % 4 === 0,
          ip: [`10.0.0.${(n * 5) % 13}`, `${n % 2 ? 9 : 203}.2.${n}.1`, `2a0${n % 2}:db8::${(n * 11).toString(16)}`][
            n % 3
          ],
          method: ['password', 'sso'][n % 2],
          ...(browser ? { browser, os: 'Windows' } : n % 2 ? { userAgent: `tool/${n}` } : {}),
          ...(n % 5 ? { country: ['DE', 'FR'][n % 2], city: ['Berlin', 'Paris'][n % 2] } : {}),
        });
      }
    }
    const gone = await aUser(t, { username: 'gone' });
    const reasons = ['logout', 'revoked', 'evicted', 'expired'];
    for (let n = 0; n < 16; n += 1) {
      const id = await aSession(t, gone, {
        ended: 1 + ((n * 5) % 7),
        idle: 40 + ((n * 3) % 5),
        reason: reasons[n % 4],
        by: ['olga', 'Otto', undefined][n % 3],
        ip: `10.0.0.${n}`,
        ...(n % 3 ? { country: 'DE', browser: 'Firefox' } : {}),
      });
      await t.sql('update tomo.sessions set revocation_id = $2 where id = $1', [id, n % 4 === 1 ? (n * 7) % 10 : null]);
    }
    // what nothing has written the end of
    for (let n = 0; n < 4; n += 1) await aSession(t, gone, { idle: 100 + ((n * 3) % 4) });
    const revoked = [await aSession(t, gone, { idle: 2 }), await aSession(t, gone, { idle: 3 })];
    await run(t, SessionRevoke, revoked);
  });

  const columns = Object.keys(SESSION_COLUMNS);

  const states = [
    ['active', 32],
    ['ended', 22],
    ['revoked', 6],
    ['all', 54],
    ['all --user gone', 22],
  ] as const;
  const cases = states.flatMap(([state, rows]) =>
    columns.flatMap((column) => [[column], [column, '--reverse']]).map((argv) => [state, rows, argv] as const),
  );

  it.each(some('sessions by column', cases, 20))(
    'is on a page as in the whole of it, and page by page: --state %s (%d) %j',
    async (state, rows, argv) => {
      const list = (...more: string[]) =>
        run(t, SessionList, ['--state', ...state.split(' '), '--sort', ...argv, ...more]);
      // whole, the rows are sorted here; of a page, by the database where it can
      const whole = (await list('--all', '--output', 'ids')).stdout.trim().split('\n');
      expect(whole).toHaveLength(rows);
      const page = (await list('--limit', '60', '--json')).json<{ sessions: Session[] }>().sessions;
      expect(page.map(({ id }) => id)).toEqual(whole);
      const paged = await allPages<Session>((...more) => list('--limit', '7', ...more), 'sessions');
      expect(paged.map(({ id }) => id)).toEqual(whole);
    },
  );

  it('goes on in the whole of it where a page in order of addresses has ended', async () => {
    const list = async (...more: string[]) => run(t, SessionList, ['--sort', 'ip', ...more]);
    const whole = (await list('--all', '--output', 'ids')).stdout.trim().split('\n');
    const { nextCursor } = (await list('--limit', '5', '--json')).json<{ nextCursor: string }>();
    const rest = (await list('--all', '--after', nextCursor, '--output', 'ids')).stdout.trim().split('\n');
    expect(rest).toEqual(whole.slice(5));
    const rows = (await list('--all', '--output', 'csv', '--columns', 'ip', '--no-headers')).stdout.trim().split('\n');
    const families = rows.map((ip) => (ip.includes(':') ? 6 : 4));
    expect(families).toEqual([...families].sort());
    expect(rows.filter((ip) => ip.startsWith('2a00:')).slice(0, 2)).toEqual(['2a00:db8::16', '2a00:db8::58']);
  });

  it('and on the full screen, however many there are', async () => {
    await t.sql(`insert into tomo.sessions (user_id, ip)
      select id, '10.9.0.0'::inet + n from tomo.users, generate_series(1, 1100) n where username = 'ann'`);
    const use = (work: (db: typeof t.db) => Promise<unknown>) => work(t.db);
    const source = browseSource({ use, pause: (ms: number) => ms } as unknown as OpenView, {
      operator: () => null,
      actor: () => ({ osUser: 'test', host: 'test' }),
      now: () => new Date(),
      mine: false,
    });
    const look = { view: 'sessions', scope: null, search: '', reverse: false, limit: 5, after: undefined } as const;
    const first = await source.page({ ...look, sort: 'user', filter: 'active' });
    const next = await source.page({ ...look, sort: 'user', filter: 'active', after: first.nextCursor ?? undefined });
    const whole = (await run(t, SessionList, ['--sort', 'user', '--limit', '10', '--output', 'ids'])).stdout;
    expect([...first.rows, ...next.rows].map(({ id }) => id)).toEqual(whole.trim().split('\n'));
    await expect(source.page({ ...look, sort: 'relation', filter: 'all' })).rejects.toThrow(/More than 1,000 match/);
  });
});
