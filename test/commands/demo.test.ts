import { describe, expect, it } from 'vitest';
import Demo from '../../src/commands/demo.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import { aUser } from '../support/builders.ts';
import { useDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

describe('demo', () => {
  const t = useDatabase('embedded');
  t.keepsData = true;
  const live = async () => (await run(t, SessionList, ['--count'])).stdout.trim();

  it('refuses an embedded database that holds somebody', async () => {
    await aUser(t, { username: 'real' });
    const { exitCode, stderr } = await run(t, Demo, []);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/not made by the demo|did not make|holds/i);
    expect(await t.sql('select username from tomo.users')).toEqual([{ username: 'real' }]);
    await t.empty();
  });

  it('makes the same world every time, in which every command it suggests finds something', async () => {
    const now = new Date();
    const { stdout, exitCode } = await run(t, Demo, [], { tty: true, now });
    expect(exitCode).toBe(0);
    expect(await live()).toBe('400');
    expect(
      (await t.sql<{ n: number }>('select count(*)::int as n from tomo.sessions where ended_at is not null'))[0]?.n,
    ).toBe(2000);
    for (const user of ['admin', 'bob'])
      expect(Number((await run(t, SessionList, ['--user', user, '--count'])).stdout)).toBeGreaterThan(1);
    expect(Number((await run(t, SessionList, ['--country', 'NG', '--count'])).stdout)).toBe(1);
    expect(
      await t.sql(`select k.outcome = s.location_check as same from tomo.sessions s cross join lateral
        tomo.judge_place(s.user_id, s.id, s.created_at, s.country, s.latitude, s.longitude) k where s.country = 'NG'`),
    ).toEqual([{ same: true }]);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const ids = (await run(t, SessionList, ['--all', '--output', 'ids'])).stdout;
    await run(t, Demo, ['--reset'], { now });
    expect((await run(t, SessionList, ['--all', '--output', 'ids'])).stdout).toBe(ids);
  });

  it('keeps what was tried out the second time, and starts over with --reset', async () => {
    await run(t, SessionRevokeAll, ['--yes']);
    expect((await run(t, Demo, [])).exitCode).toBe(0);
    expect(await live()).toBe('0');
    await run(t, Demo, ['--reset']);
    expect(await live()).toBe('400');
    expect(await t.sql(`select id from tomo.audit_log where action = 'revoke-all'`)).toEqual([]);
  });
});
