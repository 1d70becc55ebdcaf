import { TomoError } from '../../model/errors.ts';
import { SETTING_KEYS, type SettingKey } from '../../model/settings.ts';
import { didYouMean } from '../text/did-you-mean.ts';

/** "Session-Timeout" is session_timeout. Throws INVALID_INPUT for a key that does not exist. */
export function parseSettingKey(text: string): SettingKey {
  const wanted = text.trim().toLowerCase().replaceAll('-', '_');
  const key = SETTING_KEYS.find((name) => name === wanted);
  if (key) return key;
  const containing = wanted.length < 3 ? [] : SETTING_KEYS.filter((name) => name.includes(wanted));
  const hint =
    didYouMean(wanted, SETTING_KEYS) ?? (containing.length > 0 ? `Did you mean ${containing.join(', ')}?` : undefined);
  throw new TomoError('INVALID_INPUT', `There is no setting "${text}".`, { reason: 'no-such-setting', hint });
}

/** Minutes of session_timeout: the recommended settings of Tomo's guide to sessions. */
export const PRESETS = {
  personal: { session_timeout: 480, use: 'a personal server' },
  shared: { session_timeout: 30, use: 'a shared workstation' },
  'high-security': { session_timeout: 15, use: 'high security' },
  kiosk: { session_timeout: 5, use: 'a kiosk or public place' },
} as const;

/** Throws INVALID_INPUT for a name that does not exist. */
export function parsePreset(text: string): keyof typeof PRESETS {
  const names = Object.keys(PRESETS) as (keyof typeof PRESETS)[];
  const wanted = text.trim().toLowerCase().replaceAll(/[_ ]/g, '-');
  const name = names.find((known) => known === wanted);
  if (name) return name;
  throw new TomoError('INVALID_INPUT', `There is no preset "${text}".`, {
    hint: [didYouMean(wanted, names), `Presets: ${names.join(', ')}.`].filter(Boolean).join('\n'),
  });
}
