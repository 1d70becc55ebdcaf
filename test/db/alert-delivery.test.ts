import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { type Channel, previewSending, sendAlerts } from '../../src/domain/alert/send.ts';
import { anAlert, aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres } from '../support/database.ts';
import { count, NOTE, one } from './helpers.ts';

interface Row {
  delivery: string;
  attempts: number;
  /** Seconds until it is due. */
  wait: number;
  last_error: string | null;
  delivered: Record<string, string>;
}

onBothEngines('delivery of alerts', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann', email: 'ann@example.org' });
  });

  const claim = async (limit = 10) =>
    (
      await t.sql<{ id: number }>(
        `select (alert ->> 'id')::int as id from tomo.claim_alerts($1, interval '2 minutes') order by 1`,
        [limit],
      )
    ).map(({ id }) => id);
  const row = (id: number) =>
    one<Row>(
      t,
      `select delivery, attempts, extract(epoch from next_attempt_at - clock_timestamp())::float8 as wait, last_error, delivered from tomo.alerts where id = $1`,
      [id],
    );
  const record = (id: number, attempt: number, channels: string[], error: string | null, final = false) =>
    one(t, 'select delivery from tomo.record_delivery($1, $2, $3::text[], $4, $5)', [
      id,
      attempt,
      channels,
      error,
      final,
    ]);

  const alert = fc.record({
    /** Hours. */
    age: fc.constantFrom(1, 30, 100, 200, 400),
    delivery: fc.constantFrom('pending', 'pending', 'sent', 'dead'),
    attempts: fc.constantFrom(0, 0, 2),
    /** Minutes until the next attempt. */
    wait: fc.constantFrom(-60, -5, 30),
  });
  const alerts = fc.array(alert, { minLength: 12, maxLength: 12, size: 'max' });

  it('does what its preview says, whatever the alerts', async () => {
    const everywhere: Channel = { name: 'webhook', recipient: () => 'somebody', deliver: async () => {} };
    await fc.assert(
      fc.asyncProperty(alerts, fc.boolean(), async (rows, retryDead) => {
        await t.sql('delete from tomo.alerts');
        for (const { age, delivery, attempts, wait } of rows) {
          await t.sql(
            `insert into tomo.alerts (kind, user_id, created_at, delivery, attempts, next_attempt_at)
             values ('login', $1, now() - make_interval(hours => $2), $3, $4, now() + make_interval(mins => $5))`,
            [ann, age, delivery, attempts, wait],
          );
        }
        const options = { channels: [everywhere], maxAge: 7 * 86_400, retryDead };
        const preview = await previewSending(t.db, { ...options, limit: 100 });
        const report = await sendAlerts(t.db, { ...options, actor: NOTE.actor, limit: null });
        const { due, waiting, tooOld, revived } = preview;
        expect(report).toMatchObject({ sent: due, waiting, tooOld, revived, due: 0, failed: 0 });
        expect(preview.first).toHaveLength(due);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it('claims what is due, the longest waiting first, and gives it to nobody else while the lease runs', async () => {
    const [first, second, third] = [
      await anAlert(t, ann, { age: 1 }),
      await anAlert(t, ann, { age: 3 }),
      await anAlert(t, ann, { age: 2 }),
    ];
    await anAlert(t, ann, { delivery: 'sent' });
    await anAlert(t, ann, { delivery: 'dead' });
    await anAlert(t, ann, { age: -5 });
    expect(await claim(2)).toEqual([second, third]);
    expect(await claim()).toEqual([first]);
    expect(await claim()).toEqual([]);
    const { attempts, wait, delivery } = await row(second);
    expect({ attempts, delivery }).toEqual({ attempts: 1, delivery: 'pending' });
    expect(wait).toBeGreaterThan(100);
    expect(wait).toBeLessThanOrEqual(120);
  });

  it('gives it out again when whoever had it died and the lease is over', async () => {
    const id = await anAlert(t, ann);
    await claim();
    await t.sql(`update tomo.alerts set next_attempt_at = next_attempt_at - interval '2 minutes'`);
    expect(await claim()).toEqual([id]);
    expect((await row(id)).attempts).toBe(2);
  });

  it('tells who the user is and where to write to', async () => {
    await anAlert(t, ann);
    expect(await t.sql(`select username, email from tomo.claim_alerts(1, interval '1 minute')`)).toEqual([
      { username: 'ann', email: 'ann@example.org' },
    ]);
  });

  it.each([
    [1, 60],
    [2, 300],
    [3, 1800],
    [4, 7200],
    [5, 28_800],
    [6, 86_400],
    [7, 86_400],
  ])('after failure %i waits %i seconds', async (attempt, seconds) => {
    const id = await anAlert(t, ann, { attempts: attempt - 1 });
    await claim();
    await record(id, attempt, ['mail'], 'webhook: answered 500');
    const { delivery, wait, last_error, delivered } = await row(id);
    expect({ delivery, last_error, channels: Object.keys(delivered) }).toEqual({
      delivery: 'pending',
      last_error: 'webhook: answered 500',
      channels: ['mail'],
    });
    expect(wait).toBeGreaterThan(seconds - 30);
    expect(wait).toBeLessThanOrEqual(seconds);
  });

  it('gives up after the eighth failure, and at once where there is no use in trying', async () => {
    const [eighth, hopeless] = [await anAlert(t, ann, { attempts: 7 }), await anAlert(t, ann)];
    await claim();
    await record(eighth, 8, [], 'mail: no');
    await record(hopeless, 1, [], 'nobody', true);
    expect(await row(eighth)).toMatchObject({ delivery: 'dead', attempts: 8, last_error: 'mail: no' });
    expect(await row(hopeless)).toMatchObject({ delivery: 'dead', attempts: 1, last_error: 'nobody' });
    expect(await claim()).toEqual([]);
  });

  it('is sent when there is no error, and forgets the one before', async () => {
    const id = await anAlert(t, ann);
    await claim();
    await record(id, 1, ['mail'], 'webhook: answered 500');
    await t.sql('update tomo.alerts set next_attempt_at = now()');
    await claim();
    await record(id, 2, ['webhook'], null);
    const { delivery, last_error, delivered } = await row(id);
    expect({ delivery, last_error }).toEqual({ delivery: 'sent', last_error: null });
    expect(Object.keys(delivered).sort()).toEqual(['mail', 'webhook']);
  });

  it('lets somebody who has lost the lease only add what was delivered', async () => {
    const id = await anAlert(t, ann);
    await claim();
    await t.sql(`update tomo.alerts set next_attempt_at = now()`);
    await claim();
    await record(id, 1, ['mail'], 'webhook: answered 500');
    const { delivery, last_error, delivered, wait } = await row(id);
    expect({ delivery, last_error, channels: Object.keys(delivered) }).toEqual({
      delivery: 'pending',
      last_error: null,
      channels: ['mail'],
    });
    expect(wait).toBeGreaterThan(100);
  });

  it('cuts a long error', async () => {
    const id = await anAlert(t, ann);
    await claim();
    await record(id, 1, [], 'x'.repeat(2000));
    expect((await row(id)).last_error).toHaveLength(500);
  });

  it('gives up untried what is too old, and takes up again what is not', async () => {
    const day = 24 * 60;
    const [old, tried, fresh] = [
      await anAlert(t, ann, { age: 9 * day }),
      await anAlert(t, ann, { age: 9 * day, attempts: 3 }),
      await anAlert(t, ann, { age: 2 * day, delivery: 'dead', attempts: 8 }),
    ];
    expect(await one(t, `select tomo.expire_alerts(interval '7 days') as n`)).toEqual({ n: 1 });
    expect(await row(old)).toMatchObject({ delivery: 'dead', last_error: expect.stringMatching(/too old/) });
    expect(await row(tried)).toMatchObject({ delivery: 'pending' });
    expect(await one(t, `select tomo.revive_alerts(interval '7 days') as n`)).toEqual({ n: 1 });
    expect(await row(fresh)).toMatchObject({ delivery: 'pending', attempts: 0 });
    expect(await claim()).toEqual([tried, fresh]);
  });

  it('acknowledges what is open, once, with one audit row', async () => {
    const [first, second] = [await anAlert(t, ann), await anAlert(t, ann)];
    const actor = JSON.stringify({ osUser: 'olga', host: 'box' });
    const acknowledge = async (ids: number[]) =>
      (
        await one<{ ids: number[] }>(t, 'select to_json(tomo.acknowledge_alerts($1::bigint[], $2::jsonb)) as ids', [
          ids,
          actor,
        ])
      ).ids;
    expect(await acknowledge([second, first, 999])).toEqual([first, second]);
    expect(await acknowledge([first])).toEqual([]);
    expect(await t.sql('select acknowledged_by from tomo.alerts')).toEqual([
      { acknowledged_by: 'olga@box' },
      { acknowledged_by: 'olga@box' },
    ]);
    expect(await t.sql(`select action, detail -> 'alerts' as alerts from tomo.audit_log`)).toEqual([
      { action: 'acknowledge', alerts: [first, second] },
    ]);
  });
});

onPostgres('delivery of alerts by a role of its own', (t) => {
  it('needs no right on the tables', async () => {
    const role = `mailer_${process.pid}`;
    const ann = await aUser(t, { email: 'ann@example.org' });
    await anAlert(t, ann);
    await t.sql(`create role ${role} login`);
    await t.sql(`grant usage on schema tomo to ${role}`);
    await t.sql(
      `grant execute on function tomo.claim_alerts, tomo.record_delivery, tomo.expire_alerts, tomo.record_sending to ${role}`,
    );
    const db = await t.connect();
    await db.query(`set role ${role}`);
    const [claimed] = await db.query<{ id: number; email: string }>(
      `select (alert ->> 'id')::int as id, email from tomo.claim_alerts(1, interval '1 minute')`,
    );
    expect(claimed?.email).toBe('ann@example.org');
    await db.query(`select tomo.record_delivery($1, 1, array['mail'], null)`, [claimed?.id]);
    await db.query(`select tomo.record_sending('{}', '{"sent":1}')`);
    await expect(db.query('select from tomo.alerts')).rejects.toThrow(/refused|permission/);
    expect(await count(t, `tomo.alerts where delivery = 'sent'`)).toBe(1);
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });
});
