import { beforeAll, describe, expect, it } from 'vitest';
import ActivityList from '../../src/commands/activity/list.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AuditList from '../../src/commands/audit/list.ts';
import DeviceList from '../../src/commands/device/list.ts';
import { ACTIVITY } from '../../src/domain/activity/list.ts';
import { ALERTS } from '../../src/domain/alert/list.ts';
import { AUDIT } from '../../src/domain/audit/list.ts';
import { DEVICES } from '../../src/domain/device/list.ts';
import { ACTIVITY_LIST } from '../../src/views/activity/columns.ts';
import { ALERT_LIST } from '../../src/views/alert/columns.ts';
import { AUDIT_LIST } from '../../src/views/audit/columns.ts';
import { DEVICE_LIST } from '../../src/views/device/columns.ts';
import { aDevice, anAlert, aSession, aUser, JOURNEY } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { allPages } from '../support/pages.ts';
import { run } from '../support/run.ts';

const NAMES = ['ann', 'Ann2', 'ann10', 'ann9', 'Zoë', 'élan', 'o-brien', 'obrien'];
const ROWS = 24;
const one = <T>(n: number, ...of: T[]) => of[n % of.length] as T;

onPostgres('a list in order of any column', (t) => {
  t.keepsData = true;

  beforeAll(async () => {
    const users = await Promise.all(NAMES.map((username) => aUser(t, { username })));
    for (let n = 0; n < ROWS; n += 1) {
      const user = one(n, ...users);
      const device = await aDevice(t, user, {
        ...one(n, { browser: 'Firefox', os: 'Windows' }, { browser: 'Chrome', os: 'macOS' }, {}),
        screen: one(n, '1920x1080', '800x600', undefined, ''),
        zone: one(n, 'Europe/Berlin', undefined),
        label: one(n, 'office 10', 'office 9', undefined),
        trusted: n % 3 === 0,
        first: 1000 + ((n * 7) % 5),
        seen: (n * 5) % 11,
      });
      for (let i = 0; i < n % 3; i += 1) {
        const session = await aSession(t, user, { ended: n % 7 === 0 ? 1 : undefined });
        await t.sql('update tomo.sessions set device_id = $1 where id = $2', [device, session]);
      }
      const alert = await anAlert(t, user, {
        kind: one(n, 'new_device', 'unusual_location', 'login'),
        session: one(n, null, `3f2a9c4${n % 10}-0000-4000-8000-00000000000${n % 10}`),
        evidence: one<Record<string, unknown>>(
          n,
          { ...JOURNEY, repeated: n },
          { ip: `10.0.0.${n}`, repeated: 'often' },
          { place: { country: 'DE', city: '', ip: 7 }, to: 'nowhere', ip: '9.0.0.1' },
          { place: { country: 'FR', city: 'Paris', ip: '10.0.0.9' }, to: { city: null }, repeated: 2.5 },
        ),
        age: (n * 5) % 13,
        delivery: one(n, 'pending', 'sent', 'dead'),
        attempts: n % 4,
        acknowledgedBy: one(n, undefined, 'olga', 'Otto'),
      });
      await t.sql('update tomo.alerts set last_error = $2 where id = $1', [alert, one(n, null, 'refused', '')]);
      await t.sql('select tomo.write_audit($1, $2, $3, $4)', [
        JSON.stringify(one<object>(n, { user: 'admin' }, { osUser: 'olga', host: 'desk' }, {})),
        one(n, 'set', 'cleanup', 'revoke'),
        one(n, null, 'stolen 10', 'stolen 9', ''),
        JSON.stringify({ count: n % 4 }),
      ]);
      await t.sql(
        `insert into tomo.session_activity (session_id, user_id, at, kind, name, path, status, ip)
         values ($1, $2, date_trunc('second', now()) - make_interval(mins => $3), $4, $5, $6, $7, $8)`,
        [
          `3f2a9c4${n % 10}-0000-4000-8000-000000000001`,
          // of nobody, which has no place on a cluster
          CLUSTER ? user : one(n, user, null),
          (n * 5) % 7,
          one(n, 'page', 'api', 'action'),
          one(n, 'Page 10', 'Page 9', null),
          one(n, '/', '/containers/10', '/containers/9', null),
          one(n, 200, 404, null),
          one(n, '203.0.113.1', '10.0.0.9', '2001:db8::1', '2001:db8::a', null),
        ],
      );
    }
  });

  // what happened, and what was done, are words of ours
  const lists = [
    { name: 'device list', command: DeviceList, list: DEVICES, view: DEVICE_LIST, words: [] },
    { name: 'alert list', command: AlertList, list: ALERTS, view: ALERT_LIST, words: ['what'] },
    { name: 'audit list', command: AuditList, list: AUDIT, view: AUDIT_LIST, words: ['what', 'detail'] },
    { name: 'activity list', command: ActivityList, list: ACTIVITY, view: ACTIVITY_LIST, words: [] },
  ];

  describe.each(lists)('$name', ({ name, command, list, view, words }) => {
    const every = name === 'alert list' ? ['--state', 'all'] : [];
    const columns = Object.keys(view.columns);

    it.each(columns.flatMap((column) => [[column], [column, '--reverse']]))(
      'is on a page as in the whole of it, and page by page: %s %s',
      async (...argv) => {
        const listed = (...more: string[]) => run(t, command, [...every, '--sort', ...argv, ...more]);
        // whole, the rows are sorted here; of a page, by the database where it can
        const lines = (await listed('--all', '--output', 'ndjson')).stdout.trim().split('\n');
        const whole = lines.map((line) => {
          const { schemaVersion: _, ...row } = JSON.parse(line);
          return row as unknown;
        });
        expect(whole.length).toBeGreaterThanOrEqual(ROWS);
        const page = (await listed('--limit', '60', '--json')).json<Record<string, unknown[]>>()[view.key];
        expect(page).toEqual(whole);
        expect(await allPages((...more) => listed('--limit', '7', ...more), view.key)).toEqual(whole);
      },
    );

    it('is sorted by the database, but by words of ours', async () => {
      const by = (column: string) => list.byColumn(t.db, { state: 'all' }, { column, rising: true, after: null }, 1);
      const sorted = await Promise.all(columns.map(async (column) => ((await by(column)) ? [] : [column])));
      expect(sorted.flat()).toEqual(words);
    });

    it('goes on in the whole of it where a page has ended', async () => {
      const [column = ''] = view.names;
      const listed = (...more: string[]) => run(t, command, [...every, '--sort', column, '--reverse', ...more]);
      const { nextCursor } = (await listed('--limit', '5', '--json')).json<{ nextCursor: string }>();
      const rest = (await listed('--all', '--after', nextCursor, '--output', 'ndjson')).stdout.trim().split('\n');
      const whole = (await listed('--all', '--output', 'ndjson')).stdout.trim().split('\n');
      expect(rest).toEqual(whole.slice(5));
    });
  });
});
