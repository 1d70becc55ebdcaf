import { describe, expect, it } from 'vitest';
import AuditVerify from '../../src/commands/audit/verify.ts';
import Demo from '../../src/commands/demo.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import { makeDemoWorld } from '../../src/domain/demo/demo-world.ts';
import { aUser } from '../support/builders.ts';
import { useDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

describe('demo', () => {
  const t = useDatabase('embedded');
  t.keepsData = true;
  const count = async (...args: string[]) => Number((await run(t, SessionList, [...args, '--count'])).stdout);
  const counts = (key: string) =>
    t.sql(
      `select ${key} as key, count(*)::int as n from tomo.verdicts(now()) where ${key} is not null group by 1 order by 1`,
    );

  // the engine makes the ids
  const shown = async () => (await run(t, SessionList, ['--state', 'all'])).stdout.replaceAll(/^\S+\t/gm, '');
  const now = new Date();
  let first: string;

  it('refuses an embedded database that holds somebody', async () => {
    await aUser(t, { username: 'real' });
    const { exitCode, stderr } = await run(t, Demo, []);
    expect(exitCode).toBe(6);
    expect(stderr).toMatch(/not made by the demo|did not make|holds/i);
    expect(await t.sql('select username from tomo.users')).toEqual([{ username: 'real' }]);
    await t.empty();
  });

  it('shows a world in which every command it suggests finds something', async () => {
    const { stdout, exitCode } = await run(t, Demo, [], { tty: true, now });
    expect(exitCode).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const user of ['admin', 'bob']) expect(await count('--user', user)).toBeGreaterThan(1);
    expect(await count('--country', 'NG')).toBe(1);
    first = await shown();
  });

  it('400 live sessions, 120 of them remembered; 2,000 ended in every way', async () => {
    expect(await count()).toBe(400);
    const [remembered] = await t.sql('select count(*)::int as n from tomo.live_sessions where remember_me');
    expect(remembered).toEqual({ n: 120 });
    expect(await counts('end_reason')).toEqual([
      { key: 'evicted', n: 60 },
      { key: 'expired', n: 700 },
      { key: 'logout', n: 1220 },
      { key: 'revoked', n: 20 },
    ]);
    expect(await count('--state', 'all')).toBe(2400);
  });

  it('the engine has ended each session as the world tells it, and none before its last activity', async () => {
    const world = makeDemoWorld(new Date());
    const told = world.usual.map(({ ended }) => ended?.by).filter((by) => by === 'limit' || typeof by === 'number');
    expect(await counts('revocation_id')).toEqual(
      world.revocations.map((_, i) => ({ key: i + 1, n: told.filter((by) => by === i).length })),
    );
    expect(told.filter((by) => by === 'limit')).toHaveLength(60);
    expect(
      await t.sql(`select s.id from tomo.verdicts(now()) s cross join tomo.settings t
        where ended_at < last_activity_at or ended_at > now() or ended_at < now() - interval '7 days'
           or end_reason <> 'expired' and ended_at >= tomo.runs_out(last_activity_at, created_at,
             case when remember_me then t.remember_me_timeout else t.session_timeout end, t.session_max_lifetime)`),
    ).toEqual([]);
  });

  it('what an operator should find: alice in Lagos right after Berlin, kai on a journey, nothing else', async () => {
    expect(
      await t.sql(`select u.username, s.country, s.location_check as check
                     from tomo.sessions s join tomo.users u on u.id = s.user_id
                    where s.location_check not in ('usual', 'skipped') order by 1, 2`),
    ).toEqual([
      { username: 'alice', country: 'NG', check: 'impossible-travel' },
      { username: 'kai', country: 'GB', check: 'new-country' },
      { username: 'kai', country: 'JP', check: 'new-country' },
    ]);
    expect(
      await t.sql(`select u.username, a.kind, (a.evidence ->> 'kmh')::int > 15000 as quick,
                          s.created_at = a.created_at as timely
                     from tomo.alerts a join tomo.users u on u.id = a.user_id
                     join tomo.sessions s on s.id = a.session_id order by 1, 2`),
    ).toEqual([
      { username: 'alice', kind: 'new_device', quick: null, timely: true },
      { username: 'alice', kind: 'unusual_location', quick: true, timely: true },
      { username: 'guest', kind: 'new_device', quick: null, timely: true },
    ]);
    expect(await t.sql(`select raw from tomo.user_agents where raw ~ '[\u001b\u202e]'`)).toHaveLength(1);
    expect(await t.sql(`select id from tomo.sessions where city ~ '[\u001b\u202e]'`)).toHaveLength(1);
    expect(await count('--user', 'ci-deploy', '--device', 'python')).toBe(14);
    expect(await count('--user', 'henrik', '--idle-for', '20d')).toBe(1);
  });

  it('the audit of its past verifies, and the latest revocation can be undone', async () => {
    expect((await run(t, AuditVerify, [])).exitCode).toBe(0);
    const order = await t.sql<{ sorted: boolean }>(
      'select at >= lag(at, 1, at) over (order by id) as sorted from tomo.audit_log order by id',
    );
    expect(order.length).toBeGreaterThan(5);
    expect(order.every(({ sorted }) => sorted)).toBe(true);
    expect((await run(t, SessionRestore, ['5'])).exitCode).toBe(0);
    expect(await count()).toBe(402);
  });

  it('no device is newer than a session on it, and every one is recognised at the next login', async () => {
    expect(
      await t.sql(`select s.id from tomo.sessions s join tomo.devices d on d.id = s.device_id
         join tomo.user_agents a on a.id = s.user_agent_id
        where s.created_at < greatest(d.first_seen_at, a.first_seen_at)`),
    ).toEqual([]);
    const again = await t.sql<{ isNew: boolean; same: boolean }>(
      `select o.device_is_new as "isNew", o.device_id = d.device_id as same
         from (select distinct on (s.device_id) s.device_id, s.user_id, a.raw, d.screen, d.time_zone
                 from tomo.sessions s join tomo.devices d on d.id = s.device_id
                 join tomo.user_agents a on a.id = s.user_agent_id join tomo.users u on u.id = s.user_id and u.is_active
                order by s.device_id, s.created_at) d
        cross join lateral
           tomo.open_session(d.user_id, '10.1.1.1', d.raw, 'password', false, null, d.screen, d.time_zone) o`,
    );
    expect(again.length).toBeGreaterThan(150);
    expect(again.filter(({ isNew, same }) => isNew || !same)).toEqual([]);
  });

  it('keeps what was tried out the second time, and starts over with the same world at --reset', async () => {
    await run(t, SessionRevokeAll, ['--yes']);
    expect((await run(t, Demo, [])).exitCode).toBe(0);
    expect(await count()).toBe(0);
    await run(t, Demo, ['--reset'], { now });
    expect(await shown()).toBe(first);
    expect(await count()).toBe(400);
    expect(await t.sql(`select id from tomo.audit_log where action = 'revoke-all'`)).toEqual([]);
  });
});
