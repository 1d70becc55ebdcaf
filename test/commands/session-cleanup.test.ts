import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, inject, it, onTestFinished } from 'vitest';
import Doctor from '../../src/commands/doctor.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import Status from '../../src/commands/status.ts';
import { withLease } from '../../src/db/lease/lease.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const DAY = 24 * 60;
const SUMMARY = /^Cleanup: (.*) \(\d+\.\d s, audit head [0-9a-f]{16}\)\.\n$/;

onPostgres('session cleanup', (t) => {
  let ann: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
  });

  /** 1 live, the end of 2 to write, 3 to delete. */
  const fill = async () => {
    await aSession(t, ann);
    await aSession(t, ann, { idle: 90 });
    await aSession(t, ann, { idle: 30 * DAY + 300, age: 40 * DAY, remember: true });
    await aSession(t, ann, { idle: 8 * DAY, ended: 8 * DAY, reason: 'logout' });
    await aSession(t, ann, { idle: 9 * DAY, ended: 9 * DAY, reason: 'revoked' });
    await aSession(t, ann, { idle: 20 * DAY, age: 21 * DAY });
    await aSession(t, ann, { idle: 2 * DAY, ended: 2 * DAY, reason: 'logout' });
  };
  const states = async () =>
    (await t.sql<{ r: string }>("select coalesce(end_reason, 'open') as r from tomo.sessions order by 1")).map(
      ({ r }) => r,
    );

  it('says in one line what it did, and leaves the live ones', async () => {
    await fill();
    const live = await liveIds(t);
    const { stdout, stderr, exitCode } = await run(t, SessionCleanup, []);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(SUMMARY);
    expect(stdout).toMatch(/the end of 2 sessions written, 3 sessions deleted/);
    expect(stderr).toBe('');
    expect(await liveIds(t)).toEqual(live);
    expect(await states()).toEqual(['expired', 'expired', 'logout', 'open']);
  });

  it('says that there was nothing to do the second time', async () => {
    await fill();
    await run(t, SessionCleanup, []);
    const { stdout, exitCode } = await run(t, SessionCleanup, []);
    expect(exitCode).toBe(0);
    expect(SUMMARY.exec(stdout)?.[1]).toBe('nothing to do');
  });

  it('goes on after a step that fails, and everybody hears of it until it succeeds', async () => {
    t.notOnCluster('no trigger can fail there');
    await fill();
    await t.sql(
      `insert into tomo.session_activity_default (session_id, user_id, at, kind)
       values (gen_random_uuid(), $1, now() - interval '1 year', 'page')`,
      [ann],
    );
    await t.sql(
      `create function tomo.refuse() returns trigger language plpgsql as $$ begin raise exception 'not here'; end $$`,
    );
    await t.sql('create trigger refuse before delete on tomo.session_activity_default execute function tomo.refuse()');
    onTestFinished(() => t.sql('drop function if exists tomo.refuse() cascade').then(() => {}));
    const file = join(mkdtempSync(join(inject('scratch'), 'metrics-')), 'cleanup.prom');
    const failing = await run(t, SessionCleanup, ['--metrics-file', file]);
    expect(failing.exitCode).toBe(8);
    expect(failing.stdout).toMatch(/3 sessions deleted.* Failed: activity, partitions\.\n$/);
    expect(failing.stderr).toBe(
      'Warning: The step "activity" failed: not here\nWarning: The step "partitions" failed: not here\n',
    );
    expect(readFileSync(file, 'utf8')).toMatch(/^tomo_cleanup_success 0$/m);
    const seen = await run(t, Status, []);
    expect(seen.stdout).toMatch(/the latest cleanup failed at: activity, partitions, never cleaned up/);
    const storage = async () => (await run(t, Doctor, [])).stdout;
    expect(await storage()).toMatch(/The latest cleanup failed at: activity, partitions/);
    expect((await t.sql('select detail -> $1 as failed from tomo.audit_log', ['failed']))[0]).toEqual({
      failed: ['activity', 'partitions'],
    });

    await t.sql('drop function tomo.refuse() cascade');
    expect((await run(t, SessionCleanup, [])).exitCode).toBe(0);
    expect((await run(t, Status, [])).stdout).toMatch(/last cleanup (just )?now/);
    expect(await storage()).not.toMatch(/failed at/);
  });

  it('is silent with --quiet when there was nothing to do, and speaks when there was', async () => {
    await run(t, SessionCleanup, []);
    const nothing = await run(t, SessionCleanup, ['--quiet']);
    expect({ ...nothing, json: undefined }).toEqual({ stdout: '', stderr: '', exitCode: 0, json: undefined });
    await aSession(t, ann, { idle: 90 });
    expect((await run(t, SessionCleanup, ['--quiet'])).stdout).toMatch(/the end of 1 session written/);
  });

  it('sets the end of an expired session to the moment it ran out, and writes one audit row', async () => {
    const id = await aSession(t, ann, { idle: 90 });
    await run(t, SessionCleanup, []);
    const [row] = await t.sql(
      "select end_reason, ended_by, ended_at = last_activity_at + interval '60 min' as exact from tomo.sessions where id = $1",
      [id],
    );
    expect(row).toEqual({ end_reason: 'expired', ended_by: null, exact: true });
    expect(await t.sql("select action, (detail ->> 'sessionsEnded')::int as n from tomo.audit_log")).toEqual([
      { action: 'cleanup', n: 1 },
    ]);
    await run(t, SessionCleanup, []);
    expect(await t.sql('select id from tomo.audit_log')).toHaveLength(1);
  });

  it('says with --dry-run what it would do, and changes nothing', async () => {
    await fill();
    const before = await states();
    const { stdout, exitCode } = await run(t, SessionCleanup, ['--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/would write the end of 2 sessions and delete 3 sessions/);
    expect(await states()).toEqual(before);
    expect(await t.sql('select id from tomo.audit_log')).toEqual([]);
    expect(await t.sql('select last_cleanup_at from tomo.settings')).toEqual([{ last_cleanup_at: null }]);

    const done = (await run(t, SessionCleanup, ['--json'])).json();
    expect(done).toMatchObject({ sessionsEnded: 2, sessionsDeleted: 3 });
    expect((await run(t, SessionCleanup, ['--dry-run'])).stdout).toBe(
      'Cleanup would find no session to end or delete.\n',
    );
  });

  it('writes the end of what a revocation has ended once it can no longer be undone, not before', async () => {
    await aSession(t, ann);
    await aSession(t, ann);
    await aSession(t, ann, { idle: 90 });
    await t.sql('select tomo.revoke_all()');
    const forecast = async () => (await run(t, SessionCleanup, ['--dry-run', '--json'])).json();
    expect(await forecast()).toMatchObject({ dryRun: true, ended: 1, deleted: 0 });
    await run(t, SessionCleanup, []);
    expect(await states()).toEqual(['expired', 'open', 'open']);
    expect(await forecast()).toMatchObject({ ended: 0, deleted: 0 });
    await t.sql(`update tomo.revocations set at = at - interval '25 hours'`);
    await t.sql(`update tomo.sessions set created_at = created_at - interval '2 days'`);
    expect(await forecast()).toMatchObject({ ended: 2, deleted: 0 });
    expect((await run(t, SessionCleanup, ['--json'])).json()).toMatchObject({ sessionsEnded: 2 });
    expect(await states()).toEqual(['expired', 'revoked', 'revoked']);
    expect(
      await t.sql(`select distinct s.ended_at = r.at as exact, s.revocation_id::int as revocation
        from tomo.sessions s join tomo.revocations r on s.end_reason = 'revoked'`),
    ).toEqual([{ exact: true, revocation: 1 }]);
  });

  it.each([
    ['1d', 4],
    ['3', 3],
    ['2w', 1],
  ])('deletes what ended longer ago than --retention %s', async (retention, deleted) => {
    await fill();
    const forecast = (await run(t, SessionCleanup, ['--dry-run', '--retention', retention, '--json'])).json();
    expect(forecast).toMatchObject({ deleted });
    expect((await run(t, SessionCleanup, ['--retention', retention, '--json'])).json()).toMatchObject({
      sessionsDeleted: deleted,
    });
  });

  it('stops when its time is used up: exit 8, and the next run finishes', async () => {
    await fill();
    // every deletion takes longer than the time that is given, on any machine
    await t.sql(`create or replace function public.slowly() returns trigger language plpgsql as $$
      declare until timestamptz := pg_catalog.clock_timestamp() + interval '1.1 seconds';
      begin
        while pg_catalog.clock_timestamp() < until loop end loop;
        return null;
      end $$`);
    await t.sql(
      'create trigger slowly after delete on tomo.sessions for each statement execute function public.slowly()',
    );
    const { stdout, exitCode } = await run(t, SessionCleanup, ['--max-duration', '1s']);
    const left = await states();
    const json = await run(t, SessionCleanup, ['--max-duration', '1s', '--json']);
    await t.sql('drop trigger slowly on tomo.sessions');

    expect(stdout).toMatch(/work remains/i);
    expect(exitCode).toBe(8);
    expect(left).toHaveLength(6);
    expect(json.exitCode).toBe(8);
    expect(json.json()).toMatchObject({ workRemains: true, interrupted: false });

    const rest = await run(t, SessionCleanup, []);
    expect(rest.exitCode).toBe(0);
    expect(await states()).toEqual(['expired', 'expired', 'logout', 'open']);
  });

  it('stops at Ctrl-C: exit 130, and says so', async () => {
    await fill();
    const { stdout, exitCode } = await run(t, SessionCleanup, [], { interrupt: (press) => press() });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/Interrupted/);
    expect((await run(t, SessionCleanup, [])).exitCode).toBe(0);
    expect(await states()).toEqual(['expired', 'expired', 'logout', 'open']);
  });

  it('reports in JSON with schema version and the head of the audit', async () => {
    await fill();
    const ran = await run(t, SessionCleanup, ['--json']);
    expect(ran.json()).toMatchObject({
      schemaVersion: 1,
      alreadyRunning: false,
      sessionsEnded: 2,
      sessionsDeleted: 3,
      workRemains: false,
      interrupted: false,
      auditHead: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(ran.stderr).toBe('');
    const [head] = await t.sql("select encode(hash, 'hex') as hash from tomo.audit_head");
    expect(ran.json()).toMatchObject({ auditHead: head?.hash });
  });

  it('prepares weeks for the activity and drops those past their retention', async () => {
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind)
       values (gen_random_uuid(), $1, now() - interval '200 days', 'page')`,
      [ann],
    );
    const { stdout } = await run(t, SessionCleanup, []);
    expect(stdout).toMatch(/1 activity (row|week) (deleted|dropped)/);
    expect(await t.sql('select session_id from tomo.session_activity')).toEqual([]);
    const [{ n } = { n: 0 }] = await t.sql<{ n: number }>(
      "select count(*)::int as n from pg_inherits where inhparent = 'tomo.session_activity'::regclass",
    );
    expect(n).toBe(6);
  });
});

onPostgres('session cleanup beside another one', (t) => {
  it('says that another one is running and exits with 0, silently with --quiet', async () => {
    const other = await t.connect();
    const owner = '5c9f1d3e-0000-4000-8000-000000000000';
    await other.query("select tomo.take_lease('cleanup', $1, 60)", [owner]);
    const { stdout, exitCode } = await run(t, SessionCleanup, []);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/[Aa]nother cleanup is running/);
    expect((await run(t, SessionCleanup, ['--quiet'])).stdout).toBe('');
    expect((await run(t, SessionCleanup, ['--json'])).json()).toMatchObject({ alreadyRunning: true });
    await other.query("select tomo.release_lease('cleanup', $1)", [owner]);
    expect((await run(t, SessionCleanup, [])).stdout).toMatch(SUMMARY);
  });

  it('leaves a row that a request holds to the next run, and does not wait for it', async () => {
    t.notOnCluster('a row that somebody holds is waited for there');
    const ann = await aUser(t, { username: 'ann' });
    const held = await aSession(t, ann, { idle: 90 });
    await aSession(t, ann, { idle: 91 });
    const request = await t.connect();
    await request.query('begin');
    await request.query('select from tomo.sessions where id = $1 for no key update', [held]);
    expect((await run(t, SessionCleanup, ['--json'])).json()).toMatchObject({ sessionsEnded: 1 });
    await request.query('rollback');
    expect((await run(t, SessionCleanup, ['--json'])).json()).toMatchObject({ sessionsEnded: 1 });
  });

  it('that finds another one running is done, unless none has come to its end for two days', async () => {
    const taken = async () => {
      const ran = await withLease(t.db, 'cleanup', () => run(t, SessionCleanup, ['--quiet']));
      return { stdout: ran?.stdout, exitCode: ran?.exitCode };
    };
    await t.sql(`update tomo.settings set last_cleanup_at = now() - interval '40 hours'`);
    expect(await taken()).toEqual({ stdout: '', exitCode: 0 });
    await t.sql(`update tomo.settings set last_cleanup_at = now() - interval '50 hours'`);
    const late = await taken();
    expect(late.exitCode).toBe(8);
    expect(late.stdout).toMatch(
      /Another cleanup is running; this one did nothing\. None has come to its end for two days/,
    );
    await t.sql('update tomo.settings set last_cleanup_at = null');
    expect((await taken()).exitCode).toBe(0);
  });
});
