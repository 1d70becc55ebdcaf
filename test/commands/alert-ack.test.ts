import { beforeEach, expect, it } from 'vitest';
import AlertAck from '../../src/commands/alert/ack.ts';
import { anAlert, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('alert ack', (t) => {
  let ann: string;
  let bob: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
    bob = await aUser(t, { username: 'bob' });
  });

  const open = async () =>
    (await t.sql<{ id: number }>('select id::int from tomo.alerts where acknowledged_at is null order by id')).map(
      ({ id }) => id,
    );
  const audited = () => t.sql(`select action, (detail ->> 'count')::int as n from tomo.audit_log`);

  it('answers for every number: acknowledged, already (by whom), not found; exit 4', async () => {
    await anAlert(t, ann);
    await anAlert(t, bob, { acknowledgedBy: 'olga@box' });
    const { stdout, exitCode } = await run(t, AlertAck, ['1', '2', '99']);
    expect(exitCode).toBe(4);
    expect(stdout.trimEnd().split('\n')).toEqual([
      '1 acknowledged (ann: Firefox on Windows, never seen before)',
      expect.stringMatching(
        /^2 had already been acknowledged by olga@box .* \(bob: Firefox on Windows, never seen before\)$/,
      ),
      '99 not found',
    ]);
    expect(await open()).toEqual([]);
    expect(await audited()).toEqual([{ action: 'acknowledge', n: 1 }]);
  });

  it('does nothing, and audits nothing, the second time', async () => {
    await anAlert(t, ann);
    await run(t, AlertAck, ['1']);
    const again = await run(t, AlertAck, ['1', '--json']);
    expect(again.exitCode).toBe(0);
    expect(again.json()).toMatchObject({
      acknowledged: 0,
      results: [{ id: 1, outcome: 'already-acknowledged', alert: { id: 1 } }],
    });
    expect(await audited()).toHaveLength(1);
  });

  it('takes numbers from stdin', async () => {
    for (let i = 0; i < 3; i += 1) await anAlert(t, ann);
    await run(t, AlertAck, ['-'], { stdin: '1\n3\n' });
    expect(await open()).toEqual([2]);
  });

  it('takes what a list selects, and all of them', async () => {
    await anAlert(t, ann);
    await anAlert(t, bob);
    await anAlert(t, bob, { kind: 'login' });
    expect((await run(t, AlertAck, ['--user', 'bob', '--kind', 'login'])).stdout).toBe('Acknowledged 1 alert.\n');
    expect(await open()).toEqual([1, 2]);
    expect((await run(t, AlertAck, ['--all'])).stdout).toBe('Acknowledged 2 alerts.\n');
    expect((await run(t, AlertAck, ['--all'])).stdout).toMatch(/Nothing to acknowledge/);
    expect(await audited()).toEqual([
      { action: 'acknowledge', n: 1 },
      { action: 'acknowledge', n: 2 },
    ]);
  });

  it('leaves the delivery alone', async () => {
    await anAlert(t, ann);
    await run(t, AlertAck, ['--all']);
    expect(await t.sql('select delivery from tomo.alerts')).toEqual([{ delivery: 'pending' }]);
  });

  it('refuses an unknown user with exit 4', async () => {
    expect((await run(t, AlertAck, ['--user', 'nobody'])).exitCode).toBe(4);
  });
});
