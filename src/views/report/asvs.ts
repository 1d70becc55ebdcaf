import type { Report } from '../../domain/report/report.ts';
import { settingWords } from '../../domain/settings/values.ts';
import type { SettingKey } from '../../model/settings.ts';
import { plural } from '../number.ts';

/**
 * A requirement of OWASP ASVS 5.0, chapter V7, in short: its number, what it asks, how it is here, and the verdict.
 * `decide`: it is met if that is what was decided.
 */
type Requirement = [number: string, asks: string, here: string, verdict: 'met' | 'unmet' | 'decide'];

/** Those that the settings and the data can tell of; the others are the application's. */
export function requirementsOf({ settings, stats }: Report): Requirement[] {
  const lifetime = settings.session_max_lifetime === 0;
  const limit = settings.max_sessions_per_user === 0;
  const inactive = stats.suspicious.filter(({ kind }) => kind === 'inactive-user').length;
  const full =
    settings.session_limit_action === 'deny' ? 'the next login is refused' : 'the next login ends the oldest';
  const words = (key: SettingKey) => settingWords(key, settings[key]);
  const open = `${plural(inactive, 'inactive user')} with open sessions`;
  return [
    [
      '7.3.1',
      'Inactivity ends a session, after a time that was decided on',
      `After ${words('session_timeout')}; with Remember Me ${words('remember_me_timeout')}`,
      'decide',
    ],
    [
      '7.3.2',
      'Every session ends at a certain age, however active it is',
      lifetime ? 'No such age is set' : `At the age of ${words('session_max_lifetime')}`,
      lifetime ? 'unmet' : 'met',
    ],
    [
      '7.1.2',
      'It is decided how many sessions a user may have, and what happens then',
      limit ? 'Unlimited' : `${words('max_sessions_per_user')}; ${full}`,
      limit ? 'decide' : 'met',
    ],
    [
      '7.4.2',
      'Deactivating or deleting a user ends their sessions',
      inactive > 0 ? open : 'They end at the same moment; none is open',
      inactive > 0 ? 'unmet' : 'met',
    ],
  ];
}
