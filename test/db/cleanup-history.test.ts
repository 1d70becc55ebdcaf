import { beforeEach, expect, it } from 'vitest';
import { write } from '../../src/db/port/database.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { auditRows, chainProblems, clean, count, one, revokeAllSql } from './helpers.ts';

const partitions = async (t: TestDatabase) =>
  (
    await t.sql<{ name: string }>(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'tomo.session_activity'::regclass order by 1`,
    )
  ).map((row) => row.name);

async function noPartitions(t: TestDatabase): Promise<void> {
  for (const name of await partitions(t)) if (!name.endsWith('_default')) await t.sql(`drop table ${name}`);
}

const USER = '3f2a9c41-0000-4000-8000-000000000000';
let serial = 0;

/** Where it then is; the part of a cluster has a number behind the name. */
async function activity(t: TestDatabase, daysAgo: number): Promise<unknown[]> {
  serial += 1;
  const session = USER.slice(0, -6) + String(serial).padStart(6, '0');
  await t.sql(
    `insert into tomo.session_activity (session_id, user_id, at, kind)
     values ($1, $2, now() - make_interval(days => $3), 'page')`,
    [session, USER, daysAgo],
  );
  return t.sql(
    `select regexp_replace(tableoid::regclass::text, '_\\d{6}$', '') as "where" from tomo.session_activity
      where session_id = $1`,
    [session],
  );
}

onBothEngines('cleanup of activity', (t) => {
  beforeEach(async () => {
    await noPartitions(t);
  });

  it('keeps a partition ready for this week and the coming ones, and makes none twice', async () => {
    const report = await clean(t);
    expect(report.partitionsCreated).toHaveLength(5);
    const { monday } = await one<{ monday: string }>(
      t,
      `select to_char(date_trunc('week', now(), 'UTC') at time zone 'UTC', 'YYYY-MM-DD') as monday`,
    );
    expect(report.partitionsCreated[0]).toBe(monday);
    expect(await activity(t, 0)).toEqual([{ where: `tomo.session_activity_${monday.replaceAll('-', '')}` }]);
    expect((await activity(t, -28))[0]).not.toEqual({ where: 'tomo.session_activity_default' });
    expect((await clean(t)).partitionsCreated).toEqual([]);
  });

  it('moves what waits in the default partition to weeks of their own, with every row', async () => {
    for (const days of [0, 0, 3, 10, 24, 80, -60])
      expect(await activity(t, days)).toEqual([{ where: 'tomo.session_activity_default' }]);
    const before = await t.sql('select * from tomo.session_activity order by at');
    await clean(t);
    expect(await t.sql('select * from tomo.session_activity order by at')).toEqual(before);
    expect(await count(t, 'tomo.session_activity_default')).toBe(0);
  });

  it('drops weeks past the retention, whole, and nothing younger', async () => {
    for (const days of [0, 89, 98, 120]) await activity(t, days);
    await t.sql('update tomo.settings set retention_activity_logs = 365');
    await clean(t);
    await t.sql('update tomo.settings set retention_activity_logs = 90');
    const report = await clean(t);
    expect(report.partitionsDropped).toHaveLength(2);
    expect(await count(t, `tomo.session_activity where at < now() - interval '97 days'`)).toBe(0);
    expect(await count(t, 'tomo.session_activity')).toBe(2);
    expect((await clean(t)).partitionsDropped).toEqual([]);
  });

  it('deletes from the default partition what is past the retention, in batches', async () => {
    for (let i = 0; i < 5; i += 1) await activity(t, 91 + i);
    await activity(t, 89);
    expect(await clean(t, { batchSize: 2 })).toMatchObject({ activityDeleted: 5 });
    expect(await count(t, 'tomo.session_activity')).toBe(1);
  });

  it('drops no table that is not a week past the retention', async () => {
    await clean(t);
    for (const name of ['sessions', 'session_activity_default', (await partitions(t))[1]?.replace('tomo.', '') ?? '']) {
      await expect(t.sql('select tomo.drop_activity_partition($1)', [name])).rejects.toThrow();
    }
  });
});

onBothEngines('cleanup of history', (t) => {
  const ago = (days: number) => `now() - interval '${days} days'`;

  it('cuts the audit at its old end, records the cut, and the rest can still be verified', async () => {
    for (let i = 0; i < 6; i += 1) await revokeAllSql(t);
    await t.sql(`update tomo.audit_log set at = ${ago(400)} where id <= 4`);
    const { hash } = await one<{ hash: string }>(
      t,
      `select encode(hash, 'hex') as hash from tomo.audit_log where id = 4`,
    );
    await clean(t, { batchSize: 3 });
    expect((await auditRows(t)).map(({ id, action, detail }) => [id, action, detail])).toEqual([
      [5, 'revoke-all', expect.anything()],
      [6, 'revoke-all', expect.anything()],
      [7, 'cut', { row: 3, hash: expect.any(String), rows: 3 }],
      [8, 'cut', { row: 4, hash, rows: 1 }],
      [9, 'cleanup', expect.anything()],
    ]);
    expect(await chainProblems(t)).toEqual([]);
    await revokeAllSql(t);
    expect(await chainProblems(t)).toEqual([]);
  });

  it('removes old revocations that nothing hangs on, but not the newest that stands', async () => {
    const alice = await aUser(t);
    const held = await aSession(t, alice, { remember: true, idle: 10, age: 500 * 1440 });
    for (let i = 0; i < 3; i += 1) await revokeAllSql(t);
    await t.sql(`update tomo.revocations set at = ${ago(400)}`);
    await t.sql(`update tomo.settings set remember_me_timeout = 525600`);
    await clean(t);
    expect((await t.sql<{ id: number }>('select id::int from tomo.revocations')).map((row) => row.id)).toEqual([3]);
    expect(await count(t, 'tomo.live_sessions where id = $1', [held])).toBe(0);
  });

  it('removes old alerts, unused devices and user agents, and keeps those in use', async () => {
    const alice = await aUser(t);
    const used = await aSession(t, alice, { browser: 'Firefox', os: 'Windows' });
    await t.sql(
      `insert into tomo.user_agents (digest, raw, first_seen_at) values (sha256('a'), 'unused', ${ago(400)}), (sha256('b'), 'of a device', ${ago(400)}), (sha256('c'), 'new', now())`,
    );
    await t.sql(`update tomo.user_agents set first_seen_at = ${ago(400)} where browser is not null`);
    const agent = await one<{ id: number }>(t, `select id from tomo.user_agents where raw = 'of a device'`);
    for (const [label, at] of Object.entries({ unused: ago(400), used: ago(400), new: 'now()' }))
      await t.sql(
        `insert into tomo.devices (user_id, fingerprint, last_seen_at, label, user_agent_id)
         values ($1, sha256($2::text::bytea), ${at}, $2, $3)`,
        [alice, label, agent.id],
      );
    const device = await one<{ id: string }>(t, `select id from tomo.devices where label = 'used'`);
    await t.sql('update tomo.sessions set device_id = $2 where id = $1', [used, device.id]);
    await t.sql(
      `insert into tomo.alerts (kind, user_id, created_at) values ('login', $1, ${ago(400)}), ('login', $1, ${ago(300)})`,
      [alice],
    );
    expect(await clean(t, { batchSize: 1 })).toMatchObject({ historyDeleted: 3 });
    expect((await t.sql<{ label: string }>('select label from tomo.devices order by 1')).map((d) => d.label)).toEqual([
      'new',
      'used',
    ]);
    expect((await t.sql<{ raw: string }>('select raw from tomo.user_agents order by raw')).map((a) => a.raw)).toEqual([
      'Mozilla/5.0 (Windows) Firefox/1.0',
      'new',
      'of a device',
    ]);
    expect(await count(t, 'tomo.alerts')).toBe(1);
  });

  it('forgets places not seen for as long, except of sessions that are still there', async () => {
    const alice = await aUser(t);
    await t.sql('update tomo.settings set retention_audit_logs = 90, remember_me_timeout = 525600');
    const id = await aSession(t, alice, { remember: true, country: 'DE', idle: 30 * 1440, age: 200 * 1440 });
    await t.sql(
      `insert into tomo.user_places (user_id, country, last_seen_at) values ($1, 'FR', ${ago(100)}), ($1, 'JP', ${ago(80)})`,
      [alice],
    );
    await t.sql(`update tomo.user_places set last_seen_at = ${ago(100)} where country = 'DE'`);
    await clean(t);
    expect(
      (await t.sql<{ country: string }>('select country from tomo.user_places order by 1')).map((p) => p.country),
    ).toEqual(['DE', 'JP']);
    expect(await count(t, 'tomo.live_sessions where id = $1', [id])).toBe(1);
  });
});

onPostgres('cleanup of activity in use', (t) => {
  it('postpones the partitions that a long reader holds, and the next run makes and drops them', async () => {
    await noPartitions(t);
    await activity(t, 0);
    const reader = await t.connect();
    await write(reader, async (tx) => {
      await tx.query('select * from tomo.session_activity');
      const report = await clean(t);
      expect(report.partitionsCreated).toEqual([]);
      expect(report.partitionsPostponed).toHaveLength(5);
      // requests go on
      expect(await activity(t, 0)).toEqual([{ where: 'tomo.session_activity_default' }]);
    });
    expect((await clean(t)).partitionsCreated).toHaveLength(5);
    expect(await count(t, 'tomo.session_activity')).toBe(2);
  });
});
