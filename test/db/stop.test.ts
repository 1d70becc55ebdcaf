import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { OpenView } from '../../src/cli/watch/open-view.ts';
import { type Database, read, write } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { onPostgres } from '../support/database.ts';
import { PATIENCE } from '../support/patience.ts';

onPostgres('a statement that nobody waits for any more', (t) => {
  const opened = async () => {
    const db = await openPostgres(t.url, {});
    onTestFinished(() => db.close());
    return db;
  };
  const forEver = (db: Database) => read(db, (tx) => tx.query('select pg_sleep(602)'), { statementTimeout: 0 });
  const running = () =>
    vi.waitUntil(
      async () =>
        (
          await t.sql(
            `select from pg_stat_activity where query like '%pg_sleep(602)%' and state = 'active' and pid <> pg_backend_pid()`,
          )
        ).length > 0,
      PATIENCE,
    );

  it('is stopped by the server, on the same connection; where nothing runs, nothing is', async () => {
    const db = await opened();
    const pid = () => db.query('select pg_backend_pid() as pid');
    const own = await pid();
    await db.stop?.();
    expect(await pid()).toEqual(own);
    const work = forEver(db).catch((error: unknown) => error);
    await running();
    await db.stop?.();
    expect(await work).toMatchObject({ message: expect.stringContaining('canceling statement due to user request') });
    expect(await pid()).toEqual(own);
  });

  it('does not hold up in a view what is wanted instead; a change is never stopped', async () => {
    const db = await opened();
    const lend = (work: (db: Database) => Promise<unknown>) => work(db);
    const view = new OpenView(lend as never, {
      embedded: false,
      context: null,
      check: async () => {},
    });
    let wanted = 'first';
    const first = view.use(forEver, () => wanted === 'first').catch((error: unknown) => error);
    const second = view.use(forEver, () => wanted === 'second').catch((error: unknown) => error);
    const third = view.use(
      (on) => on.query('select 3 as n'),
      () => wanted === 'third',
    );
    await running();
    view.reconsider();
    wanted = 'third';
    view.reconsider();
    expect(await third).toEqual([{ n: 3 }]);
    expect(await first).toMatchObject({ message: expect.stringContaining('canceling statement') });
    expect(await second).toMatchObject({ code: 'INTERRUPTED' });

    const change = view.use((on) =>
      write(on, async (tx) => {
        await sleep(1);
        return tx.query('select pg_sleep(0.2), 4 as n');
      }),
    );
    view.reconsider();
    expect(await change).toMatchObject([{ n: 4 }]);
    await view.close();
  });
});
