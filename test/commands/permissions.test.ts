import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertList from '../../src/commands/alert/list.ts';
import AuditExport from '../../src/commands/audit/export.ts';
import AuditList from '../../src/commands/audit/list.ts';
import AuditVerify from '../../src/commands/audit/verify.ts';
import ConfigGet from '../../src/commands/config/get.ts';
import ConfigSet from '../../src/commands/config/set.ts';
import ConfigShow from '../../src/commands/config/show.ts';
import DbStatus from '../../src/commands/db/status.ts';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import GeoStatus from '../../src/commands/geo/status.ts';
import RevocationList from '../../src/commands/revocation/list.ts';
import RevocationShow from '../../src/commands/revocation/show.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import type { Database } from '../../src/db/port/database.ts';
import { applyEnvironment } from '../../src/domain/settings/change.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { geoDatabase } from '../support/geo.ts';
import { run } from '../support/run.ts';

onPostgres('permissions', (t) => {
  const [reader, nobody] = [`reader_${process.pid}`, `nobody_${process.pid}`];
  let asReader: Database;
  let asNobody: Database;
  let id: string;

  beforeAll(async () => {
    for (const role of [reader, nobody]) await t.sql(`create role ${role} login password 'secret'`);
    await t.sql(`grant usage on schema tomo to ${reader}`);
    await t.sql(`grant select on all tables in schema tomo to ${reader}`);
    const as = async (role: string) => {
      const db = await t.connect();
      await db.query(`set session authorization ${role}`);
      return db;
    };
    [asReader, asNobody] = [await as(reader), await as(nobody)];
  });
  afterAll(async () => {
    for (const [db, role] of [
      [asReader, reader],
      [asNobody, nobody],
    ] as const) {
      await db.query('reset session authorization');
      await t.sql(`drop owned by ${role}`);
      await t.sql(`drop role ${role}`);
    }
  });
  beforeEach(async () => {
    id = await aSession(t, await aUser(t, { username: 'alice' }));
  });

  it('names the right that a streamed list lacks, as that of a page', async () => {
    const some = 'tomo.schema_migrations, tomo.settings, tomo.revocations, tomo.users, tomo.user_controls';
    await t.sql(`grant usage on schema tomo to ${nobody}`);
    await t.sql(`grant select on ${some} to ${nobody}`);
    for (const argv of [[], ['--all', '--output', 'ndjson']]) {
      const { stderr, exitCode } = await run({ ...t, db: asNobody }, SessionList, argv);
      expect(exitCode).toBe(5);
      expect(stderr).toContain('lacks SELECT on tomo.');
    }
    await t.sql(`revoke select on ${some} from ${nobody}`);
    await t.sql(`revoke usage on schema tomo from ${nobody}`);
  });

  it('lets a role that may only read the tables list, count, show and preview', async () => {
    const reading = { ...t, db: asReader };
    await t.sql(`select tomo.revoke_sessions(array[$1::uuid])`, [await aSession(t, await aUser(t))]);
    for (const [command, argv] of [
      [SessionList, []],
      [SessionList, ['--all', '--output', 'ndjson']],
      [SessionList, ['--count']],
      [SessionList, ['--user', 'alice', '--state', 'all']],
      [SessionShow, [id]],
      [SessionWhy, [id]],
      [SessionRevoke, [id, '--dry-run']],
      [SessionRevoke, ['--user', 'alice', '--dry-run']],
      [SessionRevokeAll, ['--dry-run']],
      [SessionCleanup, ['--dry-run']],
      [RevocationList, ['--user', 'alice']],
      [RevocationShow, ['1']],
      [SessionRestore, ['1', '--dry-run']],
      [AuditList, ['--user', 'alice']],
      [AuditVerify, []],
      [AuditExport, []],
      [AlertList, []],
      [ConfigShow, []],
      [ConfigGet, ['session_timeout']],
      [GeoStatus, ['203.0.113.7']],
      [GeoEnrich, ['--dry-run', '--city-database', geoDatabase('permissions')]],
      [DbStatus, []],
    ] as const) {
      const { stderr, exitCode } = await run(reading, command, [...argv]);
      expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 0, stderr: expect.not.stringMatching(/Error/) });
    }
  });

  it.each([
    ['revoke', SessionRevoke, () => [id]],
    ['revoke by filter', SessionRevoke, () => ['--user', 'alice', '--yes']],
    ['revoke-user', SessionRevokeUser, () => ['alice']],
    ['revoke-all', SessionRevokeAll, () => ['--yes']],
    ['cleanup', SessionCleanup, () => []],
    ['alert ack', AlertAck, () => ['--all']],
    ['config set', ConfigSet, () => ['session_timeout', '15']],
    ['config set for a user', ConfigSet, () => ['max_sessions_per_user', '1', '--user', 'alice']],
    ['geo enrich', GeoEnrich, () => ['--city-database', geoDatabase('permissions')]],
  ] as const)(
    'refuses %s to that role with exit 5, names the right that is missing and how to give it, and changes nothing',
    async (_, command, argv) => {
      const { stdout, stderr, exitCode } = await run({ ...t, db: asReader }, command, [...argv()]);
      expect(exitCode).toBe(5);
      expect(stdout).toBe('');
      expect(stderr).toMatch(new RegExp(`role "${reader}" lacks EXECUTE on function tomo\\.\\w+`));
      expect(stderr).toMatch(new RegExp(`grant execute on .* to "${reader}"`));
      expect(await liveIds(t)).toEqual([id]);
      expect(await t.sql('select id from tomo.revocations')).toEqual([]);
    },
  );

  it('is enough to follow the advice: with the rights it names, the command works', async () => {
    const operator = `operator_${process.pid}`;
    await t.sql(`create role ${operator} login`);
    const db = await t.connect();
    await db.query(`set session authorization ${operator}`);
    const granted: string[] = [];
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { stderr, exitCode } = await run({ ...t, db }, SessionRevoke, [id, '--json']).then(async (ran) => ({
        ...ran,
        stderr: ran.exitCode === 5 ? ran.stdout : '',
      }));
      if (exitCode === 0) break;
      expect(exitCode, stderr).toBe(5);
      const [, statement = ''] = /(grant .*)/.exec(JSON.parse(stderr).error.hint) ?? [];
      expect(granted).not.toContain(statement);
      granted.push(statement);
      await t.sql(statement);
    }
    await db.query('reset session authorization');
    await t.sql(`drop owned by ${operator}`);
    await t.sql(`drop role ${operator}`);
    expect(await liveIds(t)).toEqual([]);
    // no more than it takes
    expect(granted.join('\n')).not.toMatch(/\bdelete\b|\ball tables\b/);
    expect(granted.join('\n')).not.toMatch(/(insert|update).* on tomo\.(sessions|users|settings|audit_log)\b/);
  });

  it("needs no more than the documented rights to apply a server's environment", async () => {
    const server = `server_${process.pid}`;
    await t.sql(`create role ${server} login`);
    const rights = [
      ...readFileSync('docs/library.md', 'utf8').matchAll(
        /grant (select|execute) on (?:function )?tomo\.[as]\w+(?:, tomo\.\w+)*/g,
      ),
    ].map(([grant]) => grant);
    for (const grant of [
      'grant usage on schema tomo',
      ...rights.filter((right) => /apply_environment|tomo\.settings/.test(right)),
    ])
      await t.sql(`${grant} to ${server}`);
    const db = await t.connect();
    await db.query(`set session authorization ${server}`);
    expect(await applyEnvironment(db, { SESSION_TIMEOUT: '30' }, { osUser: 'tomo', host: 'web' })).toMatchObject([
      { to: 30 },
    ]);
    await db.query('reset session authorization');
    await t.sql(`drop owned by ${server}`);
    await t.sql(`drop role ${server}`);
  });

  it.each([
    ['list', SessionList, []],
    ['revoke-all', SessionRevokeAll, ['--yes']],
    ['cleanup', SessionCleanup, []],
  ] as const)('tells a role without any right which one it lacks: %s', async (_, command, argv) => {
    const { stdout, stderr, exitCode } = await run({ ...t, db: asNobody }, command, [...argv]);
    expect(exitCode).toBe(5);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`role "${nobody}" lacks USAGE on schema tomo`));
    expect(stderr).toMatch(new RegExp(`grant usage on schema tomo to "${nobody}"`));
    expect(stderr).not.toMatch(/bug in tomo|secret/);
  });

  it('prints a refusal as JSON', async () => {
    const ran = await run({ ...t, db: asReader }, SessionRevokeAll, ['--yes', '--json']);
    expect(ran.exitCode).toBe(5);
    expect(ran.json()).toMatchObject({
      error: {
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('EXECUTE'),
        hint: expect.stringContaining('grant execute'),
      },
    });
  });

  it('says that a read-only server is read-only: exit 7, nothing changed', async () => {
    const db = await t.connect();
    await db.query('set default_transaction_read_only = on');
    await db.query('set session characteristics as transaction read only');
    const { stderr, exitCode } = await run({ ...t, db }, SessionRevokeAll, ['--yes']);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/read-only/);
    expect(await liveIds(t)).toEqual([id]);
    expect((await run({ ...t, db }, SessionList, [])).exitCode).toBe(0);
  });
});
