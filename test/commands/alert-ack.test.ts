import { beforeEach, expect, it } from 'vitest';
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertUnack from '../../src/commands/alert/unack.ts';
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
    expect((await run(t, AlertAck, ['--all', '--yes'])).stdout).toBe('Acknowledged 2 alerts.\n');
    expect((await run(t, AlertAck, ['--all'])).stdout).toMatch(/Nothing to acknowledge/);
    expect(await audited()).toEqual([
      { action: 'acknowledge', n: 1 },
      { action: 'acknowledge', n: 2 },
    ]);
  });

  it('asks before all of them, with their number, and needs --yes without a terminal', async () => {
    await anAlert(t, ann);
    await anAlert(t, bob);
    const refused = await run(t, AlertAck, ['--all']);
    expect(refused).toMatchObject({ exitCode: 6, stdout: '' });
    expect(refused.stderr).toMatch(/alert list, then repeat with --yes/);
    const ask = (keys: string) =>
      run(t, AlertAck, ['--all'], { tty: true, answers: [[/Acknowledge 2 alerts\?/, keys]] });
    expect(await ask('\r')).toMatchObject({ exitCode: 6 });
    expect(await open()).toEqual([1, 2]);
    expect(await ask('y\r')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Acknowledged 2 alerts.') });
  });

  it('is taken back: by number, each with an answer, or all of the last time; both audited', async () => {
    for (let n = 0; n < 3; n += 1) await anAlert(t, ann);
    await run(t, AlertAck, ['1']);
    await run(t, AlertAck, ['--all', '--yes']);
    const last = await run(t, AlertUnack, ['--last']);
    expect(last.stdout).toMatch(/^2 is open again \(ann: .*\)\n3 is open again \(ann: .*\)\n$/);
    expect(await open()).toEqual([2, 3]);
    const { stdout, exitCode } = await run(t, AlertUnack, ['1', '3', '99']);
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/^1 is open again .*\n3 was open .*\n99 not found\n$/);
    expect((await run(t, AlertUnack, ['--last'])).stdout).toMatch(/Nothing to reopen/);
    expect(await t.sql('select acknowledged_by from tomo.alerts')).toEqual(Array(3).fill({ acknowledged_by: null }));
    expect((await audited()).slice(2)).toEqual([
      { action: 'unacknowledge', n: 2 },
      { action: 'unacknowledge', n: 1 },
    ]);
    for (const argv of [[], ['1', '--last']]) expect(await run(t, AlertUnack, argv)).toMatchObject({ exitCode: 2 });
  });

  it('leaves the delivery alone', async () => {
    await anAlert(t, ann);
    await run(t, AlertAck, ['1']);
    expect(await t.sql('select delivery from tomo.alerts')).toEqual([{ delivery: 'pending' }]);
  });

  it('refuses an unknown user with exit 4', async () => {
    expect((await run(t, AlertAck, ['--user', 'nobody'])).exitCode).toBe(4);
  });
});
