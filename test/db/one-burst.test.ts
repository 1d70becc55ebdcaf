import { expect, it, onTestFinished } from 'vitest';
import { cleanSessions } from '../../src/db/cleanup/cleanup.ts';
import { type Database, read, type Transaction, write } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { aSession, aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { proxyTo } from '../support/proxy.ts';
import { slowLineTo } from '../support/slow-line.ts';

onPostgres('what is asked at once', (t) => {
  /** What was sent while this went on, in bursts, after the login. */
  async function burstsOf(work: (db: Database) => Promise<unknown>): Promise<string[]> {
    const line = await slowLineTo(t.url);
    onTestFinished(() => line.close());
    const db = await openPostgres(line.url, {});
    await work(db).finally(() => db.close());
    const bursts = await line.bursts();
    return bursts.slice(bursts.findIndex((burst) => burst.includes('begin isolation')));
  }
  const one = (tx: Transaction) => tx.query<{ one: number }>('select $1::int as one', [1]);

  it('goes in one burst with the beginning, and with the end where it is the last', async () => {
    const three = async (tx: Transaction) => {
      const rows = Promise.all([one(tx), tx.script('set local jit = off'), one(tx)]);
      tx.last();
      expect((await rows)[2]).toEqual([{ one: 1 }]);
    };
    expect(await burstsOf((db) => read(db, three))).toEqual([expect.stringMatching(/begin .*set local jit.*commit/s)]);
    const streamed = async (tx: Transaction) => {
      await one(tx);
      const lines = tx.lines('select i::text from generate_series(1, 20000) i');
      let count = 0;
      const reading = (async () => {
        for await (const line of lines) count += Number(line) > 0 ? 1 : 0;
      })();
      tx.last();
      await reading;
      expect(count).toBe(20_000);
    };
    expect(await burstsOf((db) => read(db, streamed))).toHaveLength(2);
    await expect(
      read(t.db, async (tx) => {
        tx.last();
        await one(tx);
        await one(tx);
      }),
    ).rejects.toThrow('after its last turn');
  });

  it('of a change waits for the beginning, unless it only looks first', async () => {
    const change = async (tx: Transaction) => {
      await one(tx);
      await tx.query(`update tomo.users set email = 'a@example.org'`);
    };
    // and the other servers of a cluster are told how to work
    expect(await burstsOf((db) => write(db, change))).toHaveLength(CLUSTER ? 5 : 4);
    expect(await burstsOf((db) => write(db, change, { looksFirst: true }))).toHaveLength(CLUSTER ? 4 : 3);
  });

  /** The step that is in question: on a slow machine a batch does no more than one. */
  const ENDED = '{"source": "ended", "place": null}';
  /** Deletes what is dead for longer than the retention. */
  const clean = (db: Database) => write(db, (tx) => cleanSessions(tx, ENDED, null, 100), { atOnce: true });
  const aDeadOne = async () => aSession(t, await aUser(t), { ended: 30 * 24 * 60, reason: 'logout' });

  it('is one burst from the beginning to the commit, where it does nothing without a beginning', async () => {
    await aDeadOne();
    expect(await burstsOf(clean)).toEqual([expect.stringMatching(/begin .*clean_sessions.*commit/s)]);
    expect(await t.sql('select from tomo.sessions')).toEqual([]);
    const failing = async (tx: Transaction) => {
      await tx.query('select 1 / 0');
    };
    await expect(write(t.db, failing, { atOnce: true })).rejects.toMatchObject({ cause: { code: '22012' } });
    const refusing = async (tx: Transaction) => {
      tx.query(`update tomo.users set email = 'a@example.org'`).catch(() => {});
      throw new Error('refused');
    };
    await expect(write(t.db, refusing, { atOnce: true })).rejects.toThrow('refused');
    expect(await t.sql('select email from tomo.users')).toEqual([{ email: null }]);
  });

  it('fails for the first reason', async () => {
    const wrong = (tx: Transaction) => Promise.all([tx.query('select 1 / 0'), one(tx)]);
    await expect(read(t.db, wrong)).rejects.toMatchObject({ cause: { code: '22012' } });
    const later = async (tx: Transaction) => {
      tx.script('select 1 / 0').catch(() => {});
      return one(tx);
    };
    await expect(read(t.db, later)).rejects.toMatchObject({ cause: { code: '22012' } });
    expect(await read(t.db, one)).toEqual([{ one: 1 }]);
  });

  const LAST = 'select max(version) from tomo.schema_migrations';
  it.each([
    ['is older', `delete from tomo.schema_migrations where version = (${LAST})`, 'SCHEMA_OLDER'],
    ['has a change it does not know', `insert into tomo.schema_migrations values (9999, 'x', true)`, 'SCHEMA_NEWER'],
    ['is another', 'alter schema tomo rename to elsewhere', 'SCHEMA_MISSING'],
  ])('is of no account where the schema %s', async (_, change, code) => {
    await aDeadOne();
    const before = await t.sql('select * from tomo.schema_migrations');
    await t.sql(change);
    onTestFinished(async () => {
      await t.sql('alter schema elsewhere rename to tomo').catch(() => {});
      await t.sql('delete from tomo.schema_migrations');
      await t.sql(
        'insert into tomo.schema_migrations select * from json_populate_recordset(null::tomo.schema_migrations, $1::json)',
        [JSON.stringify(before)],
      );
    });
    const wrong = (tx: Transaction) => tx.query('select from tomo.sessions, tomo.nowhere');
    await expect(read(t.db, wrong)).rejects.toMatchObject({ code });
    await expect(write(t.db, wrong, { looksFirst: true })).rejects.toMatchObject({ code });
    await expect(clean(t.db)).rejects.toMatchObject({ code });
    const rows = await t.sql('select from tomo.sessions').catch(() => t.sql('select from elsewhere.sessions'));
    expect(rows).toHaveLength(1);
    const lines: string[] = [];
    const streamed = read(t.db, async (tx) => {
      for await (const text of tx.lines('select i::text from generate_series(1, 9) i')) lines.push(text);
    });
    await expect(streamed).rejects.toMatchObject({ code });
    expect(lines).toEqual([]);
    expect(await t.db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('leaves nothing written where a beginning fails', async () => {
    await aDeadOne();
    const proxy = await proxyTo(t);
    const db = await openPostgres(proxy.url, {});
    onTestFinished(() => db.close());
    proxy.garble('begin isolation', 'bogus isolation');
    const change = (tx: Transaction) => tx.query(`update tomo.users set email = 'a@example.org'`);
    await expect(write(db, change)).rejects.toThrow('bogus');
    const looking = (tx: Transaction) => one(tx).then(() => change(tx));
    await expect(write(db, looking, { looksFirst: true })).rejects.toThrow('bogus');
    await expect(clean(db)).rejects.toThrow('bogus');
    expect(await t.sql('select email from tomo.users')).toEqual([{ email: null }]);
    expect(await t.sql('select from tomo.sessions')).toHaveLength(1);
  });
});
