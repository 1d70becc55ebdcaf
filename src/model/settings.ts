type Unit = 'min' | 's' | 'days' | 'sessions';

/** What the value of a setting is made of. Ranges are whole numbers in the unit, both ends included. */
type Kind =
  /** `zero`: the word for 0, where that has a meaning of its own. */
  | { type: 'amount'; unit: Unit; min: number; max: number; zero?: string; default: number }
  | { type: 'choice'; words: readonly string[]; default: string }
  | { type: 'switch'; default: boolean }
  | { type: 'networks'; default: readonly string[] };

export type SettingDefinition = Kind & {
  /** In one line. */
  meaning: string;
};

/** As the database keeps it: a number in the setting's unit, a word, a switch, or networks (CIDR). */
export type SettingValue = number | string | boolean | readonly string[];

const MOST_MINUTES = 525_600;
const MOST_DAYS = 3650;

function amount(unit: Unit, min: number, max: number, initial: number, meaning: string, zero?: string) {
  return {
    type: 'amount',
    unit,
    min,
    max,
    ...(zero === undefined ? {} : { zero }),
    default: initial,
    meaning,
  } as const;
}

/** Every setting. The columns of tomo.settings have the same defaults and ranges, and hold for every other program. */
const CATALOGUE = {
  session_timeout: amount('min', 1, 43_200, 60, 'Inactivity that ends a session.'),
  session_max_lifetime: amount('min', 0, MOST_MINUTES, 0, 'Age that ends a session, however active it is.', 'none'),
  remember_me_timeout: amount('min', 1, MOST_MINUTES, 43_200, 'Inactivity that ends a session with Remember Me.'),
  touch_interval: amount('s', 0, 3600, 60, 'Time in which further requests need not write the activity.'),
  max_sessions_per_user: amount('sessions', 0, 1000, 0, 'Live sessions that a user may have at once.', 'unlimited'),
  session_limit_action: {
    type: 'choice',
    words: ['revoke-oldest', 'deny'],
    default: 'revoke-oldest',
    meaning: 'What a login does that would exceed the limit.',
  },
  jwt_expiry: amount('min', 1, 43_200, 60, "Life of a token; the session's own timeout if longer."),
  new_device_alerts: { type: 'switch', default: false, meaning: 'Alert of a login from a device new for its user.' },
  location_alerts: { type: 'switch', default: false, meaning: 'Alert of a login from an unusual place.' },
  login_notifications: {
    type: 'switch',
    default: false,
    meaning: 'Notify of each login that raises no other alert, except from trusted devices.',
  },
  retention_sessions: amount('days', 1, MOST_DAYS, 7, 'How long cleanup keeps ended sessions.'),
  retention_activity_logs: amount('days', 1, MOST_DAYS, 90, 'How long cleanup keeps activity.'),
  retention_audit_logs: amount('days', 90, MOST_DAYS, 365, 'How long cleanup keeps audit, revocations and alerts.'),
  trusted_networks: { type: 'networks', default: [], meaning: 'Networks whose logins raise no location alert.' },
} satisfies Record<string, SettingDefinition>;

export type SettingKey = keyof typeof CATALOGUE;

export const SETTINGS: Readonly<Record<SettingKey, SettingDefinition>> = CATALOGUE;
export const SETTING_KEYS = Object.keys(CATALOGUE) as SettingKey[];

/** The environment variable by which a server sets it. */
export function variableOf(key: SettingKey): string {
  return key.toUpperCase();
}
