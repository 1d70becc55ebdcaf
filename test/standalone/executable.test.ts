import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { anAlert, aSession, aUser, JOURNEY } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { geoDatabase } from '../support/geo.ts';
import { mailServer } from '../support/receivers.ts';
import { PROGRAM, type Spawned } from '../support/spawn.ts';

/** Alone in a folder, where there is no Node and nothing else of ours. */
let executable: string;
beforeAll(() => {
  executable = join(mkdtempSync(join(inject('scratch'), 'server-')), 'tomo');
  copyFileSync(PROGRAM[0], executable);
});

async function tomo(args: string[], env: NodeJS.ProcessEnv): Promise<Spawned> {
  // TOMO_CODE: a start without the code from the build is a fault here
  const child = spawn(executable, args, { env: { PATH: '/nowhere', TOMO_CODE: 'required', ...env }, cwd: '/' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.end();
  const [exitCode] = await once(child, 'close');
  return { stdout, stderr, exitCode };
}

onPostgres('the executable, with a server', (t) => {
  it.each([
    [['--version'], /^@tomo\/cli\/\S+ linux-x64 node-v\d+/],
    [['--help'], /^USAGE\n {2}\$ tomo/m],
    [['help', 'session', 'list'], /^USAGE\n {2}\$ tomo session list/m],
    [['completion', 'bash'], /^complete -F _tomo tomo$/m],
    [['__complete', '--', 'session', 'revoke-'], /^revoke-all\t/],
    [['db', 'status'], /up to date/],
    [['session', 'list', '--output', 'table'], /alice/],
    [['session', 'list', '--jq', '.sessions[].username'], /^alice$/m],
    [['user', 'show', 'alice'], /alice/],
    [['session', 'revoke-user', 'alice'], /^Revoked 1 session/m],
    [['report', '--output', '-'], /^<!doctype html>/],
    [['geo', 'status'], /./],
  ])('%j', async (args, stdout) => {
    await aSession(t, await aUser(t, { username: 'alice' }));
    const ran = await tomo(args, { HOME: mkdtempSync(join(inject('scratch'), 'home-')), TOMO_DATABASE_URL: t.url });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(stdout) });
  });
});

onPostgres('the jobs of the executable', (t) => {
  it('delivers alerts by mail', async () => {
    await anAlert(t, await aUser(t, { username: 'ann', email: 'ann@example.org' }), { evidence: JOURNEY });
    const { port, mails } = await mailServer();
    const env = { TOMO_SMTP_URL: `smtp://127.0.0.1:${port}`, TOMO_MAIL_FROM: 'Tomo <tomo@example.org>' };
    expect(await tomo(['alert', 'send'], { TOMO_DATABASE_URL: t.url, ...env })).toMatchObject({ exitCode: 0 });
    expect(mails).toHaveLength(1);
  });

  it('looks up places', async () => {
    await aSession(t, await aUser(t, { username: 'ann' }), { ip: '203.0.113.7' });
    const env = { TOMO_DATABASE_URL: t.url, TOMO_GEO_CITY_DATABASE: geoDatabase('city') };
    expect((await tomo(['geo', 'enrich'], env)).stdout).toContain('1 session placed');
  });
});

describe('the executable, embedded', () => {
  it('makes, fills and lists the database, and schedules itself', async () => {
    const env = { HOME: mkdtempSync(join(inject('scratch'), 'home-')), TOMO_DATABASE_URL: 'embedded' };
    expect(await tomo(['demo'], env)).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(env.HOME, '.local/share/tomo/db/data/PG_VERSION'))).toBe(true);
    // one waits for the other, and not for ever
    const lists = await Promise.all([tomo(['session', 'list'], env), tomo(['session', 'list'], env)]);
    const served = lists.filter(({ exitCode }) => exitCode === 0);
    expect(served.length).toBeGreaterThan(0);
    for (const { stdout } of served) expect(stdout.split('\n').length).toBeGreaterThan(400);
    for (const { exitCode, stderr } of lists) if (exitCode !== 0) expect(stderr).toMatch(/process \d+/);
    const { stdout } = await tomo(['schedule'], env);
    expect(stdout).toContain(`. /etc/tomo/tomo.env; ${executable} session cleanup --quiet`);
  });
});
