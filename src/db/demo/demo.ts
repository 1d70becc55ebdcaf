import type { Actor, Timestamp } from '../../model/session.ts';
import type { Transaction } from '../port/database.ts';
import type { DemoWorld } from './tables.ts';

/** What is in a database, as far as the demo wants to know. */
export interface DemoState {
  users: number;
  /** All of them, those that are live, and those that carry ended_at. */
  sessions: number;
  live: number;
  ended: number;
  /** Sessions that only time ends: live, or revoked before their time. */
  unexpired: number;
  /** Whether the user with the given id is there: the mark of the demo. */
  marked: boolean;
  /** When the demo was made, as the audit knows; null when it does not. */
  since: Timestamp | null;
}

const ACTION = 'demo';

/** `markId`: the id of a user that only the demo has. */
export async function selectDemoState(tx: Transaction, markId: string): Promise<DemoState> {
  const [row] = await tx.query<{ json: string }>(
    `select json_build_object(
       'users', (select count(*) from tomo.users),
       'marked', exists (select from tomo.users where id = $1::uuid),
       'since', (select max(at) from tomo.audit_log where action = $2::text),
       'sessions', count(s.id),
       'live', count(s.id) filter (where live),
       'ended', count(s.id) filter (where ended_at is not null),
       'unexpired', count(s.id) filter (where in_time and (ended_at is null or revocation_id is not null)))::text as json
     from (select s.*, tomo.live(s, u, c, t, now()) as live, not tomo.timed_out(s, t, now()) as in_time
             from tomo.sessions s
             join tomo.users u on u.id = s.user_id
             left join tomo.user_controls c on c.user_id = s.user_id
            cross join tomo.settings t) s`,
    [markId, ACTION],
  );
  if (!row) throw new Error('A count without group by returned no row');
  return JSON.parse(row.json) as DemoState;
}

/** Empties everything but the schema: users, sessions and what belongs to them, history, audit, settings. */
export async function emptyDatabase(tx: Transaction): Promise<void> {
  await tx.script(`
    truncate tomo.users, tomo.user_controls, tomo.user_agents, tomo.devices, tomo.user_places, tomo.sessions, tomo.session_activity,
      tomo.alerts, tomo.revocations, tomo.revocation_targets, tomo.audit_log, tomo.audit_head, tomo.settings restart identity cascade;
    insert into tomo.settings default values;
    insert into tomo.audit_head default values;`);
}

/** Puts the world into an empty database, one statement for each table, and its making into the audit. */
export async function insertWorld(tx: Transaction, world: DemoWorld, actor: Actor): Promise<void> {
  for (const { table, columns, rows } of tablesOf(world))
    await tx.query(insertStatement(table, columns), [JSON.stringify(rows)]);
  // the rows came with ids of their own, which the sequences do not know
  await tx.query(`select setval(pg_get_serial_sequence('tomo.user_agents', 'id'), (select max(id) from tomo.user_agents)),
                         setval(pg_get_serial_sequence('tomo.revocations', 'id'), (select max(id) from tomo.revocations))`);
  await tx.query('select tomo.write_audit($1::jsonb, $2::text, null, $3::jsonb)', [
    JSON.stringify(actor),
    ACTION,
    JSON.stringify({ users: world.users.length, sessions: world.sessions.length }),
  ]);
}

interface Table {
  table: string;
  /** Name and type; the key in the row is the name in camel case. */
  columns: Record<string, string>;
  rows: readonly object[];
}

function tablesOf(world: DemoWorld): Table[] {
  const seen = { first_seen_at: 'timestamptz', last_seen_at: 'timestamptz' };
  return [
    {
      table: 'users',
      columns: {
        id: 'uuid',
        username: 'text',
        email: 'text',
        role: 'text',
        is_active: 'boolean',
        created_at: 'timestamptz',
      },
      rows: world.users,
    },
    {
      table: 'user_controls',
      columns: { user_id: 'uuid', epoch: 'bigint', min_epoch: 'bigint', max_sessions: 'integer' },
      rows: world.controls,
    },
    {
      table: 'user_agents',
      columns: {
        id: 'integer',
        digest: 'bytea',
        raw: 'text',
        browser: 'text',
        os: 'text',
        form_factor: 'text',
        first_seen_at: 'timestamptz',
      },
      rows: world.userAgents,
    },
    {
      table: 'devices',
      columns: {
        id: 'uuid',
        user_id: 'uuid',
        fingerprint: 'bytea',
        user_agent_id: 'integer',
        screen: 'text',
        time_zone: 'text',
        label: 'text',
        trusted: 'boolean',
        ...seen,
      },
      rows: world.devices,
    },
    { table: 'user_places', columns: { user_id: 'uuid', country: 'text', ...seen }, rows: world.places },
    {
      table: 'revocations',
      columns: {
        id: 'bigint',
        at: 'timestamptz',
        scope: 'text',
        user_id: 'uuid',
        actor: 'jsonb',
        reason: 'text',
        filter: 'jsonb',
        epoch: 'bigint',
        targets: 'bigint',
        marked: 'bigint',
        marked_at: 'timestamptz',
      },
      rows: world.revocations.map((r) => ({ ...r, targets: r.scope === 'sessions' ? r.marked : null, markedAt: r.at })),
    },
    {
      table: 'sessions',
      columns: {
        id: 'uuid',
        user_id: 'uuid',
        device_id: 'uuid',
        user_agent_id: 'integer',
        ip: 'inet',
        login_method: 'text',
        remember_me: 'boolean',
        created_at: 'timestamptz',
        last_activity_at: 'timestamptz',
        ended_at: 'timestamptz',
        end_reason: 'text',
        ended_by: 'text',
        revocation_id: 'bigint',
        country: 'text',
        region: 'text',
        city: 'text',
        isp: 'text',
        latitude: 'real',
        longitude: 'real',
        location_check: 'text',
      },
      rows: world.sessions,
    },
    {
      table: 'session_activity',
      columns: {
        session_id: 'uuid',
        at: 'timestamptz',
        kind: 'text',
        name: 'text',
        path: 'text',
        status: 'integer',
        ip: 'inet',
      },
      rows: world.activity,
    },
    {
      table: 'alerts',
      columns: { kind: 'text', user_id: 'uuid', session_id: 'uuid', evidence: 'jsonb', created_at: 'timestamptz' },
      rows: world.alerts,
    },
  ];
}

function insertStatement(table: string, columns: Record<string, string>): string {
  const names = Object.keys(columns);
  const keys = names.map((name) => `"${name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}"`);
  const typed = Object.values(columns).map((type, i) => `${keys[i]} ${type}`);
  return `insert into tomo.${table} (${names.join(', ')}) overriding system value
    select ${keys.join(', ')} from jsonb_to_recordset($1::jsonb) as x (${typed.join(', ')})`;
}
