import type { Report } from '../../domain/report/report.ts';
import { settingWords } from '../../domain/settings/values.ts';
import { plural } from '../number.ts';

/** A requirement of OWASP ASVS 5.0, chapter V7, in short, and how it is here. `decide`: it is met if that is what was decided. */
export interface Requirement {
  number: string;
  asks: string;
  here: string;
  verdict: 'met' | 'unmet' | 'decide';
}

/** Those that the settings and the data can tell of; the others are the application's. */
export function requirementsOf({ settings, stats }: Report): Requirement[] {
  const lifetime = settings.session_max_lifetime === 0;
  const limit = settings.max_sessions_per_user === 0;
  const inactive = stats.suspicious.filter(({ kind }) => kind === 'inactive-user').length;
  const full =
    settings.session_limit_action === 'deny' ? 'the next login is refused' : 'the next login ends the oldest';
  return [
    {
      number: '7.3.1',
      asks: 'Inactivity ends a session, after a time that was decided on',
      here: `After ${settingWords('session_timeout', settings.session_timeout)}; with Remember Me ${settingWords('remember_me_timeout', settings.remember_me_timeout)}`,
      verdict: 'decide',
    },
    {
      number: '7.3.2',
      asks: 'Every session ends at a certain age, however active it is',
      here: lifetime
        ? 'No such age is set'
        : `At the age of ${settingWords('session_max_lifetime', settings.session_max_lifetime)}`,
      verdict: lifetime ? 'unmet' : 'met',
    },
    {
      number: '7.1.2',
      asks: 'It is decided how many sessions a user may have, and what happens then',
      here: limit ? 'Unlimited' : `${settingWords('max_sessions_per_user', settings.max_sessions_per_user)}; ${full}`,
      verdict: limit ? 'decide' : 'met',
    },
    {
      number: '7.4.2',
      asks: 'Deactivating or deleting a user ends their sessions',
      here:
        inactive > 0
          ? `${plural(inactive, 'inactive user')} with open sessions`
          : 'They end at the same moment; none is open',
      verdict: inactive > 0 ? 'unmet' : 'met',
    },
  ];
}
