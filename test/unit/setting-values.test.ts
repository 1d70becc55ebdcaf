import { describe, expect, it } from 'vitest';
import { parsePreset, parseSettingKey } from '../../src/domain/settings/keys.ts';
import { exactSetting, parseAssignments, parseSettingValue, settingWords } from '../../src/domain/settings/values.ts';
import { TomoError } from '../../src/model/errors.ts';
import { SETTING_KEYS, SETTINGS, type SettingKey, type SettingValue } from '../../src/model/settings.ts';

function refusal(work: () => unknown): { message: string; hint: string; reason: string | undefined } {
  try {
    work();
  } catch (error) {
    if (error instanceof TomoError && error.code === 'INVALID_INPUT')
      return { message: error.message, hint: error.hint ?? '', reason: error.reason };
    throw error;
  }
  throw new Error('It was taken.');
}

describe('a value of a setting', () => {
  it.each<[SettingKey, string, SettingValue]>([
    ['session_timeout', '30', 30],
    ['session_timeout', ' 30m ', 30],
    ['session_timeout', '30 min', 30],
    ['session_timeout', '8H', 480],
    ['session_timeout', '120s', 2],
    ['session_timeout', '43200', 43_200],
    ['remember_me_timeout', '30d', 43_200],
    ['remember_me_timeout', '4w', 40_320],
    ['session_max_lifetime', 'None', 0],
    ['touch_interval', '0', 0],
    ['touch_interval', '5m', 300],
    ['max_sessions_per_user', 'unlimited', 0],
    ['retention_sessions', '2w', 14],
    ['retention_sessions', '30 days', 30],
    ['session_limit_action', 'Revoke_Oldest', 'revoke-oldest'],
    ['login_notifications', 'YES', true],
    ['login_notifications', '0', false],
    ['trusted_networks', 'none', []],
    ['trusted_networks', '10.0.0.0/8, 192.0.2.1,10.0.0.0/8', ['10.0.0.0/8', '192.0.2.1/32']],
    ['trusted_networks', '2001:DB8:0:0::/32,::1,::ffff:10.0.0.1', ['2001:db8::/32', '::1/128', '10.0.0.1/32']],
    ['trusted_networks', '0.0.0.0/0', ['0.0.0.0/0']],
  ])('%s "%s" is %j', (key, text, value) => {
    expect(parseSettingValue(key, text)).toEqual(value);
  });

  it.each<[SettingKey, string, RegExp, RegExp]>([
    [
      'session_timeout',
      '0',
      /^session_timeout: "0" is not a whole number of minutes from 1 to 43200 \(30 days\)\.$/,
      /30m, 1h30m.*bare number is in minutes/,
    ],
    ['session_timeout', '31d', /"31d" is not a whole number of minutes/, /./],
    ['session_timeout', '90s', /"90s"/, /./],
    ['session_timeout', '-5', /"-5"/, /./],
    ['session_timeout', '1e3', /"1e3"/, /./],
    ['session_timeout', '30.0', /"30\.0"/, /./],
    ['session_timeout', '٣٠', /"٣٠"/, /./],
    ['session_timeout', '', /""/, /./],
    ['session_timeout', 'none', /"none"/, /./],
    ['session_timeout', '99999999999999999999', /"9+"/, /./],
    ['session_max_lifetime', '1 lifetime', /from 0 to 525600 \(365 days\); 0 is none/, /./],
    ['touch_interval', '1500ms', /whole number of seconds from 0 to 3600/, /./],
    ['max_sessions_per_user', '3d', /whole number of sessions from 0 to 1000; 0 is unlimited/, /^$/],
    ['max_sessions_per_user', '1001', /"1001"/, /^$/],
    ['retention_audit_logs', '30', /whole number of days from 90 to 3650/, /90d/],
    ['retention_sessions', '12h', /"12h" is not a whole number of days/, /./],
    ['session_limit_action', 'dney', /"dney" is not one of: revoke-oldest, deny\./, /Did you mean deny\?/],
    ['login_notifications', 'maybe', /"maybe" is neither on nor off/, /on or off/],
    ['login_notifications', 'constructor', /neither on nor off/, /./],
    ['session_timeout', '5 constructor', /whole number/, /./],
    ['trusted_networks', '', /"" is empty/, /or none/],
    ['trusted_networks', '10.0.0.0/33', /"10\.0\.0\.0\/33" is neither/, /2001:db8::\/32/],
    ['trusted_networks', '10.0.0.0/8,office', /"office" is neither/, /./],
    ['trusted_networks', '10.1.2.3/8', /"10\.1\.2\.3\/8" is an address within a network/, /10\.0\.0\.0\/8/],
    ['trusted_networks', '2001:db8::1/32', /within a network/, /2001:db8::\/32/],
    ['trusted_networks', 'fe80::1%eth0', /neither/, /./],
    [
      'trusted_networks',
      Array.from({ length: 501 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(),
      /"501 networks" is more than 500/,
      /^$/,
    ],
  ])('%s "%s" is refused with a reason', (key, text, message, hint) => {
    const refused = refusal(() => parseSettingValue(key, text));
    expect(refused.message).toMatch(message);
    expect(refused.hint).toMatch(hint);
  });

  it.each<[SettingKey, SettingValue, string]>([
    ['session_timeout', 60, '60 min'],
    ['session_timeout', 119, '119 min'],
    ['session_timeout', 480, '8 h (480 min)'],
    ['remember_me_timeout', 43_200, '30 days (43200 min)'],
    ['session_max_lifetime', 0, 'none'],
    ['touch_interval', 0, '0 s'],
    ['max_sessions_per_user', 0, 'unlimited'],
    ['max_sessions_per_user', 5, '5'],
    ['retention_sessions', 1, '1 day'],
    ['location_alerts', true, 'on'],
    ['trusted_networks', [], 'none'],
    ['trusted_networks', ['10.0.0.0/8', '::1/128'], '10.0.0.0/8, ::1/128'],
  ])('%s %j reads "%s"', (key, value, words) => {
    expect(settingWords(key, value)).toBe(words);
  });

  it.each(SETTING_KEYS)('%s goes through its exact form and back', (key) => {
    const definition = SETTINGS[key];
    const values: SettingValue[] =
      definition.type === 'amount'
        ? [definition.min, definition.max, definition.default]
        : definition.type === 'choice'
          ? [...definition.words]
          : definition.type === 'switch'
            ? [true, false]
            : [[], ['10.0.0.0/8', '2001:db8::/32']];
    for (const value of values) expect(parseSettingValue(key, exactSetting(value))).toEqual(value);
  });
});

describe('a key of a setting', () => {
  it.each([
    ['Session-Timeout', 'session_timeout'],
    [' TOUCH_INTERVAL ', 'touch_interval'],
  ])('%s is %s', (text, key) => expect(parseSettingKey(text)).toBe(key));

  it.each([
    ['sesion_timeout', /Did you mean session_timeout\?/],
    ['timeout', /Did you mean session_timeout, remember_me_timeout\?/],
    ['', /^$/],
    ['epoch', /^$/],
    ['constructor', /^$/],
  ])('"%s" is none', (text, hint) => {
    const refused = refusal(() => parseSettingKey(text));
    expect(refused).toMatchObject({ message: expect.stringContaining(`"${text}"`), reason: 'no-such-setting' });
    expect(refused.hint).toMatch(hint);
  });

  it('and presets know what was meant, too', () => {
    expect(parsePreset('High_Security')).toBe('high-security');
    expect(refusal(() => parsePreset('kisok')).hint).toMatch(/Did you mean kiosk\?/);
  });
});

describe('assignments', () => {
  it.each<[string[], object]>([
    [['session-timeout', '1h'], { session_timeout: 60 }],
    [['session_timeout=5'], { session_timeout: 5 }],
    [['session_timeout=5', 'location_alerts=on'], { session_timeout: 5, location_alerts: true }],
  ])('%j', (words, values) => expect(parseAssignments(words)).toEqual(values));

  it.each([
    [['session_timeout'], /No value for session_timeout/, /whole number of minutes/],
    [['session_timeout', '5', 'location_alerts', 'on'], /"location_alerts" is one word too many/, /key=value/],
    [['session_timeout=5', 'location_alerts'], /"location_alerts" is not of the form key=value/, /^$/],
    [['session_timeout=5', 'SESSION-TIMEOUT=6'], /session_timeout is given twice/, /^$/],
    [['session_timeout='], /session_timeout: ""/, /./],
    [['=5'], /There is no setting ""/, /^$/],
  ])('%j is refused', (words, message, hint) => {
    const refused = refusal(() => parseAssignments(words));
    expect(refused.message).toMatch(message);
    expect(refused.hint).toMatch(hint);
  });
});
