import { expect, it } from 'vitest';
import Status from '../../src/commands/status.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('status', (t) => {
  it('says how many are in, what waits, and what to type', async () => {
    const alice = await aUser(t);
    await aSession(t, alice);
    await aSession(t, alice, { idle: 90 });
    await t.sql(`insert into tomo.alerts (kind, user_id) values ('login', $1), ('login', $1)`, [alice]);
    const { stdout, exitCode, json } = await run(t, Status, ['--json']);
    expect(exitCode).toBe(0);
    expect(json()).toMatchObject({ live: 1, openAlerts: 2, lastCleanupAt: null });
    expect(stdout).not.toContain(':test@');
    const text = (await run(t, Status, [], { tty: true })).stdout;
    expect(text).toContain('1 live session, never cleaned up, 2 open alerts\n');
    expect(text).toContain('tomo alert list');
  });

  it('has nothing to complain about in a tidy database', async () => {
    await t.sql('update tomo.settings set last_cleanup_at = now()');
    expect((await run(t, Status, [])).stdout).toContain('0 live sessions, last cleanup just now, no open alerts\n');
  });
});
