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
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import AlertSend from '../../src/commands/alert/send.ts';
import GeoEnrich from '../../src/commands/geo/enrich.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

/** As the textfile collector reads it: every sample has HELP and TYPE before it, and a number. */
function metricsIn(file: string): Record<string, number> {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^(# HELP (tomo_[a-z_]+) [^\n]+\n# TYPE \2 gauge\n\2 -?[0-9.e+]+\n)+$/);
  return Object.fromEntries([...text.matchAll(/^(tomo_\w+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
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

  it('says so when it cannot write there, and writes nothing in a dry run', async () => {
    expect(await run(t, SessionCleanup, ['--metrics-file', '/nowhere/tomo.prom'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('/nowhere/tomo.prom'),
    });
    await run(t, SessionCleanup, ['--dry-run', '--metrics-file', file]);
    expect(existsSync(file)).toBe(false);
  });
});
