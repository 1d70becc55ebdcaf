import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { Guard } from '../../src/cli/base/guard.ts';
import ActivityExport from '../../src/commands/activity/export.ts';
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertSend from '../../src/commands/alert/send.ts';
import ConfigSet from '../../src/commands/config/set.ts';
import DbMigrate from '../../src/commands/db/migrate.ts';
import DeviceLabel from '../../src/commands/device/label.ts';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionCreate from '../../src/commands/session/create.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { anAlert, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { geoDatabase } from '../support/geo.ts';
import { PATIENCE } from '../support/patience.ts';
import { type BadLine, proxyTo } from '../support/proxy.ts';
import { mailServer } from '../support/receivers.ts';
import { type RunOptions, run } from '../support/run.ts';

const SHORT = { begin: 1000, commit: 1000, grace: 500, look: 100 };
const ID = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';

/** What each command sends when it changes something, and where to see whether it has. */
const COMMANDS: [name: string, command: Parameters<typeof run>[1], argv: string[], sends: RegExp, lookUp: RegExp][] = [
  ['revoke by id', SessionRevoke, [ID], /revoke_ids/, /tomo revocation list/],
  [
    'revoke by filter',
    SessionRevoke,
    ['--ip', '203.0.113.7', '--yes'],
    /seal_revocation|revoke_ids/,
    /tomo revocation list/,
  ],
  ['revoke-user', SessionRevokeUser, ['ann'], /tomo\.revoke_user/, /tomo revocation list/],
  ['revoke-all', SessionRevokeAll, ['--yes'], /tomo\.revoke_all/, /tomo revocation list/],
  ['restore', SessionRestore, ['1'], /tomo\.restore\(/, /tomo revocation list/],
  ['create', SessionCreate, ['ann'], /create_session/, /tomo session list/],
  ['cleanup', SessionCleanup, [], /tomo\.clean_sessions/, /tomo status/],
  ['config set', ConfigSet, ['session_timeout', '30'], /set_settings/, /tomo config show/],
  ['alert ack', AlertAck, ['1'], /acknowledged_at|tomo\.ack/, /tomo alert list/],
  ['alert send', AlertSend, [], /claim_alert/, /tomo alert list/],
  ['device label', DeviceLabel, ['7c1d20aa', 'x'], /label_device/, /tomo device list/],
  ['geo enrich', GeoEnrich, [], /locate_sessions/, /tomo geo status/],
  ['db migrate', DbMigrate, [], /schema_source/, /tomo db status/],
];

onPostgres('a command that is cut off', (t) => {
  async function world(): Promise<{ proxy: BadLine; through: typeof t }> {
    const ann = await aUser(t, { username: 'ann', email: 'ann@example.org' });
    await aSession(t, ann, { id: ID, ip: '203.0.113.7' });
    await anAlert(t, ann, { kind: 'login' });
    await t.sql(
      `insert into tomo.devices (id, user_id, fingerprint) values ('7c1d20aa-0000-4000-8000-000000000000', $1, sha256('x'))`,
      [ann],
    );
    const bob = await aUser(t);
    await aSession(t, bob);
    await t.sql(`select tomo.revoke_user($1, '{}', null, '{}', false, null)`, [bob]);
    const proxy = await proxyTo(t);
    const db = await openPostgres(proxy.url, { PGCONNECT_TIMEOUT: '1' }, SHORT);
    onTestFinished(() => db.close());
    return { proxy, through: { ...t, db } };
  }
  const environment = async () => ({
    JWT_SECRET_KEY: 'a secret of more than thirty-two bytes',
    XDG_CONFIG_HOME: inject('scratch'),
    TOMO_GEO_CITY_DATABASE: geoDatabase('city'),
    TOMO_SMTP_URL: `smtp://127.0.0.1:${(await mailServer()).port}`,
    TOMO_MAIL_FROM: 'tomo@example.org',
  });
  /** All that a change could have changed. */
  const state = () =>
    t.sql(`select (select count(*) from tomo.audit_log) as audit, (select json_agg(s order by s.id) from tomo.sessions s)::text as sessions,
                  (select json_agg(r order by r.id) from tomo.revocations r)::text as revocations, session_timeout from tomo.settings`);

  // a batch of a cleanup goes in one burst with its commit
  const inSteps = COMMANDS.filter(([name]) => name !== 'cleanup');
  it.each(some('in steps', inSteps, 4))('says that nothing was changed: %s', async (_, command, argv, sends) => {
    const { proxy, through } = await world();
    const before = await state();
    proxy.when(sends, 'after', () => proxy.cut());
    const { stdout, stderr, exitCode } = await run(through, command, argv, { env: await environment() });
    expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 7 });
    expect(stderr).toMatch(
      /Error: The connection to the database at 127\.0\.0\.1:\d+\/\w+ broke: .*\. (Nothing was changed|What was done before is in force, and nothing else)\.\n/,
    );
    expect(stderr).not.toMatch(/address right/);
    if (stderr.includes('Nothing was changed')) expect(await state()).toEqual(before);
  });

  it.each(some('cut off', COMMANDS, 4))(
    'says that it does not know, and how to find out: %s',
    async (_, command, argv, sends, lookUp) => {
      const { proxy, through } = await world();
      proxy.when(sends, 'before', () => proxy.when(/commit\0/, 'after', () => proxy.silence()));
      const { stdout, stderr, exitCode } = await run(through, command, argv, { env: await environment() });
      expect({ stdout, exitCode }, stderr).toEqual({ stdout: '', exitCode: 7 });
      expect(stderr).toMatch(
        /(Whether|whether) this is in force is not known: no answer came\.\n(Nobody else .*)?To find out: /,
      );
      expect(stderr).toMatch(lookUp);
    },
  );

  it('says that the change is in force when what comes after it is cut off', async () => {
    const { proxy, through } = await world();
    const cut = () => {
      proxy.cut();
      // what only reads is asked anew on another connection
      proxy.when(/begin/, 'before', () => proxy.cut());
    };
    proxy.when(/set_settings/, 'before', () => proxy.when(/json_build_object\('values'/, 'before', cut));
    const env = { ...(await environment()), SESSION_TIMEOUT: '15' };
    const { stdout, stderr, exitCode } = await run(through, ConfigSet, ['session_timeout', '90'], { env });
    expect(exitCode).toBe(7);
    expect(stdout).toMatch(/session_timeout.*90/);
    expect(stderr).toMatch(/ broke: .*\. What was done before is in force, and nothing else\.\n/);
    expect(await t.sql('select session_timeout from tomo.settings')).toEqual([{ session_timeout: 90 }]);
  });

  it('reads a list anew where the connection broke before its answer', async () => {
    const { proxy, through } = await world();
    proxy.when(/activity_bucket/, 'after', () => proxy.cut());
    const { stdout, stderr, exitCode } = await run(through, SessionList, []);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).not.toBe('');
  });

  it('says of an export that what it has printed is not the whole', async () => {
    const { proxy, through } = await world();
    await t.sql(`insert into tomo.session_activity (session_id, user_id, at, kind, path)
      select gen_random_uuid(), gen_random_uuid(), now(), 'page', '/' || repeat('x', 400) from generate_series(1, 5000)`);
    proxy.when(/session_activity/, 'answered', () => proxy.silence());
    const { stdout, stderr, exitCode } = await run(through, ActivityExport, []);
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/ broke: .*\n.*\nWhat was printed is not the whole\.\n$/);
    expect(stdout.split('\n').length).toBeLessThan(5000);
  });

  it.each([
    ['before', 'statement', 'unchanged', /^Error: Interrupted\. Nothing was changed\.\n/],
    ['after', 'commit', 'unknown', /^Error: Interrupted\. Whether this is in force is not known: no answer came\.\n/],
  ] as const)('ends at Ctrl-C on a line that is silent %s the %s', async (at, what, _, words) => {
    const { proxy, through } = await world();
    const db = await openPostgres(proxy.url, {}, { ...SHORT, commit: 60_000 });
    onTestFinished(() => db.close());
    let silent = false;
    const silence = () => {
      proxy.silence();
      silent = true;
    };
    if (what === 'statement') proxy.when(/tomo\.revoke_all/, at, silence);
    else proxy.when(/tomo\.revoke_all/, 'before', () => proxy.when(/commit\0/, at, silence));
    const interrupt: RunOptions['interrupt'] = (press) =>
      void vi.waitUntil(() => silent, PATIENCE).then(press, () => {});
    const { stderr, exitCode } = await run({ ...through, db }, SessionRevokeAll, ['--yes'], { interrupt });
    expect(stderr).toMatch(words);
    expect(exitCode).toBe(130);
  });

  it.each([
    ['at once', 'only reads', true],
    ['after a while', 'changes something', false],
  ])('gives its connection up %s at Ctrl-C in a transaction that %s', async (_when, _what, readOnly) => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const end = Promise.withResolvers<never>();
    let press = () => {};
    const onInterrupt = (callback: () => void) => {
      press = callback;
      return () => {};
    };
    const db = { ...t.db, transaction: () => end.promise, abandon: () => end.reject(new Error('given up')) };
    const guard = new Guard({ onInterrupt }, { command: 'session:revoke', changes: true });
    const done = guard.over(db, false).transaction({ readOnly }, async () => {});
    const over = vi.fn();
    done.catch(over);
    press();
    await vi.advanceTimersByTimeAsync(10);
    expect(over).toHaveBeenCalledTimes(readOnly ? 1 : 0);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(over).toHaveBeenCalledTimes(1);
  });

  it('ends a cleanup at Ctrl-C, and says that its lease stays for a while', async () => {
    const { proxy, through } = await world();
    let silent = false;
    proxy.when(/tomo\.clean_sessions/, 'after', () => {
      proxy.silence();
      silent = true;
    });
    const interrupt: RunOptions['interrupt'] = (press) =>
      void vi.waitUntil(() => silent, PATIENCE).then(press, () => {});
    const db = await openPostgres(proxy.url, {}, { ...SHORT, begin: 60_000 });
    onTestFinished(() => db.close());
    const { stderr, exitCode } = await run({ ...through, db }, SessionCleanup, [], { interrupt });
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(
      /^Error: Interrupted\. (What was done before is in force; w|W)hether this is in force is not known: no answer came\.\n/,
    );
    expect(stderr).toMatch(/until its lease has run out, within 120 s/);
  });

  it('is done all the same when the connection died during the question', async () => {
    const { proxy, through } = await world();
    const running = run(through, SessionRevoke, ['--user', 'ann'], {
      tty: true,
      answers: [[/Revoke 1 session/, 'y\r']],
      interrupt: () => proxy.cut(),
    });
    const { stdout, stderr, exitCode } = await running;
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/Revoked 1 session/);
    expect(await liveIds(t)).toEqual([]);
  });
});
