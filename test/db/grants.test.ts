import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AlertSend from '../../src/commands/alert/send.ts';
import ConfigReset from '../../src/commands/config/reset.ts';
import ConfigSet from '../../src/commands/config/set.ts';
import ConfigShow from '../../src/commands/config/show.ts';
import DbGrants from '../../src/commands/db/grants.ts';
import DbStatus from '../../src/commands/db/status.ts';
import RevocationList from '../../src/commands/revocation/list.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import Status from '../../src/commands/status.ts';
import UserList from '../../src/commands/user/list.ts';
import type { Database } from '../../src/db/port/database.ts';
import {
  functionsOf,
  INTERNAL,
  PUBLIC_FUNCTIONS,
  ROLE_TASKS,
  ROLES,
  type RoleKind,
  TASKS,
} from '../../src/db/schema/grants.ts';
import { printGrants } from '../../src/domain/schema/grants.ts';
import { anAlert, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';
import { auditRows, codeFrom, count, one } from './helpers.ts';
import { open, touch } from './server-calls.ts';

type Command = new (...args: ConstructorParameters<typeof SessionList>) => BaseCommand;

onPostgres('the roles of db grants', (t) => {
  // a name that has to be quoted
  const name = (kind: RoleKind) => `Tomo "${kind}" ${process.pid}`;
  const quoted = (kind: RoleKind) => `"${name(kind).replaceAll('"', '""')}"`;
  const as = {} as Record<RoleKind, Database>;
  let session: string;

  beforeAll(async () => {
    // the host's own
    await t.sql('alter table tomo.users add password_hash text');
    for (const kind of ROLES) {
      await t.sql(`create role ${quoted(kind)} login`);
      // twice, as after a migration; and what it should not have goes
      await t.sql(`grant update on tomo.sessions to ${quoted(kind)}`);
      for (let time = 0; time < 2; time += 1)
        await t.db.transaction({}, (tx) =>
          tx.script(printGrants(kind, name(kind)).sql.replace(/^(begin|commit);$/gm, '')),
        );
      as[kind] = await t.connect();
      await as[kind].query(`set session authorization ${quoted(kind)}`);
    }
  });
  afterAll(async () => {
    for (const kind of ROLES) {
      await as[kind].query('reset session authorization');
      await t.sql(`drop owned by ${quoted(kind)}`);
      await t.sql(`drop role ${quoted(kind)}`);
    }
  });
  beforeEach(async () => {
    await t.sql('update tomo.settings set session_timeout = 90');
    const alice = await aUser(t, { username: 'alice' });
    session = await aSession(t, alice);
    await anAlert(t, alice);
  });

  it('know every function of the schema, and name none that is not there', async () => {
    t.notOnCluster('relations are written out there, and are no functions');
    const rows = await t.sql<{ name: string; public: boolean }>(
      `select proname::text as name, has_function_privilege('public', oid, 'execute') as public from pg_proc where pronamespace = 'tomo'::regnamespace`,
    );
    const called = functionsOf(Object.keys(TASKS) as (keyof typeof TASKS)[]);
    // names alone are granted, so none may stand for two functions
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    expect(
      rows
        .filter((row) => row.public)
        .map((row) => row.name)
        .sort(),
    ).toEqual([...PUBLIC_FUNCTIONS].sort());
    expect(rows.map((row) => row.name).sort()).toEqual([...called, ...INTERNAL, ...PUBLIC_FUNCTIONS].sort());
  });

  it.each(ROLES)('give %s the functions of its tasks, and of the tables no more than this', async (kind) => {
    t.notOnCluster('relations are written out there, and are no functions');
    const functions = await t.sql<{ name: string }>(
      `select proname::text as name from pg_proc where pronamespace = 'tomo'::regnamespace and has_function_privilege($1, oid, 'execute')`,
      [name(kind)],
    );
    expect(functions.map((row) => row.name).sort()).toEqual(
      [...functionsOf(ROLE_TASKS[kind]), ...PUBLIC_FUNCTIONS].sort(),
    );
    const rights = await t.sql<{ name: string; held: string[] }>(
      `select c.relname::text as name, array_agg(r order by r) as held
         from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) r
        where c.relnamespace = 'tomo'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
          and has_table_privilege($1, c.oid, r) group by 1`,
      [name(kind)],
    );
    const all = await t.sql<{ name: string }>(
      `select relname::text as name from pg_class
        where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and relname <> 'users'`,
    );
    expect(Object.fromEntries(rights.map((row) => [row.name, row.held.join(' ')]))).toEqual(
      {
        viewer: Object.fromEntries(all.map((table) => [table.name, 'select'])),
        operator: {
          ...Object.fromEntries(all.map((table) => [table.name, 'select'])),
          revocation_targets: 'insert select',
        },
        janitor: { schema_migrations: 'select', schema_source: 'select', settings: 'select', revocations: 'select' },
        server: {
          ...{ schema_migrations: 'select', schema_source: 'select', settings: 'select' },
          ...{ revocations: 'select', revocation_targets: 'select' },
        },
      }[kind],
    );
    const columns = await t.sql<{ name: string }>(
      `select distinct a.attname::text as name
         from pg_attribute a cross join unnest(array['select', 'insert', 'update', 'references']) r
        where a.attrelid = 'tomo.users'::regclass and a.attnum > 0
          and has_column_privilege($1, a.attrelid, a.attnum, r) order by 1`,
      [name(kind)],
    );
    expect(columns.map((column) => column.name)).toEqual(
      kind === 'viewer' || kind === 'operator' ? ['created_at', 'email', 'id', 'is_active', 'role', 'username'] : [],
    );
    const sequences = await t.sql(
      `select from pg_sequence s join pg_class c on c.oid = s.seqrelid
        where c.relnamespace = 'tomo'::regnamespace and has_sequence_privilege($1, s.seqrelid, 'usage, select, update')`,
      [name(kind)],
    );
    expect(sequences).toEqual([]);
  });

  const SMTP = {
    TOMO_WEBHOOK_URL: 'https://127.0.0.1:9/',
    TOMO_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  };
  const read: [string, Command, () => string[]][] = [
    ['session list', SessionList, () => []],
    ['session show', SessionShow, () => [session]],
    ['session why', SessionWhy, () => [session]],
    ['session revoke --dry-run', SessionRevoke, () => [session, '--dry-run']],
    ['session cleanup --dry-run', SessionCleanup, () => ['--dry-run']],
    ['alert list', AlertList, () => []],
    ['alert send --dry-run', AlertSend, () => ['--dry-run']],
    ['config show', ConfigShow, () => []],
    ['config set --simulate', ConfigSet, () => ['session_timeout', '5', '--simulate']],
    ['revocation list', RevocationList, () => []],
    ['user list', UserList, () => []],
    ['status', Status, () => []],
  ];
  const change: [string, Command, () => string[]][] = [
    ['session revoke', SessionRevoke, () => [session]],
    ['session revoke --user', SessionRevoke, () => ['--user', 'alice', '--yes']],
    ['session revoke-user', SessionRevokeUser, () => ['alice', '--yes']],
    ['session revoke-all', SessionRevokeAll, () => ['--yes']],
    ['config set', ConfigSet, () => ['session_timeout', '5', '--yes']],
    ['config set --user', ConfigSet, () => ['max_sessions_per_user', '3', '--user', 'alice', '--yes']],
    ['config reset', ConfigReset, () => ['session_timeout', '--yes']],
    ['alert ack', AlertAck, () => ['--all', '--yes']],
  ];
  const tidy: [string, Command, () => string[]][] = [
    ['session cleanup', SessionCleanup, () => []],
    ['alert send', AlertSend, () => ['--retry-dead']],
  ];
  const allowed: Record<RoleKind, typeof read> = {
    viewer: read,
    operator: [...read, ...change, ...tidy],
    janitor: tidy,
    server: [],
  };

  describe.each(ROLES)('%s', (kind) => {
    const names = new Set(allowed[kind].map(([label]) => label));
    const sampled = [...read, ...change, ...tidy];
    it.each(sampled.filter(([label]) => names.has(label)))('may: %s', async (_, command, argv) => {
      const { stderr, exitCode } = await run({ ...t, db: as[kind] }, command, argv(), { env: SMTP });
      // nobody listens at the address of the webhook, so that alerts are left
      expect({ exitCode, stderr }).toEqual({
        exitCode: command === AlertSend && !argv().includes('--dry-run') ? 8 : 0,
        stderr: expect.not.stringContaining('Error'),
      });
    });
    // what a server reads for itself, the settings and the schema's version, is no secret; the rest is
    const own = kind === 'server' || kind === 'janitor' ? ['config show'] : [];
    it.each(sampled.filter(([label]) => !names.has(label) && !own.includes(label)))(
      'may not: %s',
      async (_, command, argv) => {
        const { stdout, stderr, exitCode } = await run({ ...t, db: as[kind] }, command, argv(), { env: SMTP });
        expect({ exitCode, stdout, stderr }).toEqual({
          exitCode: 5,
          stdout: '',
          stderr: expect.stringMatching(/lacks .*grant /s),
        });
      },
    );
  });

  it('lets an operator restore what it has revoked, and find the schema up to date', async () => {
    const operator = { ...t, db: as.operator };
    expect((await run(operator, SessionRevokeUser, ['alice', '--yes'])).exitCode).toBe(0);
    const [revocation] = await t.sql<{ id: number }>('select id::int from tomo.revocations');
    expect(await run(operator, SessionRestore, [String(revocation?.id)])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await run(operator, DbStatus, [])).exitCode).toBe(0);
    expect(await codeFrom(as.operator.query('create table tomo.mine ()'))).toBe('42501');
  });

  it('lets a server set what its environment names, in its own name, and take no evidence away', async () => {
    const apply = (values: object) =>
      as.server.query(`select tomo.apply_environment($1, '{"user": "root", "osUser": "olga", "host": "box"}')`, [
        JSON.stringify(values),
      ]);
    expect(await codeFrom(as.server.query(`select tomo.set_settings('{"session_timeout": 5}')`))).toBe('42501');
    for (const [key, days] of [
      ['retention_sessions', 1],
      ['retention_activity_logs', 89],
      ['retention_audit_logs', 90],
    ] as const)
      expect(await codeFrom(apply({ [key]: days, session_timeout: 5 }))).toBe('TM011');
    await t.sql(`select tomo.set_settings('{"retention_sessions": 3, "retention_audit_logs": 1000}')`);
    await apply({ session_timeout: 5, retention_sessions: 3, retention_audit_logs: 365 });
    expect(await one(t, 'select session_timeout, retention_sessions, retention_audit_logs from tomo.settings')).toEqual(
      {
        ...{ session_timeout: 5, retention_sessions: 3, retention_audit_logs: 365 },
      },
    );
    expect(await codeFrom(apply({ retention_sessions: 2 }))).toBe('TM011');
    expect(
      (await one<{ by: string }>(t, `select origins #>> '{session_timeout,by}' as by from tomo.settings`)).by,
    ).toBe(name('server'));
    expect((await auditRows(t)).at(-1)?.actor).toEqual({
      ...{ user: 'root', claimed: true, host: 'box', dbRole: name('server') },
    });
  });

  it('keeps what a janitor has to keep, and lets an operator decide', async () => {
    await t.sql('update tomo.settings set retention_sessions = 30');
    const ended = await aSession(t, await aUser(t), { idle: 20_000, age: 20_000, ended: 20_000, reason: 'logout' });
    const clean = (kind: RoleKind) => run({ ...t, db: as[kind] }, SessionCleanup, ['--retention', '2']);
    expect(await clean('janitor')).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('less than the 30 days of the setting'),
    });
    expect(await count(t, 'tomo.sessions where id = $1', [ended])).toBe(1);
    expect((await clean('operator')).exitCode).toBe(0);
    expect(await count(t, 'tomo.sessions where id = $1', [ended])).toBe(0);
  });

  it('deletes nothing before its time without the audit, also for who calls the functions alone', async () => {
    const bob = await aUser(t);
    await aSession(t, bob, { idle: 15_000, age: 15_000, ended: 15_000, reason: 'logout' });
    await as.janitor.query(`select tomo.delete_ended('-infinity', null, 100)`);
    expect(await count(t, 'tomo.sessions where user_id = $1', [bob])).toBe(0);
    await aSession(t, bob, { idle: 5000, age: 5000, ended: 5000, reason: 'logout' });
    await aSession(t, bob, { idle: 5000, age: 5000 });
    for (const call of [
      `tomo.end_sessions('old', null, 1, 100)`,
      `tomo.end_sessions('activity', null, 1, 100)`,
      `tomo.delete_ended('-infinity', 1, 100)`,
    ])
      await as.operator.query(`select ${call}`);
    expect(await count(t, 'tomo.sessions where user_id = $1', [bob])).toBe(0);
    expect((await auditRows(t)).filter(({ action }) => action !== 'begin')).toMatchObject(
      [1, 1].map((deleted) => ({
        action: 'delete-early',
        actor: { dbRole: name('operator') },
        detail: { retention: 1, deleted },
      })),
    );
  });

  it('voids no compromise by a watermark of the cleanup', async () => {
    const stolen = await aSession(t, await aUser(t));
    const [{ r = '' } = {}] = await t.sql<{ r: string }>(
      `select tomo.revoke_sessions(array[$1::uuid], null, 'stolen', true)::text as r`,
      [stolen],
    );
    for (const from of [
      ...[null, '{}', `{"revocation": ${r}}`, `{"revocation": "${r}", "session": null}`],
      ...[
        `{"revocation": ${r}, "session": "ffffffff-ffff-ffff-ffff-ffffffffffff"}`,
        '{"revocation": 0, "at": "infinity"}',
      ],
    ])
      for (const source of ['chosen', 'user', 'activity', 'old', 'login']) {
        let step: string | null = from;
        for (let i = 0; i < 5; i += 1) {
          const next: { step: string | null }[] = await as.janitor.query(
            'select next::text as step from tomo.end_sessions($1, $2, null, 1)',
            [source, step],
          );
          step = next[0]?.step ?? null;
        }
      }
    expect(await liveIds(t)).not.toContain(stolen);
    expect(await codeFrom(as.operator.query('select tomo.restore($1)', [r]))).toBe('TM021');
  });

  it('ends nothing that nobody knows of: no target of a session that is not there, none in a revocation of others', async () => {
    t.notOnCluster('no trigger and no foreign key watches it there');
    const [alice] = await t.sql<{ id: string }>('select id from tomo.users');
    const target = `insert into tomo.revocation_targets (revocation_id, session_id, user_id)
      select tomo.begin_revocation(null, null, null, false), $1, $2`;
    const nowhere = '00000000-0000-4000-8000-000000000000';
    expect(await codeFrom(as.operator.query(target, [nowhere, alice?.id]))).toBe('23503');
    expect(await codeFrom(as.operator.query(target, [session, nowhere]))).toBe('23503');
    expect(await codeFrom(as.operator.query(target, [session, alice?.id]))).toBe('TM024');
    await as.operator.query('select tomo.lock_user_controls($1)', [[nowhere]]);
    expect(await count(t, 'tomo.user_controls where user_id = $1', [nowhere])).toBe(0);
  });

  it('lets a server log in and ask', async () => {
    const [user] = await t.sql<{ id: string }>('select id from tomo.users');
    const opened = await open(as.server, user?.id ?? '');
    expect(await touch(as.server, opened.session_id)).toMatchObject({ accepted: true });
  });

  it('are printed by the command, without a database', async () => {
    const unreachable = { ...t, url: 'postgres://nobody@127.0.0.1:1/none' };
    const { stdout, exitCode } = await run(unreachable, DbGrants, ['--role', 'janitor', '--name', 'the "cron" role']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('to "the ""cron"" role";');
    expect(stdout).toMatch(/^-- create role "the ""cron"" role" login;/m);
    for (const wrong of ['', 'public', 'pg_read', 'a\nb', 'x'.repeat(64)]) {
      expect((await run(unreachable, DbGrants, ['--role', 'viewer', '--name', wrong])).exitCode).toBe(2);
    }
  });
});
