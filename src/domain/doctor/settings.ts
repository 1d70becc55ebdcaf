import { selectRecording, selectUncounted } from '../../db/doctor/sessions.ts';
import { selectSettings } from '../../db/settings/settings.ts';
import { SETTING_KEYS, type SettingKey, variableOf } from '../../model/settings.ts';
import { differing } from '../settings/show.ts';
import { settingWords } from '../settings/values.ts';
import { check, ok, type Step, some, warning } from './check.ts';

const timeout = check('session-timeout', 'expires', 'SESSION_TIMEOUT', async (tx, { environment }) => {
  const { values, origins } = await selectSettings(tx);
  const words = settingWords('session_timeout', values.session_timeout);
  const origin = origins.session_timeout;
  const detail = origin ? `Set by ${origin.by} (${origin.origin}).` : 'The default.';
  const variable = differing(environment, 'session_timeout', values.session_timeout);
  if (variable === null) return ok(`SESSION_TIMEOUT: sessions end after ${words} without activity`, detail);
  return warning(
    `SESSION_TIMEOUT=${variable} in the environment, but ${words} in the database`,
    'The database decides. A server that has this variable writes it there when it starts.',
    { do: 'apply-environment', note: 'or: unset SESSION_TIMEOUT' },
  );
});

const variables = check('environment', 'expires', 'the variables of the settings', async (tx, { environment }) => {
  const { values } = await selectSettings(tx);
  const differ = SETTING_KEYS.filter(
    (key) => key !== 'session_timeout' && differing(environment, key, values[key]) !== null,
  );
  if (differ.length === 0) return ok('No variable of the environment contradicts the settings');
  return warning(
    `The environment contradicts the database: ${differ.map((key) => `${variableOf(key)}=${environment[variableOf(key)]}`).join(', ')}`,
    `In the database: ${differ.map((key) => `${key} ${settingWords(key, values[key])}`).join(', ')}. The database decides.`,
    { do: 'apply-environment', note: `or: unset ${differ.map(variableOf).join(' ')}` },
  );
});

const set = (key: SettingKey, value: string | number) => ({ do: 'set', key, value }) as const;

/** Settings that do not go together. */
const together = check('contradictions', 'expires', 'whether the settings go together', async (tx) => {
  const { values } = await selectSettings(tx);
  const n = (key: SettingKey) => Number(values[key]);
  const [timeout, lifetime] = [n('session_timeout'), n('session_max_lifetime')];
  const rules: [boolean, string, Step][] = [
    [
      n('touch_interval') * 2 >= timeout * 60,
      `touch_interval (${n('touch_interval')} s) is half of session_timeout (${timeout} min) or more: activity is written too seldom to keep a session alive`,
      set('touch_interval', Math.max(0, Math.min(60, Math.floor((timeout * 60) / 4)))),
    ],
    [
      n('remember_me_timeout') < timeout,
      `remember_me_timeout (${n('remember_me_timeout')} min) is shorter than session_timeout (${timeout} min): Remember Me forgets sooner`,
      { do: 'reset', key: 'remember_me_timeout' },
    ],
    [
      lifetime > 0 && lifetime < timeout,
      `session_max_lifetime (${lifetime} min) is shorter than session_timeout (${timeout} min): sessions end however active they are`,
      { ...set('session_max_lifetime', timeout * 8), note: 'or 0: none' },
    ],
    [
      lifetime > 0 && n('jwt_expiry') > lifetime,
      `jwt_expiry (${n('jwt_expiry')} min) is longer than session_max_lifetime (${lifetime} min): tokens outlive every session`,
      set('jwt_expiry', lifetime),
    ],
    [
      n('max_sessions_per_user') === 1 && values.session_limit_action === 'deny',
      'max_sessions_per_user 1 with session_limit_action deny: who closes the browser without logging out is locked out until the session expires',
      set('session_limit_action', 'revoke-oldest'),
    ],
    [
      n('retention_audit_logs') < n('retention_activity_logs'),
      'retention_audit_logs is shorter than retention_activity_logs: what was done is known for longer than who has revoked what',
      set('retention_audit_logs', Math.max(90, n('retention_activity_logs'))),
    ],
  ];
  const broken = rules.filter(([holds]) => holds);
  const titles = broken.map(([, title]) => title);
  const steps = broken.map(([, , step]) => step);
  if (titles.length < 2) return titles[0] ? warning(titles[0], null, ...steps) : ok('The settings go together');
  return warning('Settings contradict each other', titles.join('\n'), ...steps);
});

const idle = check('idle', 'expires', 'whether users were idle when their sessions expired', async (tx) => {
  const { sessions, wrong, example } = await selectUncounted(tx);
  if (wrong === 0) {
    return ok(
      sessions > 0
        ? `User being idle: so were all of the last ${sessions} expired sessions, by their activity`
        : 'User being idle: no session has expired lately',
      null,
      { do: 'explain-session' },
    );
  }
  return warning(
    `User being idle: not so in ${wrong} of the last ${some(sessions, 'expired session')}; they made requests that were not counted`,
    'The server records requests and does not call touch_session for them, or with activity false, so that the timer is not reset.',
    { do: 'explain-session', id: example ?? undefined },
  );
});

const recording = check('activity-logs', 'expires', 'the activity logs', async (tx) => {
  const { used, recorded } = await selectRecording(tx);
  if (used && !recorded) {
    return warning(
      'Activity logs: sessions are used, and no request is recorded',
      'The server does not call record_activity, so that nobody can see what a session did before it ended.',
      'select tomo.record_activity(…);   -- from the server: docs/library.md',
    );
  }
  const title = `Activity logs: ${recorded ? 'requests are recorded' : 'nothing to record yet'}`;
  return ok(title, null, { do: 'list-activity' });
});

export const SETTINGS_CHECKS = [timeout, variables, together, idle, recording];
