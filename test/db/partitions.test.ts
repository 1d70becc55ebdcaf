import { beforeAll, expect, it } from 'vitest';
import { revokeByFilter, revokeByIds } from '../../src/domain/revocation/revoke.ts';
import { revokeEverybody, revokeUsers } from '../../src/domain/revocation/revoke-epoch.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onOneServer } from '../support/database.ts';
import { Random } from '../support/random.ts';
import { clean, NOTE, pass, restoreSql } from './helpers.ts';
import { open, touch } from './server-calls.ts';

const DAY = 24 * 60;

onOneServer('sessions in partitions', (t) => {
  beforeAll(async () => {
    // what reads the table is made again over the one that takes its place
    const views = await t.sql<{ name: string; kind: string; text: string; args: string }>(
      `select p.proname::text as name, pg_get_functiondef(p.oid) as text, p.oid::regprocedure::text as args
         from pg_proc p where pronamespace = 'tomo'::regnamespace and prosqlbody is not null order by p.oid`,
    );
    const [live] = await t.sql<{ text: string }>(`select pg_get_viewdef('tomo.live_sessions') as text`);
    const indexes = await t.sql<{ text: string }>(
      `select pg_get_indexdef(indexrelid) as text from pg_index where indrelid = 'tomo.sessions'::regclass and not indisprimary`,
    );
    const triggers = await t.sql<{ text: string }>(
      `select pg_get_triggerdef(oid) as text from pg_trigger where tgrelid = 'tomo.sessions'::regclass and not tgisinternal`,
    );
    await t.db.transaction({ anySchema: true }, async (tx) => {
      await tx.script(`
        alter table tomo.sessions rename to sessions_before;
        create table tomo.sessions (like tomo.sessions_before including defaults including generated including constraints,
          primary key (user_id, id), foreign key (user_id) references tomo.users on delete cascade) partition by hash (user_id);
        ${[0, 1, 2, 3].map((i) => `create table tomo.sessions_${i} partition of tomo.sessions for values with (modulus 4, remainder ${i});`).join(' ')}
        drop table tomo.sessions_before cascade;
        ${indexes.map(({ text }) => `${text};`).join(' ')}
        ${triggers.map(({ text }) => `${text};`).join(' ')}
        set local check_function_bodies = off;`);
      for (const { text } of views) await tx.query(text);
      await tx.query(`create or replace view tomo.live_sessions as ${live?.text}`);
    });
  });

  it('are ended and deleted only where they are dead, by cleanup and every revocation', async () => {
    const random = new Random('partitions');
    const users: { id: string; username: string }[] = [];
    for (let i = 0; i < 8; i += 1) users.push({ id: await aUser(t, { username: `u${i}` }), username: `u${i}` });
    for (const { id } of users) {
      for (let i = 0; i < 12; i += 1)
        await aSession(t, id, { idle: random.pick([1, 30, 90, 9 * DAY]), age: 12 * DAY, remember: random.chance(0.4) });
      for (let i = 0; i < 4; i += 1)
        await aSession(t, id, { ended: random.pick([5, 8 * DAY]), age: 12 * DAY, idle: 9 * DAY });
    }
    const name = () => random.pick(users)?.username ?? '';
    const cleanLeavesLive = async () => {
      const before = await t.sql('select * from tomo.live_sessions order by id');
      await clean(t, { batchSize: random.pick([1, 5, 1000]) ?? 1 });
      expect(await t.sql('select * from tomo.live_sessions order by id')).toEqual(before);
    };
    await cleanLeavesLive();
    const step = [
      async () =>
        (await revokeByIds(t.db, (await liveIds(t)).slice(0, 3), NOTE, { dryRun: false, expect: null })).revocation,
      async () => (await revokeByFilter(t.db, { state: 'active', users: [name()] }, NOTE, null)).revocation,
      async () => (await revokeUsers(t.db, [name()], NOTE, { keep: [], expect: null }))[0]?.revocation,
      async () =>
        (await revokeEverybody(t.db, NOTE, { keep: (await liveIds(t)).slice(0, 9), expect: null })).revocation,
    ];
    for (let round = 0; round < 4; round += 1) {
      for (const revoke of step) {
        const before = await liveIds(t);
        const revocation = await revoke();
        await cleanLeavesLive();
        for (const id of await liveIds(t)) expect(await touch(t, id)).toMatchObject({ accepted: true });
        if (random.chance(0.5) && revocation) {
          await restoreSql(t, revocation);
          expect(await liveIds(t)).toEqual(before);
        }
        await open(t, random.pick(users)?.id ?? '', {
          remember: true,
          replaces: random.pick(await liveIds(t)) ?? null,
        });
      }
      await pass(t, 20);
      await cleanLeavesLive();
    }
    await pass(t, 24 * 400);
    await clean(t);
    expect(await t.sql('select id from tomo.sessions')).toEqual([]);
  });
});
