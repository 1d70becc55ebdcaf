import { expect, it } from 'vitest';
import { changeSettings } from '../../src/domain/settings/change.ts';
import { readSetting, readSettings } from '../../src/domain/settings/show.ts';
import { simulateChange } from '../../src/domain/settings/simulate.ts';
import { exactSetting, parseSettingValue } from '../../src/domain/settings/values.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey, type SettingValue } from '../../src/model/settings.ts';
import { aUser } from '../support/builders.ts';
import { onBothEngines } from '../support/database.ts';
import { NOTE, one } from './helpers.ts';

onBothEngines('the catalogue of settings', (t) => {
  it('has the settings and the defaults of the database', async () => {
    const { defaults } = await one<{ defaults: object }>(t, 'select tomo.setting_defaults() as defaults');
    expect(Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].default]))).toEqual(defaults);
    expect((await readSettings(t.db, {})).map(({ value }) => value)).toEqual(
      SETTING_KEYS.map((key) => SETTINGS[key].default),
    );
  });

  const set = (key: SettingKey, value: SettingValue | null) =>
    changeSettings(t.db, { values: { [key]: value }, origin: 'database' }, NOTE);

  it.each(SETTING_KEYS)('has the range of the database for %s', async (key) => {
    const definition = SETTINGS[key];
    const inside: SettingValue[] =
      definition.type === 'amount'
        ? [definition.min, definition.max]
        : definition.type === 'choice'
          ? definition.words.toReversed()
          : definition.type === 'switch'
            ? [true, false]
            : [parseSettingValue(key, '0.0.0.0/0,192.0.2.1,2001:DB8::/32,::ffff:10.0.0.1'), []];
    for (const value of inside) {
      expect(await set(key, value)).toMatchObject([{ key, to: value, toOrigin: 'database' }]);
      const { value: stored } = await readSetting(t.db, key, undefined, {});
      expect(stored).toEqual(value);
      expect(parseSettingValue(key, exactSetting(stored))).toEqual(stored);
    }
    const outside: SettingValue[] =
      definition.type === 'amount'
        ? [definition.min - 1, definition.max + 1]
        : definition.type === 'choice'
          ? ['shrug']
          : [];
    for (const value of outside) {
      await expect(set(key, value)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`out of the range of ${key}`),
      });
    }
    expect(await readSetting(t.db, key, undefined, {})).toMatchObject({ value: inside.at(-1) });
  });

  it('turns what only the database refuses into words', async () => {
    const request = { values: { no_such_setting: 1, session_timeout: 5 } as never, origin: 'database' } as const;
    const refused = {
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/no setting "no_such_setting".*Nothing was changed/),
    };
    await expect(changeSettings(t.db, request, NOTE)).rejects.toMatchObject(refused);
    await expect(simulateChange(t.db, request, { cleanup: true })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await aUser(t, { username: 'alice' });
    const limit = { values: { max_sessions_per_user: 1001 }, origin: 'database', user: 'alice' } as const;
    await expect(changeSettings(t.db, limit, NOTE)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/user_controls_max_sessions_check/),
    });
  });
});
