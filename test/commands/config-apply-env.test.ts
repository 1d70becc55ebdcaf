import { expect, it } from 'vitest';
import ConfigApplyEnv from '../../src/commands/config/apply-env.ts';
import ConfigGet from '../../src/commands/config/get.ts';
import { applyEnvironment } from '../../src/domain/settings/change.ts';
import type { Setting } from '../../src/domain/settings/show.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const ACTOR = { osUser: 'tomo', host: 'web1' };

onPostgres('config apply-env', (t) => {
  const get = async (key: string) => (await run(t, ConfigGet, [key, '--json'])).json<Setting>();

  it('sets what the environment names, with that origin, and leaves the rest', async () => {
    await t.sql(`select tomo.set_settings('{"jwt_expiry": 90}')`);
    const env = { SESSION_TIMEOUT: '2h', MAX_SESSIONS_PER_USER: '5', LOGIN_NOTIFICATIONS: '  ' };
    const { stdout, stderr, exitCode } = await run(t, ConfigApplyEnv, [], { env });
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout:
        'session_timeout: 60 min -> 2 h (120 min)\nmax_sessions_per_user: unlimited -> 5\nAt the next logins nobody is at the limit.\n',
      stderr: 'A longer timeout brings nobody back: what has expired stays dead.\n',
      exitCode: 0,
    });
    expect(await get('session_timeout')).toMatchObject({ value: 120, origin: 'environment' });
    expect(await get('jwt_expiry')).toMatchObject({ value: 90, origin: 'database' });
    expect((await run(t, ConfigApplyEnv, [], { env })).stdout).toMatch(/Nothing to change/);
    const left = await run(t, ConfigApplyEnv, [], { env: { SESSION_TIMEOUT: '120' } });
    expect(left.stderr).toMatch(
      /max_sessions_per_user came from an environment that this one is not, and stays: tomo config reset max_sessions_per_user/,
    );
    expect(await t.sql(`select detail -> 'origin' as origin from tomo.audit_log order by id`)).toEqual([
      { origin: 'database' },
      { origin: 'environment' },
    ]);
  });

  it('confirms a value from elsewhere', async () => {
    await t.sql(`select tomo.set_settings('{"session_timeout": 30}')`);
    expect((await run(t, ConfigApplyEnv, [], { env: { SESSION_TIMEOUT: '30' } })).stdout).toBe(
      'session_timeout: 30 min as before, now from the environment (it was set here)\n',
    );
    expect(await get('session_timeout')).toMatchObject({ origin: 'environment' });
  });

  it('ends what is over a shorter timeout, and asks on a terminal before', async () => {
    await aSession(t, await aUser(t, { username: 'ann' }), { idle: 45 });
    const env = { SESSION_TIMEOUT: '30' };
    expect(
      (await run(t, ConfigApplyEnv, [], { env, tty: true, answers: [[/End 1 live session of ann for good\?/, 'n\r']] }))
        .exitCode,
    ).toBe(6);
    expect((await run(t, ConfigApplyEnv, ['--simulate'], { env })).stdout).toMatch(
      /Dead at once and for good would be 1 live session of 1 user/,
    );
    expect(await liveIds(t)).toHaveLength(1);
    expect((await run(t, ConfigApplyEnv, ['--yes'], { env })).stdout).toMatch(
      /1 live session of 1 user is over the new timeout and is dead now/,
    );
    expect(await liveIds(t)).toEqual([]);
  });

  it('names the variable of a bad value, and sets none of the others', async () => {
    const { stderr, exitCode } = await run(t, ConfigApplyEnv, [], { env: { JWT_EXPIRY: '5', SESSION_TIMEOUT: '90s' } });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/SESSION_TIMEOUT: "90s" is not a whole number of minutes from 1 to 43200/);
    expect(await get('jwt_expiry')).toMatchObject({ value: 60, origin: 'default' });
    await expect(applyEnvironment(t.db, { SESSION_TIMEOUT: 'soon' }, ACTOR)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('says that nothing is named', async () => {
    const { stdout, stderr, exitCode } = await run(t, ConfigApplyEnv, []);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Nothing to change/);
    expect(stderr).toMatch(/This environment names no setting/);
  });

  it('is what a server does with the library', async () => {
    expect(await applyEnvironment(t.db, { SESSION_TIMEOUT: '30m', PATH: '/bin' }, ACTOR)).toEqual([
      { key: 'session_timeout', from: 60, to: 30, fromOrigin: 'default', toOrigin: 'environment' },
    ]);
    expect(await get('session_timeout')).toMatchObject({ value: 30, origin: 'environment', by: 'postgres' });
    expect(await applyEnvironment(t.db, { SESSION_TIMEOUT: '30' }, ACTOR)).toEqual([]);
  });
});

onPostgres('config apply-env beside another server', (t) => {
  it('writes once where two start together with the same environment', async () => {
    const env = { SESSION_TIMEOUT: '30', SESSION_LIMIT_ACTION: 'deny' };
    await Promise.all([
      applyEnvironment(t.db, env, ACTOR),
      applyEnvironment(await t.connect(), env, { ...ACTOR, host: 'web2' }),
    ]);
    expect(await t.sql('select id from tomo.audit_log')).toHaveLength(1);
  });
});
