/** What the value of a setting is made of. Ranges are whole numbers in the unit, both ends included. */
type Kind =
  /** `zero`: the word for 0, where that has a meaning of its own. */
  | {
      type: 'amount';
      unit: 'min' | 's' | 'days' | 'sessions';
      min: number;
      max: number;
      zero?: string;
      default: number;
    }
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

/** Every setting. The columns of tomo.settings have the same defaults and ranges, and hold for every other program. */
const CATALOGUE = {
  session_timeout: {
    type: 'amount',
    unit: 'min',
    min: 1,
    max: 43_200,
    default: 60,
    meaning: 'Inactivity that ends a session.',
  },
  session_max_lifetime: {
    type: 'amount',
    unit: 'min',
    min: 0,
    max: MOST_MINUTES,
    zero: 'none',
    default: 0,
    meaning: 'Age that ends a session, however active it is.',
  },
  remember_me_timeout: {
    type: 'amount',
    unit: 'min',
    min: 1,
    max: MOST_MINUTES,
    default: 43_200,
    meaning: 'Inactivity that ends a session with Remember Me.',
  },
  touch_interval: {
    type: 'amount',
    unit: 's',
    min: 0,
    max: 3600,
    default: 60,
    meaning: 'Time in which further requests need not write the activity.',
  },
  max_sessions_per_user: {
    type: 'amount',
    unit: 'sessions',
    min: 0,
    max: 1000,
    zero: 'unlimited',
    default: 0,
    meaning: 'Live sessions that a user may have at once.',
  },
  session_limit_action: {
    type: 'choice',
    words: ['revoke-oldest', 'deny'],
    default: 'revoke-oldest',
    meaning: 'What a login does that would exceed the limit.',
  },
  jwt_expiry: {
    type: 'amount',
    unit: 'min',
    min: 1,
    max: 43_200,
    default: 60,
    meaning: "Life of a token; the session's own timeout if longer.",
  },
  new_device_alerts: { type: 'switch', default: false, meaning: 'Alert of a login from a device new for its user.' },
  location_alerts: { type: 'switch', default: false, meaning: 'Alert of a login from an unusual place.' },
  login_notifications: { type: 'switch', default: false, meaning: 'Notify of every login that raises no alert.' },
  retention_sessions: {
    type: 'amount',
    unit: 'days',
    min: 1,
    max: MOST_DAYS,
    default: 7,
    meaning: 'How long cleanup keeps ended sessions.',
  },
  retention_activity_logs: {
    type: 'amount',
    unit: 'days',
    min: 1,
    max: MOST_DAYS,
    default: 90,
    meaning: 'How long cleanup keeps activity.',
  },
  retention_audit_logs: {
    type: 'amount',
    unit: 'days',
    min: 90,
    max: MOST_DAYS,
    default: 365,
    meaning: 'How long cleanup keeps audit, revocations and alerts.',
  },
  trusted_networks: { type: 'networks', default: [], meaning: 'Networks whose logins raise no location alert.' },
} satisfies Record<string, SettingDefinition>;

export type SettingKey = keyof typeof CATALOGUE;

export const SETTINGS: Readonly<Record<SettingKey, SettingDefinition>> = CATALOGUE;
export const SETTING_KEYS = Object.keys(CATALOGUE) as SettingKey[];

/** The environment variable by which a server sets it. */
export function variableOf(key: SettingKey): string {
  return key.toUpperCase();
}
