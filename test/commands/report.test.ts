import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import Report from '../../src/commands/report.ts';
import SessionStats from '../../src/commands/session/stats.ts';
import type { Report as ReportData } from '../../src/domain/report/report.ts';
import type { SessionStats as Stats } from '../../src/domain/report/stats.ts';
import { renderReport } from '../../src/views/report/report.ts';
import { anAlert, aSession, aUser, JOURNEY } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { aReport } from '../support/report.ts';
import { run } from '../support/run.ts';

onPostgres('report', (t) => {
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tomo-report-'));
    const alice = await aUser(t, { username: 'alice <admin>' });
    const session = await aSession(t, alice, { country: 'DE', browser: 'Firefox', os: 'Windows' });
    await aSession(t, alice, { ended: 30, reason: 'logout' });
    await anAlert(t, alice, { kind: 'unusual_location', evidence: JOURNEY, session });
    await t.sql(`select tomo.revoke_user($1::uuid, '{"osUser": "root", "host": "tomo-1"}', 'lost laptop')`, [
      await aUser(t, { username: 'bob' }),
    ]);
  });

  it('writes a page for its owner only, with the numbers of session stats', async () => {
    const file = join(folder, 'report.html');
    const { stdout, stderr, exitCode } = await run(t, Report, ['--output', file]);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`The report is in ${file}.`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['report.html']);
    const page = readFileSync(file, 'utf8');
    for (const part of [
      'alice &lt;admin&gt;',
      'Germany',
      'Firefox on Windows',
      'Lagos, NG',
      'lost laptop',
      'root@tomo-1',
      'tomo alert list',
    ])
      expect(page).toContain(part);
    const { report } = (await run(t, Report, ['--output', file, '--force', '--json'])).json<{ report: ReportData }>();
    const stats = (await run(t, SessionStats, ['--since', '30d', '--json'])).json<Stats>();
    expect(report.stats.totals).toEqual(stats.totals);
    expect(report.stats.byCountry).toEqual(stats.byCountry);
  });

  it('replaces a file only with --force, and then as a whole', async () => {
    const file = join(folder, 'report.html');
    writeFileSync(file, 'mine', { mode: 0o644 });
    const refused = await run(t, Report, ['--output', file]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/report\.html already exists\.\n.*--force/);
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await run(t, Report, ['--output', file, '--force', '--quiet'])).stderr).toBe('');
    expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('goes to stdout with -', async () => {
    const { stdout } = await run(t, Report, ['--output', '-']);
    expect(stdout).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  });

  it('prints the data alone with --json, wherever the page goes', async () => {
    for (const argv of [[], ['--output', '-'], ['--output', join(folder, 'json')]]) {
      const { json, stderr, exitCode } = await run(t, Report, ['--json', ...argv]);
      expect([exitCode, stderr]).toEqual([0, '']);
      expect(json()).toMatchObject({ schemaVersion: 1, report: { stats: {} } });
    }
    expect(readdirSync(folder)).toEqual(['json']);
    expect(readFileSync(join(folder, 'json'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it.each([
    [['--output', '/nowhere/report.html'], 'Cannot write /nowhere/report.html (ENOENT).'],
    [['--output', '-', '--since', '3q'], '--since: "3q" is not a time.'],
    [[], '--output FILE'],
    [['--output', 'json'], '--output ./json'],
    [['-o', 'csv'], '--output is a file here'],
  ])('%j: exit 2', async (argv, message) => {
    const { stderr, exitCode } = await run(t, Report, argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('the page of the report', () => {
  it('holds no script, no link, and nothing from elsewhere', () => {
    const page = renderReport(aReport());
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<(script|a|img|link|iframe|object|form)\b|url\(|@import|https?:|[^\n\x20-\x7e]/);
  });

  it('says what is met of the standard, and one setting changes one line', () => {
    const settings = { ...aReport().settings, session_max_lifetime: 1440 };
    const verdicts = (page: string) =>
      [...page.matchAll(/>(7\.\d\.\d)<.*?class="(met|unmet|decide)"/g)].map(
        ([, number, verdict]) => `${number} ${verdict}`,
      );
    const before = verdicts(renderReport(aReport()));
    const after = verdicts(renderReport(aReport({ settings })));
    expect(before).toEqual(['7.3.1 decide', '7.3.2 unmet', '7.1.2 decide', '7.4.2 met']);
    expect(after.filter((line) => !before.includes(line))).toEqual(['7.3.2 met']);
  });

  it('is calm when there is nothing to say', () => {
    const { stats } = aReport();
    const page = renderReport(aReport({ stats: { ...stats, suspicious: [] }, alerts: [], revocations: [] }));
    expect(page).toContain('Nothing looks suspicious.');
    expect(page).toContain('None in this time.');
  });
});
