import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AlertShow from '../../src/commands/alert/show.ts';
import AuditExport from '../../src/commands/audit/export.ts';
import AuditList from '../../src/commands/audit/list.ts';
import ConfigShow from '../../src/commands/config/show.ts';
import DeviceList from '../../src/commands/device/list.ts';
import RevocationList from '../../src/commands/revocation/list.ts';
import RevocationShow from '../../src/commands/revocation/show.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import Status from '../../src/commands/status.ts';
import UserShow from '../../src/commands/user/show.ts';
import type { Database } from '../../src/db/port/database.ts';
import { functionsOf, PUBLIC_FUNCTIONS, ROLE_TASKS, ROLES, type RoleKind } from '../../src/db/schema/grants.ts';
import { printGrants } from '../../src/domain/schema/grants.ts';
import { anAlert, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { runs, some } from '../support/extent.ts';
import { Random } from '../support/random.ts';
import { run } from '../support/run.ts';
import { chainProblems } from './helpers.ts';

/**
 * The tables that a function may write to: its job. One that is not here writes none, so a new one that does fails
 * until it has its line. Who writes to audit_log writes nothing without a row in it that names the role.
 */
const REVOKING = 'audit_head audit_log revocations';
const EVERYBODY = 'epochs revocations_due'; // on a cluster
const JOBS: Record<string, string> = {
  acknowledge_alerts: 'alerts audit_head audit_log',
  apply_environment: 'settings past_timeouts audit_head audit_log',
  claim_alerts: 'alerts',
  close_session: 'sessions',
  create_session: 'sessions devices user_agents user_places alerts audit_head audit_log',
  create_activity_partition: 'session_activity session_activity_default',
  clean_sessions: `${EVERYBODY} sessions revocation_targets audit_head audit_log`,
  delete_ended: 'sessions audit_head audit_log',
  delete_old_default_activity: 'session_activity_default',
  disown_login: `alerts devices revocation_targets ${REVOKING}`,
  distrust_own_device: 'devices audit_head audit_log',
  end_sessions: 'sessions revocation_targets audit_head audit_log',
  expire_alerts: 'alerts',
  forget_devices: 'devices audit_head audit_log',
  forget_own_device: 'devices audit_head audit_log',
  label_device: 'devices audit_head audit_log',
  locate_sessions: 'sessions user_places alerts',
  lock_user_controls: 'user_controls',
  open_session: 'sessions devices user_agents user_places alerts',
  prune_history: 'revocations user_controls past_timeouts alerts user_places devices user_agents audit_head audit_log',
  record_activity: 'session_activity session_activity_default',
  record_change: 'audit_head audit_log',
  record_cleanup: 'settings audit_head audit_log',
  record_delivery: 'alerts',
  record_places: 'audit_head audit_log',
  record_sending: 'audit_head audit_log',
  release_lease: 'leases',
  restore: `${EVERYBODY} settings user_controls ${REVOKING}`,
  revive_alerts: 'alerts',
  revoke_all: `${EVERYBODY} settings sessions ${REVOKING}`,
  revoke_ids: `revocation_targets ${REVOKING}`,
  revoke_own_others: `user_controls sessions ${REVOKING}`,
  revoke_own_session: `revocation_targets ${REVOKING}`,
  revoke_sessions: `revocation_targets ${REVOKING}`,
  revoke_user: `user_controls sessions ${REVOKING}`,
  set_settings: 'settings past_timeouts audit_head audit_log',
  set_user_limit: 'user_controls audit_head audit_log',
  take_lease: 'leases',
  unacknowledge_alerts: 'alerts audit_head audit_log',
  touch_session: 'sessions',
  trust_devices: 'devices audit_head audit_log',
};
/**
 * Of these, an audit row is for those calls that report something, have cut the audit itself, or delete earlier
 * than the setting says.
 */
const AUDITS_SOME = ['record_cleanup', 'prune_history', 'clean_sessions', 'end_sessions', 'delete_ended'];
/** After which somebody may be in who was not. */
const LETS_IN = ['open_session', 'create_session', 'restore'];

/**
 * Refusals that are meant: a value that cannot be, a rule, a right, a state. Nothing of class XX, P0 or 42 otherwise.
 */
const REFUSALS = /^(22|23|TM)...$|^42501$|^42P07$/;

type Command = new (...args: ConstructorParameters<typeof SessionList>) => BaseCommand;

interface Called {
  oid: number;
  name: string;
  args: string[];
  types: string[];
}

onPostgres('functions called by an enemy who has the role', (t) => {
  t.keepsData = true;
  const name = (kind: RoleKind) => `hostile_${kind}_${process.pid}`;
  let caller: Database;
  let catalogue: Called[];
  let live: string[];
  /** By type, and of the world: what an argument may be. */
  let values: Record<string, (string | null)[]>;

  beforeAll(async () => {
    for (const kind of ROLES) {
      await t.sql(`create role ${name(kind)} login`);
      await t.db.transaction({}, (tx) =>
        tx.script(printGrants(kind, name(kind)).sql.replace(/^(begin|commit);$/gm, '')),
      );
    }
    await t.sql(`grant execute on function tomo.create_session to ${name('operator')}`);
    caller = await t.connect();
    catalogue = await t.sql<Called>(`
      select p.oid::int as oid, p.proname::text as name, coalesce(p.proargnames, '{}')::text[] as args,
             array(select format_type(a, null) from unnest(p.proargtypes) a) as types
        from pg_proc p where p.pronamespace = 'tomo'::regnamespace and p.prorettype <> 'trigger'::regtype order by 2`);

    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
    const stolen = [await aSession(t, alice, { ip: '203.0.113.9' }), await aSession(t, bob)];
    await t.sql(`select tomo.revoke_sessions($1::uuid[], '{}', 'stolen', true)`, [stolen]);
    const undoable = await aSession(t, bob);
    await t.sql('select tomo.revoke_sessions(array[$1::uuid])', [undoable]);
    for (let i = 0; i < 3; i += 1) await aSession(t, alice, { remember: i === 1 });
    await aSession(t, bob, { ended: 20_000, age: 30_000, idle: 25_000, reason: 'logout' });
    await aSession(t, bob, { idle: 300 });
    await t.sql(`select tomo.open_session($1, '203.0.113.7', 'Mozilla/5.0 (X11; Linux) Firefox/1.0')`, [alice]);
    const alert = await anAlert(t, alice, { age: 90, session: stolen[0] });
    await t.sql(`select tomo.record_activity($1, 'page', 'x', '/', 200)`, [stolen[0]]);
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind) values ($1, $2, '2999-01-01', 'page')`,
      [stolen[1], bob],
    );
    await t.sql(`select tomo.take_lease('cleanup', gen_random_uuid(), 60)`);
    live = await liveIds(t);
    const [device] = await t.sql<{ id: string }>('select id from tomo.devices');
    const lists = (ids: string[]) => ['{}', '{NULL}', `{{${ids.join('},{')}}}`, `{${ids.join(',')}}`];
    const nowhere = '00000000-0000-4000-8000-000000000000';
    const uuids = [alice, bob, stolen[0], live[0], device?.id, nowhere].map(String);
    values = {
      uuid: uuids,
      'uuid[]': lists(uuids),
      bigint: ['-1', '0', '1', '2', String(alert), '9223372036854775807', '-9223372036854775808'],
      'bigint[]': lists([String(alert), '-1']),
      integer: ['-1', '0', '1', '2', '1000', '2147483647', '-2147483648'],
      boolean: ['true', 'false'],
      text: [
        ...['', 'cleanup', 'indexes', 'old', 'activity', 'login', 'user', 'chosen', 'environment', 'database', 'page'],
        ...[
          'session_activity_20200106',
          'users',
          'x'.repeat(70_000),
          `'; drop table tomo.users; --`,
          '\u202e\u0001\ud83d\ude00',
        ],
      ],
      'text[]': ['{}', '{NULL}', '{mail,webhook}', `{${'x'.repeat(5000)}}`],
      interval: ['-100 years', '0', '1 hour', '178000000 years'],
      'timestamp with time zone': [
        'infinity',
        '-infinity',
        '0001-01-01 BC',
        '2020-01-06',
        '3020-01-06',
        '294276-12-31',
      ],
      inet: ['::', '0.0.0.0/0', '::ffff:203.0.113.7/120', '10.0.0.1'],
      'cidr[]': ['{}', '{NULL}', '{0.0.0.0/0}'],
      jsonb: [
        ...['null', '5', '"boom"', '[]', '{}', '[[{}]]', '{"x": 1e131071}', '[null, {"id": "boom"}]'],
        ...['{"user": "postgres"}', '{"user": {"a": []}}', '{"osUser": "olga", "host": "box", "dbRole": "postgres"}'],
        ...['{"osUser": 5, "claimed": false, "user": null}', '{"users": "boom"}', '{"users": ["alice", 5, null, {}]}'],
        ...['{"revocation": "boom", "username": 5, "devices": 1}', '{"revocation": 1}', '{"revocation": 1e400}'],
        ...[
          '{"revocation": "1", "session": "00000000-0000-4000-8000-000000000000"}',
          '{"revocation": 1, "session": "b"}',
        ],
        ...['{"revocation": 1, "session": "ffffffff-ffff-ffff-ffff-ffffffffffff"}', '{"ids": "boom", "count": []}'],
        ...['{"at": "infinity", "epoch": 0, "remember": false}', '{"at": "-infinity", "epoch": 0, "remember": true}'],
        ...[
          '{"at": "boom"}',
          '{"epoch": 99999999999999999999}',
          '{"remember": []}',
          '{"epoch": -1, "remember": "yes"}',
        ],
        ...[
          '{"session_timeout": 1}',
          '{"session_timeout": -1}',
          '{"retention_audit_logs": 90, "retention_sessions": 1}',
        ],
        ...['{"trusted_networks": [null]}', '{"trusted_networks": [["10.0.0.0/8"]]}', '{"epoch": 5, "min_epoch": 0}'],
        `{${['revocation', 'count', 'session', 'from', 'to', 'kept', 'username', 'relatedTo', 'idleFor', 'since', 'x']
          .map((key) => `"${key}": {"toString": 5, "length": 2}`)
          .join()}, "state": 5, "users": [{"toString": 5}], "devices": [[{"toString": 5}]]}`,
        ...['{"country": "\\u001b[", "latitude": "NaN"}', '{"latitude": 1e999, "longitude": 5}'],
        `[{"id": "${uuids[3]}", "country": "\\n\\n", "latitude": "NaN", "longitude": 1e30}]`,
        `[{"id": "${uuids[3]}", "country": "XX", "city": "${'x'.repeat(500)}"}]`,
        JSON.stringify({ much: 'x'.repeat(70_000) }),
      ],
    };
  });
  afterAll(async () => {
    for (const kind of ROLES) {
      await t.sql(`drop owned by ${name(kind)}`);
      await t.sql(`drop role ${name(kind)}`);
    }
  });

  interface Audited {
    actor: { dbRole: string; user?: string; claimed?: boolean; osUser?: string };
  }
  interface Outcome {
    refused?: string;
    written: string[];
    audited: Audited[];
    live: string[];
  }

  /** How often each table was written to: what is asked twice in one transaction differs by what was done between. */
  const writes = async () =>
    new Map(
      (
        await caller.query<{ name: string; n: number }>(`
          select regexp_replace(relname, '_\\d{8}$', '') as name, sum(n_tup_ins + n_tup_upd + n_tup_del)::int as n
            from pg_stat_xact_user_tables where schemaname = 'tomo' group by 1 order by 1`)
      ).map((table) => [table.name, table.n]),
    );

  /** Calls it as the role, in a transaction that is undone, unless it is to stay. */
  async function call(kind: RoleKind, fn: Called, args: (string | null)[], end = 'rollback'): Promise<Outcome> {
    await caller.query('begin');
    try {
      await caller.query(`set local statement_timeout = '5s'`);
      const newest = (await caller.query<{ id: string }>('select id from tomo.audit_head'))[0]?.id;
      const before = await writes();
      await caller.query(`set local session authorization ${name(kind)}`);
      const list = fn.types.map((type, i) => `$${i + 1}::${type}`).join(', ');
      await caller.query(`select * from tomo.${fn.name}(${list})`, args);
      await caller.query('set constraints all immediate');
      await caller.query('set local session authorization default');
      const outcome = {
        written: [...(await writes())].flatMap(([table, n]) => (n === (before.get(table) ?? 0) ? [] : [table])),
        audited: await caller.query<Audited>('select actor from tomo.audit_log where id > $1::bigint', [newest]),
        live: (await caller.query<{ id: string }>('select id from tomo.live_sessions order by id')).map(({ id }) => id),
      };
      await caller.query(end);
      return outcome;
    } catch (error) {
      await caller.query('rollback');
      const { code, cause } = error as { code: string; cause?: { code: string } };
      return { written: [], audited: [], live, refused: cause?.code ?? code };
    }
  }

  const callable = (kind: RoleKind) => {
    // a right of its own, that an operator may be given
    const tasks = kind === 'operator' ? ([...ROLE_TASKS[kind], 'impersonate'] as const) : ROLE_TASKS[kind];
    const names = [...functionsOf(tasks), ...PUBLIC_FUNCTIONS];
    return catalogue.filter((fn) => names.includes(fn.name));
  };
  /** Each function once, by the least role that may call it. */
  const LEAST: RoleKind[] = ['viewer', 'janitor', 'server', 'operator'];
  const firstFor = (kind: RoleKind) => {
    const before = LEAST.slice(0, LEAST.indexOf(kind)).flatMap((less) => callable(less).map((fn) => fn.name));
    return callable(kind).filter((fn) => !before.includes(fn.name));
  };

  /** Each argument every value in turn, the others as chance has it; and all of them null. */
  function* attempts({ types, name: fn }: Called, random: Random): Generator<(string | null)[]> {
    yield types.map(() => null);
    for (const [i, type] of types.entries())
      for (const value of [null, ...(values[type] ?? [])])
        yield types.map((other, j) => (i === j ? value : (random.pick([null, ...(values[other] ?? [])]) ?? null)));
    expect([fn, types.filter((type) => !values[type] && !PUBLIC_FUNCTIONS.includes(fn))]).toEqual([fn, []]);
  }

  it.each(ROLES)(
    '%s: each call is refused with a known SQLSTATE, or does its job and no other, in its own name',
    async (kind) => {
      const random = new Random(`hostile ${kind}`);
      for (const fn of firstFor(kind)) {
        const job = JOBS[fn.name]?.split(' ') ?? [];
        for (const args of some(fn.name, [...attempts(fn, random)], 5)) {
          const shown = `${fn.name}(${args.map((arg) => arg?.slice(0, 100) ?? 'null').join(', ')})`;
          const { refused, written, audited, live: after } = await call(kind, fn, args);
          if (refused !== undefined) {
            expect([shown, refused]).toEqual([shown, expect.stringMatching(REFUSALS)]);
            continue;
          }
          expect([shown, written.filter((table) => !job.includes(table))]).toEqual([shown, []]);
          if (job.includes('audit_log') && written.length > 0 && !AUDITS_SOME.includes(fn.name))
            expect([shown, audited.length]).toEqual([shown, expect.toSatisfy((rows: number) => rows > 0)]);
          for (const { actor } of audited) {
            expect([shown, actor.dbRole]).toEqual([shown, name(kind)]);
            if (actor.user !== undefined) expect([shown, actor.claimed]).toEqual([shown, true]);
            if (kind === 'server') expect([shown, actor.osUser]).toEqual([shown, undefined]);
          }
          if (!LETS_IN.includes(fn.name))
            expect([shown, after.filter((id) => !live.includes(id))]).toEqual([shown, []]);
        }
      }
    },
  );

  // last: what it does stays
  it('leaves what everybody can read, a chain that is sound, and nobody in who was out', async () => {
    const random = new Random('hostile calls that stay');
    for (let i = 0; i < runs(600); i += 1) {
      const kind = random.pick(ROLES) ?? 'viewer';
      const fn = random.pick(callable(kind).filter((one) => one.name in JOBS && !LETS_IN.includes(one.name)));
      if (!fn) continue;
      const args = fn.types.map((type) => random.pick([null, ...(values[type] ?? [])]) ?? null);
      await call(kind, fn, args, 'commit');
    }
    // and what no function lets anybody write any more
    const documents = values.jsonb?.filter((json) => json?.startsWith('{') && json.length < 1000);
    for (const statement of [
      `select tomo.write_audit('{}', action, null, detail::jsonb)
         from unnest($1::text[]) detail, unnest(array['cleanup', 'revoke', 'revoke-user', 'set', 'trust-device', 'x']) action
        where length(detail::jsonb::text) < 1000`,
      `insert into tomo.revocations (scope, actor, filter, sessions)
       select 'sessions', '{"user": {}}', filter::jsonb, 0 from unnest($1::text[]) filter`,
      `insert into tomo.alerts (kind, user_id, evidence)
       select 'login', (select id from tomo.users limit 1), e::jsonb from unnest($1::text[]) e`,
    ])
      await t.sql(statement, [documents]);
    expect((await liveIds(t)).filter((id) => !live.includes(id))).toEqual([]);
    expect(await chainProblems(t)).toEqual([]);
    const readers: [Command, string[]][] = [
      [AuditList, []],
      [AuditList, ['--user', 'alice']],
      [RevocationList, []],
      [RevocationList, ['--user', 'alice']],
      [AlertList, ['--all', '--user', 'alice']],
      [DeviceList, []],
      [SessionList, ['--state', 'all']],
      [ConfigShow, []],
      [Status, []],
      [UserShow, ['alice']],
      ...(await t.sql<{ id: string }>('select id from tomo.sessions limit 20')).flatMap(
        ({ id }): [Command, string[]][] => [
          [SessionShow, [id]],
          [SessionWhy, [id]],
        ],
      ),
      ...(await t.sql<{ id: string }>('select id::text from tomo.revocations order by id desc limit 40')).map(
        ({ id }): [Command, string[]] => [RevocationShow, [id]],
      ),
      ...(await t.sql<{ id: string }>('select id::text from tomo.alerts order by id desc limit 40')).map(
        ({ id }): [Command, string[]] => [AlertShow, [id]],
      ),
      [AuditExport, []],
      [SessionCleanup, []],
    ];
    for (const [command, argv] of readers)
      for (const tty of [false, true]) {
        const { exitCode, stderr } = await run(t, command, argv, { tty, columns: 200 });
        expect([command.name, argv, exitCode, stderr]).toEqual([
          command.name,
          argv,
          0,
          expect.not.stringContaining('Error'),
        ]);
      }
  });
});
