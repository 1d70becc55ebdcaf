import { beforeEach, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { run } from '../support/run.ts';

onBothEngines('session list', (t) => {
  beforeEach(() => t.empty());

  it('shows the six fields and a short id in 80 columns', async () => {
    const admin = await aUser(t, { username: 'admin' });
    await aSession(t, admin, { id: '3f2a9c41-0000-4000-8000-000000000000', browser: 'Firefox', os: 'Windows', ip: '203.0.113.7', idle: 3, age: 125 });
    const { stdout, exitCode } = await run(t, SessionList, [], { tty: true });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^ID +USER +DEVICE +IP ADDRESS +LOGIN +ACTIVE +EXPIRES\n/);
    expect(stdout).toMatch(/3f2a9c41 +admin +Firefox on Windows +203\.0\.113\.7 +2h ago +3m ago +in 5[67]m\n/);
  });
});
