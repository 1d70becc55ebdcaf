import { expect, it, vi } from 'vitest';
import { type Database, write } from '../../src/db/port/database.ts';
import { cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import { enrichSessions } from '../../src/domain/geo/enrich.ts';
import { openGeoFiles } from '../../src/domain/geo/files.ts';
import { aSession, aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { geoDatabase } from '../support/geo.ts';
import { PATIENCE } from '../support/patience.ts';
import { Random } from '../support/random.ts';
import { count, NOTE, one, untilWaiting } from './helpers.ts';

const IPS = ['203.0.113.1', '198.51.100.1', '192.0.2.1', '2001:db8::1', '10.0.0.1', '8.8.8.8'];
const PLACES = [
  null,
  { country: 'DE', latitude: 52.5, longitude: 13.4 },
  { country: 'NG', latitude: 6.5, longitude: 3.4 },
];

async function enrich(db: Database, batchSize = 100) {
  const geo = await openGeoFiles([{ kind: 'city', path: geoDatabase('concurrency'), origin: 'a test' }]);
  return enrichSessions(db, { actor: NOTE.actor, geo, again: false, batchSize, limit: null, maxDuration: null });
}

onPostgres('geo enrich beside logins of the same users', (t) => {
  it('deadlocks with none of them, nor with cleanups and deactivations, and leaves no session without a verdict', async () => {
    await t.sql(
      'update tomo.settings set location_alerts = true, login_notifications = true, max_sessions_per_user = 3',
    );
    const users: string[] = [];
    for (let i = 0; i < 8; i += 1) users.push(await aUser(t));
    await t.sql(
      `insert into tomo.sessions (user_id, ip, created_at, last_activity_at)
       select ($1::uuid[])[1 + i % 8], ($2::inet[])[1 + i / 8 % 6], now() - make_interval(mins => 20000 - i), now() - make_interval(mins => 19990 - i)
         from generate_series(1, $3::int) i`,
      // session by session takes longer
      [users, IPS, CLUSTER ? 1200 : 12_000],
    );
    let enriching = true;
    let logins = 0;
    const login = async (name: string) => {
      const db = await t.connect();
      const random = new Random(name);
      const at = () => [random.pick(users), random.pick(IPS), random.pick(['curl/8', 'wget/1', 'Firefox/1.0'])];
      while (enriching) {
        const [row] = await write(
          db,
          (tx) =>
            tx.query<{ id: string }>(
              'select session_id as id from tomo.open_session($1::uuid, p_ip => $2::inet, p_user_agent => $3, p_place => $4::jsonb)',
              [...at(), JSON.stringify(random.pick(PLACES))],
            ),
          // longer than the server looks for deadlocks: one would be an error
          { lockTimeout: 20_000 },
        );
        expect(row?.id).toBeTruthy();
        logins += 1;
      }
    };
    /** Until others have logged in meanwhile. */
    const someLogins = (from = logins) => vi.waitUntil(() => !enriching || logins > from + 10, PATIENCE);
    const tidy = async () => {
      const db = await t.connect();
      while (enriching) {
        await cleanUp(db, { actor: NOTE.actor, retention: 3650, batchSize: 50, maxDuration: null });
        await someLogins();
      }
    };
    const deactivate = async () => {
      const db = await t.connect();
      const random = new Random('deactivate');
      const user = await aUser(t);
      while (enriching) {
        await aSession(t, user, { ip: random.pick(IPS) });
        await db.query('update tomo.users set is_active = not is_active where id = $1', [user]);
        await someLogins();
      }
    };
    const work = async () => {
      const db = await t.connect();
      for (let round = 0; round < 3; round += 1) await enrich(db);
      enriching = false;
    };
    await Promise.all([...['a', 'b', 'c', 'd'].map(login), tidy(), deactivate(), work()]);
    expect(logins).toBeGreaterThan(50);
    expect(await one(t, 'select deadlocks::int as n from pg_stat_database where datname = current_database()')).toEqual(
      { n: 0 },
    );
    const last = await enrich(t.db);
    expect(last.workRemains).toBe(false);
    expect(await count(t, 'tomo.sessions where location_check is null')).toBe(0);
    // whoever came first, the country is known from its earliest login on
    expect(
      await count(
        t,
        `tomo.user_places p where first_seen_at is distinct from
           (select min(s.created_at) from tomo.sessions s where s.user_id = p.user_id and s.country = p.country)`,
      ),
    ).toBe(0);
  }, 60_000);

  it('gives way to the deletion of a user whose sessions it holds', async () => {
    const [bob, ann] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
    await t.sql(`insert into tomo.users (id, username) values ($1, 'bob'), ($2, 'ann')`, [bob, ann]);
    await aSession(t, bob, { age: 60 });
    await aSession(t, ann, { age: 50 });
    const [holder, deleter, enricher] = [await t.connect(), await t.connect(), await t.connect()];
    // it has locked the sessions of both, and waits for bob's place
    await holder.query('begin');
    await holder.query(`insert into tomo.user_places (user_id, country) values ($1, 'DE')`, [bob]);
    const enriched = enrich(enricher);
    await untilWaiting(t.db, '', 1);
    // the deletion has ann, and waits for her session; ann's place needs ann
    const deleted = deleter.query('delete from tomo.users where id = $1', [ann]);
    await untilWaiting(t.db, '', 2);
    await holder.query('rollback');
    await deleted;
    expect(await enriched).toMatchObject({ examined: 1, placed: 1, workRemains: false });
    expect(
      await t.sql('select username, country from tomo.users u left join tomo.user_places p on p.user_id = u.id'),
    ).toEqual([{ username: 'bob', country: 'DE' }]);
  });

  it('lets two runs at once place every session once', async () => {
    const ann = await aUser(t);
    await t.sql(
      `insert into tomo.sessions (user_id, ip, created_at) select $1, '203.0.113.1', now() - make_interval(mins => i) from generate_series(1, 1500) i`,
      [ann],
    );
    const [first, second] = await Promise.all([enrich(await t.connect()), enrich(await t.connect())]);
    expect(first.placed + second.placed).toBe(1500);
    expect(await count(t, `tomo.sessions where location_check = 'first'`)).toBe(1);
    expect(await count(t, 'tomo.audit_log')).toBe([first, second].filter(({ placed }) => placed > 0).length);
  });
});
