import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import Doctor from '../../src/commands/doctor.ts';
import type { Diagnosis } from '../../src/views/doctor-steps.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate } from '../support/adopted/operate.ts';
import { type AdoptedServer, empty, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';

async function verdicts(server: Pick<AdoptedServer, 'url' | 'reference'>) {
  const { findings } = (await operate(server, Doctor, ['--json'])).json<Diagnosis & Record<string, unknown>>();
  return Object.fromEntries(findings.map((finding) => [finding.id, finding]));
}

describe.each(SOME_SERVERS)('%s', (_, start) => {
  const server = useServer(start);

  it('has nothing wrong by itself, and what is looked at can be told', async () => {
    await empty(server);
    const login = await server.logIn('alice');
    const found = await verdicts(server);
    const bad = Object.values(found).filter(({ verdict }) => verdict === 'problem' || verdict === 'unknown');
    expect(bad).toEqual([]);
    expect(found).toMatchObject({ 'tables-fit': { verdict: 'ok' }, 'audit-file': { verdict: 'ok' } });
    expect(JSON.stringify(found)).not.toMatch(/no schema of Tomo|Tomo's setting/);
    for (const secret of login.secrets) expect(JSON.stringify(found)).not.toContain(secret);
    if (server.url.startsWith('sqlite:')) {
      const file = server.url.slice(7);
      chmodSync(file, 0o666);
      expect((await verdicts(server))['database-file']).toMatchObject({
        verdict: 'warning',
        fix: `chmod o-rw ${file}`,
      });
    } else expect(found.rights).toMatchObject({ verdict: 'ok' });
  });
});

describe('a server of which something is wrong', () => {
  const server = useServer((database) => startTables(database, LARAVEL));

  it('has activity in the future, a role that may only look, and secrets that it may read', async () => {
    await empty(server);
    await server.logIn('alice');
    await server.sql('update sessions set last_activity = last_activity + 18000');
    await server.sql(`create role looks_only login password 'looks'`);
    await server.sql('grant select on sessions, users to looks_only');
    const url = new URL(server.url);
    url.username = 'looks_only';
    url.password = 'looks';
    const found = await verdicts({ url: url.href, reference: server.reference });
    expect(found).toMatchObject({
      future: { verdict: 'problem', title: expect.stringContaining('5 h') },
      rights: { verdict: 'warning', detail: expect.stringContaining('DELETE on sessions') },
      secrets: { verdict: 'warning', title: expect.stringContaining('payload') },
    });
    await server.sql('revoke all on sessions, users from looks_only; drop role looks_only');
  });

  it('has lost a column', async () => {
    await server.sql('alter table sessions rename last_activity to seen');
    const found = await verdicts(server);
    expect(found['tables-fit']).toMatchObject({
      verdict: 'problem',
      title: expect.stringContaining('no column last_activity'),
    });
    await server.sql('alter table sessions rename seen to last_activity');
  });
});

it.each([
  ['missing', null],
  ['no database', 'hello'],
  ['damaged', `SQLite format 3\0${'\x10\0\x01\x01\0\x40\x20\x20'}${'\0'.repeat(5000)}`],
])('a file that is %s is no server that could be asked, or made anew', async (what, content) => {
  const file = join(mkdtempSync(join(inject('scratch'), 'file-')), `${what}.db`);
  if (content !== null) writeFileSync(file, content);
  const found = await verdicts({ url: `sqlite:${file}`, reference: 'tomo-sqlite' });
  expect(Object.values(found)[0]).toMatchObject({ verdict: 'problem', fix: null });
});

describe('times without a zone', () => {
  const server = useServer(startExpress);

  it('are a warning until the zone is named', async () => {
    await server.logIn('alice');
    expect((await verdicts({ ...server, reference: 'connect-pg-simple' })).zone).toMatchObject({ verdict: 'warning' });
    const named = await verdicts({ ...server, reference: 'connect-pg-simple:zone=UTC' });
    expect(named.zone).toMatchObject({ verdict: 'ok' });
  });
});
