import { expect, it, onTestFinished, vi } from 'vitest';
import { type Database, read, write } from '../../src/db/port/database.ts';
import type { Patience } from '../../src/db/port/line.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { revokeEverybody } from '../../src/domain/revocation/revoke-epoch.ts';
import { exportSessions } from '../../src/domain/session/list.ts';
import type { TomoError } from '../../src/model/errors.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { PATIENCE } from '../support/patience.ts';
import { type BadLine, proxyTo } from '../support/proxy.ts';
import { NOTE } from './helpers.ts';

/** A program that does not wait for long. */
const SHORT: Patience = { begin: 1000, commit: 1000, grace: 500, look: 100 };

onPostgres('a line that goes wrong', (t) => {
  const through = async (): Promise<{ db: Database; proxy: BadLine }> => {
    const proxy = await proxyTo(t);
    const db = await openPostgres(proxy.url, { PGCONNECT_TIMEOUT: '1' }, SHORT);
    onTestFinished(() => db.close());
    return { db, proxy };
  };
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => expect.unreachable(),
      (error: unknown) => error as TomoError,
    );
  const everybodyOut = (db: Database) => revokeEverybody(db, NOTE, { keep: [], expect: null });
  const live = async () => (await liveIds(t)).length;

  const FAULTS = {
    'goes silent': (proxy: BadLine) => proxy.silence(),
    'says nothing any more': (proxy: BadLine) => proxy.silence('back'),
    'hears nothing any more': (proxy: BadLine) => proxy.silence('there'),
    'is cut': (proxy: BadLine) => proxy.cut(),
  };
  const MOMENTS = [
    [/tomo\.revoke_all/, 'before', 'unchanged'],
    [/tomo\.revoke_all/, 'after', 'unchanged'],
    [/commit\0/, 'before', 'unknown'],
    [/commit\0/, 'after', 'unknown'],
  ] as const;
  const cases = Object.entries(FAULTS).flatMap(([fault, act]) =>
    // the answer to what has passed still comes
    MOMENTS.filter(([, at]) => fault !== 'hears nothing any more' || at === 'before').map(
      ([text, at, outcome]) => [fault, at, String(text), outcome, act, text] as const,
    ),
  );

  it.each(some('silent lines', cases, 5))(
    'that %s %s %s is given up, and the outcome is %s',
    async (_, at, __, outcome, act, text) => {
      await aSession(t, await aUser(t));
      const { db, proxy } = await through();
      proxy.when(text, at, () => act(proxy));
      // the limit of a statement is that of the server and a little
      const work = write(db, (tx) => tx.query(`select tomo.revoke_all('{}', null, '{}', false, null)`), {
        statementTimeout: 2000,
      });
      expect(await failureOf(work)).toMatchObject({
        code: 'DATABASE_UNREACHABLE',
        message: expect.stringMatching(/^The connection to the database at 127\.0\.0\.1:\d+\/\w+ broke: /),
        outcome,
      });
      if (outcome === 'unchanged') expect(await live()).toBe(1);
    },
  );

  it('that goes silent once it is logged in, before it is known what the server is, is given up', async () => {
    const proxy = await proxyTo(t);
    proxy.when(/pg_is_in_recovery/, 'before', () => proxy.silence());
    const url = `${proxy.url}?connect_timeout=1&target_session_attrs=primary`;
    expect(await failureOf(openPostgres(url, {}))).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
  });

  it('that died while nothing ran is sought again, silent or cut', async () => {
    await aSession(t, await aUser(t));
    const { db, proxy } = await through();
    proxy.cut();
    expect(await read(db, (tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
    proxy.when(/begin/, 'before', () => proxy.silence());
    const silent = everybodyOut(db);
    await vi.waitUntil(() => proxy.opened === 3, PATIENCE);
    proxy.cut();
    proxy.mend();
    await failureOf(silent).catch(() => {});
    await everybodyOut(db);
    expect(await live()).toBe(0);
  });

  it('is waited for without end while the server works, and no longer', async () => {
    const { db, proxy } = await through();
    const long = (work: string) => write(db, (tx) => tx.query(work), { statementTimeout: 0 });
    const before = proxy.opened;
    await long('select pg_sleep(2)');
    // it has looked, on connections of their own
    expect(proxy.opened - before).toBeGreaterThan(1);
    proxy.when(/pg_sleep/, 'after', () => proxy.silence());
    expect(await failureOf(long('select pg_sleep(600)'))).toMatchObject({ outcome: 'unchanged' });
  });

  it('is looked after on its own server, where several are named and another one answers', async () => {
    const proxy = await proxyTo(t);
    const named = new URL(proxy.url);
    const url = proxy.url.replace(named.host, `${named.host},${new URL(t.url).host}`);
    const db = await openPostgres(url, { PGCONNECT_TIMEOUT: '1' }, SHORT);
    onTestFinished(() => db.close());
    proxy.when(/pg_sleep/, 'after', () => proxy.silence());
    const long = write(db, (tx) => tx.query('select pg_sleep(602)'), { statementTimeout: 0 });
    expect(await failureOf(long)).toMatchObject({ code: 'DATABASE_UNREACHABLE', outcome: 'unchanged' });
  });

  it('ends an export in the middle with an error', async () => {
    const user = await aUser(t);
    for (let i = 0; i < 3; i += 1) await aSession(t, user);
    const { db, proxy } = await through();
    proxy.when(/tomo\.liveness/, 'after', () => proxy.silence('back'));
    const exported = exportSessions(db, { state: 'active' }, { sort: 'activity', after: undefined }, () => {});
    expect(await failureOf(exported)).toMatchObject({ code: 'DATABASE_UNREACHABLE', outcome: undefined });
  });

  it('is given up at once when the caller says so, with nothing more after it', async () => {
    const { db } = await through();
    const work = failureOf(write(db, (tx) => tx.query('select pg_sleep(601)')));
    await vi.waitUntil(
      async () =>
        (
          await t.sql(
            `select from pg_stat_activity where query like '%pg_sleep(601)%' and state = 'active' and pid <> pg_backend_pid()`,
          )
        ).length > 0,
      PATIENCE,
    );
    db.abandon();
    expect(await work).toMatchObject({ code: 'INTERRUPTED', outcome: 'unchanged' });
    expect(await failureOf(db.query('select 1'))).toMatchObject({ code: 'INTERRUPTED' });
  });

  it('is given up at once where it only listens, too', async () => {
    const { db, proxy } = await through();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    proxy.when(/listen/, 'before', () => {
      proxy.silence();
      resolve();
    });
    const listening = failureOf(db.listen('tomo_session_ended', { notified: () => {}, lost: () => {} }));
    await asked;
    db.abandon();
    expect(await listening).toMatchObject({ code: 'INTERRUPTED' });
    const opened = proxy.opened;
    const another = failureOf(db.listen('tomo_session_ended', { notified: () => {}, lost: () => {} }));
    expect(await another).toMatchObject({ code: 'INTERRUPTED' });
    expect(proxy.opened).toBe(opened);
  });

  it('leaves no transaction behind on the server', async () => {
    await write(t.db, async (tx) => {
      const [row] = await tx.query<{ limit: string }>(
        `select current_setting('idle_in_transaction_session_timeout') as limit`,
      );
      expect(row).toEqual({ limit: '1min' });
    });
    const idle = write(t.db, async (tx) => {
      await tx.query('set local idle_in_transaction_session_timeout = 50');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await tx.query('select 1');
    });
    expect(await failureOf(idle)).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('nothing had come for too long'),
      outcome: 'unchanged',
    });
    expect(await t.sql('select 1 as one')).toEqual([{ one: 1 }]);
  });
});
