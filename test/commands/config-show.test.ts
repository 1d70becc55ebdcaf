import { expect, it } from 'vitest';
import ConfigGet from '../../src/commands/config/get.ts';
import ConfigShow from '../../src/commands/config/show.ts';
import type { Setting } from '../../src/domain/settings/show.ts';
import { SETTING_KEYS } from '../../src/model/settings.ts';
import { aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

onPostgres('config show', (t) => {
  const set = (values: object, origin = 'database', osUser = 'olga') =>
    t.sql('select tomo.set_settings($1, $2, $3)', [
      JSON.stringify(values),
      JSON.stringify({ osUser, host: 'box' }),
      origin,
    ]);

  it('is a table on a terminal, for people, within its width', async () => {
    await set({ session_timeout: 480, trusted_networks: ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.0/24'] });
    const narrow = await run(t, ConfigShow, [], { tty: true });
    expect(narrow).toMatchObject({
      exitCode: 0,
      stderr: 'Left out: meaning (all: --output wide)\n',
    });
    expect(narrow.stdout).toMatch(/^SETTING +VALUE +ORIGIN$/m);
    expect(narrow.stdout).toMatch(/^session_timeout +8 h \(480 min\) +database$/m);
    expect(narrow.stdout).toMatch(/^max_sessions_per_user +unlimited +default$/m);
    const wide = await run(t, ConfigShow, [], { tty: true, columns: 140 });
    expect(wide.stdout).toMatch(/^session_timeout .* Inactivity that ends a session\.$/m);
    for (const [{ stdout }, width] of [
      [narrow, 80],
      [wide, 140],
    ] as const) {
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('says in wide output who set what when, and what the default is', async () => {
    await set({ session_timeout: 30 }, 'environment', 'forged');
    await set({ jwt_expiry: 30 }, 'database', 'tomo\u001b[2J');
    const { stdout } = await run(t, ConfigShow, ['--output', 'wide'], { tty: true });
    expect(stdout).toMatch(/^SETTING +VALUE +ORIGIN +DEFAULT +SET +BY +MEANING$/m);
    expect(stdout).toMatch(/^session_timeout +30 min +environment +60 min +(just now|\ds ago) +postgres /m);
    expect(stdout).toMatch(/^jwt_expiry +30 min +database +60 min +(just now|\ds ago) +tomo\\u001b\[2J@box /m);
  });

  it('is exact in a pipe and in JSON', async () => {
    await set({ session_timeout: 480, location_alerts: true, trusted_networks: ['10.0.0.0/8'] });
    const { stdout } = await run(t, ConfigShow, ['--columns', 'key,value']);
    expect(stdout.split('\n').slice(0, 2)).toEqual(['session_timeout\t480', 'session_max_lifetime\t0']);
    expect(stdout).toMatch(/^location_alerts\ton$/m);
    const json = (await run(t, ConfigShow, ['--json'])).json<{ schemaVersion: number; settings: Setting[] }>();
    expect(json.schemaVersion).toBe(1);
    expect(json.settings.map(({ key }) => key)).toEqual(SETTING_KEYS);
    expect(json.settings[0]).toEqual({
      key: 'session_timeout',
      value: 480,
      unit: 'min',
      default: 60,
      origin: 'database',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      by: 'olga@box',
      meaning: expect.any(String),
      variable: 'SESSION_TIMEOUT',
      environment: null,
    });
    expect(json.settings.at(-1)).toMatchObject({ key: 'trusted_networks', value: ['10.0.0.0/8'], unit: null });
    expect((await run(t, ConfigShow, ['--output', 'csv', '--columns', 'key,origin'])).stdout).toMatch(
      /^key,origin\nsession_timeout,database\n/,
    );
    expect((await run(t, ConfigShow, ['--output', 'count'])).stdout).toBe(`${SETTING_KEYS.length}\n`);
  });

  it('warns where the environment of this command says something else, also if it is nonsense, and not else', async () => {
    const env = {
      SESSION_TIMEOUT: '30',
      JWT_EXPIRY: '1h',
      REMEMBER_ME_TIMEOUT: '30d',
      LOCATION_ALERTS: '',
      TOUCH_INTERVAL: 'of\u202eten',
      TRUSTED_NETWORKS: 'None',
    };
    const { stderr, stdout } = await run(t, ConfigShow, [], { tty: true, env });
    expect(stderr.split('\n')).toEqual([
      'Warning: SESSION_TIMEOUT is 30 in this environment; session_timeout is 60 min in the database, which counts. A server writes its own at its start, as tomo config apply-env does.',
      expect.stringMatching(
        /^Warning: TOUCH_INTERVAL is of\\u202eten in this environment; touch_interval is 60 s in the database/,
      ),
      expect.stringMatching(/^Left out: meaning/),
      '',
    ]);
    expect(stdout).toMatch(/^session_timeout +60 min +default$/m);
    const json = await run(t, ConfigShow, ['--json'], { env });
    expect(
      json
        .json<{ settings: Setting[] }>()
        .settings.filter((s) => s.environment !== null)
        .map((s) => [s.key, s.environment]),
    ).toEqual([
      ['session_timeout', '30'],
      ['touch_interval', 'of\u202eten'],
    ]);
  });
});

onPostgres('config get', (t) => {
  it.each([
    ['session_timeout', '60'],
    ['Session-Limit-Action', 'revoke-oldest'],
    ['new-device-alerts', 'off'],
    ['trusted_networks', 'none'],
  ])('prints the bare value of %s', async (key, value) => {
    expect(await run(t, ConfigGet, [key])).toMatchObject({ stdout: `${value}\n`, stderr: '', exitCode: 0 });
  });

  it('gives value, unit, default and origin as JSON, and warns of another environment', async () => {
    await t.sql(`select tomo.set_settings('{"session_timeout": 30}', '{"osUser": "olga", "host": "box"}')`);
    const ran = await run(t, ConfigGet, ['session_timeout', '--json'], { env: { SESSION_TIMEOUT: '60' } });
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      key: 'session_timeout',
      value: 30,
      unit: 'min',
      default: 60,
      origin: 'database',
      by: 'olga@box',
      environment: '60',
    });
    expect(ran.stderr).toMatch(/^Warning: SESSION_TIMEOUT is 60 in this environment; session_timeout is 30 min/);
  });

  it('knows the limit that holds for a user: the own one, or the setting', async () => {
    const alice = await aUser(t, { username: 'alice' });
    const get = async (...argv: string[]) =>
      (await run(t, ConfigGet, ['max_sessions_per_user', ...argv, '--json'])).json<Setting>();
    expect(await get('--user', 'alice')).toMatchObject({ value: 0, origin: 'default' });
    await t.sql(`select tomo.set_settings('{"max_sessions_per_user": 5}'), tomo.set_user_limit($1, 2)`, [alice]);
    expect(await get('--user', 'ALICE')).toMatchObject({ value: 2, origin: 'user' });
    expect(await get()).toMatchObject({ value: 5, origin: 'database' });
  });

  it.each([
    [['sesion_timeout'], 2, /There is no setting "sesion_timeout"\.\nDid you mean session_timeout\?/],
    [[], 2, /key/],
    [['session_timeout', '--user', 'alice'], 2, /--user: session_timeout holds for everybody\./],
    [['max_sessions_per_user', '--user', 'alcie'], 4, /There is no user "alcie"\.\nDid you mean alice\?/],
  ])('%j ends with %i', async (argv, code, message) => {
    await aUser(t, { username: 'alice' });
    const { stdout, stderr, exitCode } = await run(t, ConfigGet, argv);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
    expect(stderr).toMatch(message);
  });
});
