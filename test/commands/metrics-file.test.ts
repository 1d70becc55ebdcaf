import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import AlertSend from '../../src/commands/alert/send.ts';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

/** As the textfile collector reads it: every sample has HELP and TYPE before it, and a number. */
function metricsIn(file: string): Record<string, number> {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(
    /^(# HELP (tomo_[a-z_]+) [^\n]+\n# TYPE \2 gauge\n(\2(\{\w+="(\\.|[^"\\\n])*"\})? -?[0-9.e+]+\n)+)+$/,
  );
  const samples = [...text.matchAll(/^(tomo_\w+(?:\{.+\})?) (\S+)$/gm)];
  return Object.fromEntries(samples.map(([, name, value]) => [name, Number(value)]));
}

onPostgres('--metrics-file', (t) => {
  let file: string;
  beforeEach(async () => {
    file = join(mkdtempSync(join(tmpdir(), 'tomo-')), 'tomo.prom');
  });

  it('tells of a cleanup what it did, readable for everybody, and leaves no draft', async () => {
    const user = await aUser(t);
    await aSession(t, user);
    await aSession(t, user, { idle: 90, age: 100 });
    expect(await run(t, SessionCleanup, ['--metrics-file', file])).toMatchObject({ exitCode: 0 });
    const metrics = metricsIn(file);
    expect(metrics).toMatchObject({
      tomo_cleanup_success: 1,
      tomo_cleanup_sessions_ended: 1,
      tomo_cleanup_sessions_deleted: 0,
      tomo_sessions_live: 1,
    });
    expect(Math.abs((metrics.tomo_cleanup_last_success_timestamp_seconds ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(file, '..'))).toEqual(['tomo.prom']);
  });

  it('tells of a failure, with the time of the last success, and the failure stays one', async () => {
    await run(t, SessionCleanup, ['--metrics-file', file], { now: new Date('2026-11-24T03:00:00Z') });
    const down = {
      ...t,
      db: { ...t.db, close: async () => {}, query: () => Promise.reject(new Error('down')) },
    } as unknown as typeof t;
    const ran = await run(down, SessionCleanup, ['--metrics-file', file]);
    expect(ran.exitCode).toBe(1);
    expect(metricsIn(file)).toMatchObject({
      tomo_cleanup_success: 0,
      tomo_cleanup_last_success_timestamp_seconds: Date.parse('2026-11-24T03:00:00Z') / 1000,
    });
  });

  it('is one page for all jobs and for the statistics: each leaves what the others have written', async () => {
    const user = await aUser(t, { username: 'ann' });
    await aSession(t, user, { country: 'DE', method: 'a "method\\' });
    writeFileSync(join(file, '..', '.tomo.prom.lock'), '');
    utimesSync(join(file, '..', '.tomo.prom.lock'), 0, 0);
    await run(t, SessionCleanup, ['--metrics-file', file]);
    await run(t, AlertSend, ['--metrics-file', file]);
    expect((await run(t, SessionStats, ['--quiet', '--metrics-file', file])).stdout).toBe('');
    await run(t, AlertSend, ['--metrics-file', file]);
    expect(metricsIn(file)).toMatchObject({
      tomo_cleanup_success: 1,
      tomo_alert_send_success: 0,
      tomo_sessions_live: 1,
      tomo_users_live: 1,
      'tomo_sessions_by_country{country="DE"}': 1,
      'tomo_sessions_by_method{method="a \\"method\\\\"}': 1,
      'tomo_sessions_ended{reason="revoked"}': 0,
      tomo_alerts_open: 0,
    });
    expect(readFileSync(file, 'utf8').match(/# HELP tomo_sessions_live /g)).toHaveLength(1);
    expect(readdirSync(join(file, '..'))).toEqual(['tomo.prom']);
    const own = await run(t, SessionStats, ['--user', 'ann', '--metrics-file', file]);
    expect(own).toMatchObject({ exitCode: 2 });
  });

  it('is written down, and the dashboard asks for nothing else', async () => {
    await run(t, SessionCleanup, ['--metrics-file', file]);
    await run(t, AlertSend, ['--metrics-file', file]);
    await run(t, GeoEnrich, ['--metrics-file', file]);
    await run(t, SessionStats, ['--metrics-file', file]);
    const names = (path: string) => new Set(readFileSync(path, 'utf8').match(/\btomo_[a-zJOB_]+/g));
    const documented = new Set(
      [...names('docs/metrics.md')].flatMap((name) =>
        ['cleanup', 'alert_send', 'geo_enrich'].map((job) => name.replace('JOB', job)),
      ),
    );
    const shown = [...names('examples/grafana-dashboard.json')];
    expect(shown.length).toBeGreaterThan(10);
    const unknown = [...shown, ...Object.keys(metricsIn(file)).map((name) => name.replace(/\{.*/, ''))];
    expect(unknown.filter((name) => !documented.has(name))).toEqual([]);
  });

  it('tells of alerts and places that they are not set up', async () => {
    expect((await run(t, AlertSend, ['--metrics-file', file])).exitCode).toBe(2);
    expect(metricsIn(file)).toMatchObject({
      tomo_alert_send_success: 0,
      tomo_alert_send_last_success_timestamp_seconds: 0,
    });
    expect((await run(t, GeoEnrich, ['--metrics-file', file])).exitCode).not.toBe(0);
    expect(metricsIn(file)).toMatchObject({ tomo_geo_enrich_success: 0 });
  });

  it.each([
    ['a pipe', () => execFileSync('mkfifo', [file])],
    ['a link', () => symlinkSync('/etc/hostname', file)],
    ['a folder', () => mkdirSync(file)],
  ])('refuses %s before the work, and leaves it as it is', async (_, make) => {
    make();
    const before = lstatSync(file).ino;
    expect(await run(t, SessionCleanup, ['--metrics-file', file])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/is not a regular file/),
    });
    expect(lstatSync(file).ino).toBe(before);
    expect(await t.sql('select last_cleanup_at from tomo.settings')).toEqual([{ last_cleanup_at: null }]);
  });

  it.each([
    ['no folder', '/nowhere/tomo.prom'],
    ['a file as its folder', '/etc/hostname/tomo.prom'],
    ['a folder that nobody may write to', '/proc/1/tomo.prom'],
  ])('says before the work that there is %s', async (_, nowhere) => {
    expect(await run(t, SessionCleanup, ['--metrics-file', nowhere])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`Cannot write ${nowhere}`),
    });
    expect(await t.sql('select last_cleanup_at from tomo.settings')).toEqual([{ last_cleanup_at: null }]);
  });

  it('writes nothing in a dry run', async () => {
    await run(t, SessionCleanup, ['--dry-run', '--metrics-file', file]);
    expect(existsSync(file)).toBe(false);
  });
});
