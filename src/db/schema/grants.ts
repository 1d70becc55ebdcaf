/** What a database role is for. */
export const ROLES = ['viewer', 'operator', 'janitor', 'server'] as const;
export type RoleKind = (typeof ROLES)[number];

/**
 * A task, and what it takes of the database beside USAGE on the schema: functions to execute, tables
 * to read or to write.
 */
interface Task {
  functions?: readonly string[];
  read?: readonly string[] | 'everything';
  insert?: readonly string[];
}

/** The words of a text. */
function names([text = '']: TemplateStringsArray): string[] {
  return text.trim().split(/\s+/);
}

/** Of the users, who are Tomo's own. */
const USER_COLUMNS = 'id, username, email, role, is_active, created_at';

/** What tells which schema this is. */
const VERSION = ['schema_migrations', 'schema_source'] as const;

/**
 * Everything that somebody does with the database. Each function of the schema is in one of them, PUBLIC's,
 * or only called by other functions (INTERNAL); a test holds this against the catalogue, so that a new
 * migration cannot forget it.
 */
export const TASKS = {
  look: {
    read: 'everything',
    functions: names`
      changed_settings setting_defaults setting_values outbox old_activity_partitions last_old_audit is_history`,
  },
  revoke: {
    functions: names`
      begin_revocation seal_revocation revoke_ids revoke_user revoke_all lock_user_controls restore record_change`,
    insert: ['revocation_targets'],
  },
  configure: { functions: names`set_settings set_user_limit changed_settings setting_values setting_defaults` },
  acknowledge: { functions: names`acknowledge_alerts unacknowledge_alerts` },
  manageDevices: { functions: names`trust_devices forget_devices label_device` },
  clean: {
    functions: names`
      take_lease release_lease clean_sessions end_sessions delete_ended delete_old_default_activity prune_history
      missing_activity_weeks create_activity_partition old_activity_partitions drop_activity_partition
      record_cleanup`,
    read: [...VERSION, 'settings', 'revocations'],
  },
  deliver: {
    functions: names`
      claim_alerts record_delivery expire_alerts revive_alerts outbox record_sending delivery_delay`,
    read: VERSION,
  },
  place: { functions: names`take_lease release_lease lock_unlocated locate_sessions record_places`, read: VERSION },
  serve: {
    functions: names`
      find_user open_session touch_session close_session record_activity revoke_sessions revoke_user apply_environment
      own_sessions revoke_own_session revoke_own_others own_devices forget_own_device distrust_own_device
      own_alerts disown_login`,
    // the last two to listen for revocations
    read: [...VERSION, 'settings', 'revocations', 'revocation_targets'],
  },
  // a login as anybody: a right of its own, in none of the roles
  impersonate: { functions: names`create_session`, read: [...VERSION, 'users'] },
} as const satisfies Record<string, Task>;

type TaskName = keyof typeof TASKS;

/** Only called by other functions, by triggers or by migrations; nobody needs a right on them. */
export const INTERNAL = names`
  allowed_retention audit_early audit_hash audited_alerts audited_devices check_location checked_report clean_place
  delete_run_out device_fingerprint distance_km full_actor guard_seal guard_targets is_trusted judge_later_logins
  judge_place kept_user_agent lock_down log_out login_facts make_room note_country note_place note_user_agent own_actor
  parse_user_agent raise_alert raise_login_alerts raise_place_alerts raise_user_epoch store_places user_deactivated
  write_audit write_ends`;

/** Pure definitions, which tomo.lock_down() leaves to everybody. */
export const PUBLIC_FUNCTIONS = names`
  runs_out restorable_until timeouts cuts holders_of_all holders_of_user holders_of_chosen holders fate open_epochs
  live_epochs kept_out_with_user kept_out shut_out run_out lapsed live_pass lapsed_pass liveness verdicts revocable session_limit
  retention_cut is_stale is_revivable plain_address is_private actor_name`;

export const ROLE_TASKS: Record<RoleKind, readonly TaskName[]> = {
  viewer: ['look'],
  operator: ['look', 'revoke', 'configure', 'acknowledge', 'manageDevices', 'clean', 'deliver', 'place'],
  janitor: ['clean', 'deliver', 'place'],
  server: ['serve'],
};

const PURPOSE: Record<RoleKind, string> = {
  viewer: 'reads everything and changes nothing',
  operator:
    'reads everything, revokes and restores, changes settings, acknowledges alerts, trusts and forgets devices, does what a janitor does; makes no schema',
  janitor: 'cleans up, delivers alerts and looks up places, from cron; reads no session and revokes none',
  server: 'what the server of Tomo calls; writes no table itself',
};

/** Functions to be executed by whoever has these tasks, sorted. */
export function functionsOf(tasks: readonly TaskName[]): string[] {
  return sorted(tasks.flatMap((task) => taskOf(task).functions ?? []));
}

/** All that a kind of role needs: functions to execute, tables to read or to add rows to. */
export interface Needs {
  functions: string[];
  everything: boolean;
  tables: string[];
  inserts: string[];
}

export function needsOf(kind: RoleKind): Needs {
  const tasks = ROLE_TASKS[kind].map(taskOf);
  return {
    functions: functionsOf(ROLE_TASKS[kind]),
    everything: tasks.some((task) => task.read === 'everything'),
    tables: sorted(tasks.flatMap((task) => (Array.isArray(task.read) ? task.read : []))),
    inserts: sorted(tasks.flatMap((task) => task.insert ?? [])),
  };
}

function taskOf(name: TaskName): Task {
  return TASKS[name];
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The SQL that gives a role what it needs and no more, for psql, to be run once by the owner of the schema. */
export function grantsSql(kind: RoleKind, name: string): string {
  const role = quoteName(name);
  const { functions, everything, tables, inserts } = needsOf(kind);
  const list = (names: readonly string[]) => names.map((item) => `tomo.${item}`).join(',\n  ');
  return [
    `-- ${kind}: ${PURPOSE[kind]}.`,
    '-- Run by the owner of the schema tomo; a later migration of the schema adds what is new for it.',
    `-- create role ${role} login;   -- and then: \\password ${role}`,
    'begin;',
    // a database that was restored without its rights leaves every function to everybody
    'do $$ begin perform tomo.lock_down(); end $$;',
    `revoke all on all tables in schema tomo from ${role};`,
    `revoke all on all functions in schema tomo from ${role};`,
    `grant usage on schema tomo to ${role};`,
    ...(everything
      ? [
          `grant select on all tables in schema tomo to ${role};`,
          '-- the table of users may have other columns than those that are read here, a password among them',
          `revoke select on tomo.users from ${role};`,
          `grant select (${USER_COLUMNS}) on tomo.users to ${role};`,
        ]
      : []),
    ...(!everything && tables.length > 0 ? [`grant select on\n  ${list(tables)}\n  to ${role};`] : []),
    ...(inserts.length > 0 ? [`grant insert on\n  ${list(inserts)}\n  to ${role};`] : []),
    `grant execute on function\n  ${list(functions)}\n  to ${role};`,
    'commit;',
  ].join('\n');
}
