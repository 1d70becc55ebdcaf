import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, inject, it } from 'vitest';
import AuditExport from '../../src/commands/audit/export.ts';
import AuditList from '../../src/commands/audit/list.ts';
import AuditVerify from '../../src/commands/audit/verify.ts';
import RevocationList from '../../src/commands/revocation/list.ts';
import RevocationShow from '../../src/commands/revocation/show.ts';
import { type AuditFile, openAuditFile } from '../../src/db/audit-file/file.ts';
import type { AuditEntry, AuditRow } from '../../src/model/audit.ts';
import { onPostgres, type TestDatabase } from '../support/database.ts';
import { bound, run } from '../support/run.ts';

const HOSTILE = 'drill\u001b[2J\u202e\u0085 =1+1';

onPostgres('the audit commands on a server of others', (t) => {
  let file: AuditFile;
  let there: TestDatabase;
  beforeEach(async () => {
    const path = join(mkdtempSync(join(inject('scratch'), 'audit-')), 'audit.ndjson');
    file = openAuditFile(path, { server: 'laravel', database: 'db.example.org/shop', context: null }, () => {});
    there = { ...t, db: { ...bound(t.db), auditFile: file } };
    const actor = { osUser: 'olga', host: 'desk', dbRole: 'ops' };
    const change = {
      action: 'revoke',
      actor,
      reason: HOSTILE,
      detail: { filter: { state: 'active', users: ['ann'] } },
    } as const;
    await file.end(await file.begin(change), 'done', { count: 3 });
    await file.begin({ ...change, action: 'revoke-user', reason: null, detail: { username: 'bob' } });
    await file.end(await file.begin({ ...change, reason: null, ids: ['a'] }), 'partial');
  });

  it('list a change as one entry, and say where it was and what is not known of it', async () => {
    const { stdout } = await run(there, AuditList, ['--columns', 'id,action,what,by'], { tty: true, columns: 200 });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/ {2,}/g, ' | ')),
    ).toEqual([
      'ID | ACTION | WHAT | WHO',
      '5 | revoked sessions | 1 session: --user ann (revocation 5) on db.example.org/shop; only a part of it was carried out | olga@desk',
      '4 | revoked a user | bob: sessions (revocation 4) on db.example.org/shop; not known whether it was carried out | olga@desk',
      '2 | revoked sessions | 3 sessions: --user ann (revocation 2) on db.example.org/shop | olga@desk',
      '1 | began the audit | - | olga@desk',
    ]);
    const { entries } = (await run(there, AuditList, ['--user', 'bob', '--json'])).json<{ entries: AuditEntry[] }>();
    expect(entries).toEqual([
      expect.objectContaining({ id: 4, detail: expect.objectContaining({ outcome: 'begun' }) }),
    ]);
    expect((await run(there, AuditList, ['--count'])).stdout).toBe('4\n');
  });

  it('let no text of a reason act on the terminal', async () => {
    for (const argv of [[], ['--output', 'wide'], ['--json'], ['--output', 'csv']]) {
      const { stdout } = await run(there, AuditList, argv, { tty: true });
      expect(stdout).toContain('drill');
      expect(stdout).not.toMatch(/[\u001b\u202e\u0085]/);
    }
  });

  it('export its rows as they are', async () => {
    const { stdout } = await run(there, AuditExport, ['--action', 'revoke']);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditRow & { schemaVersion: number });
    expect(rows.map(({ id, action }) => [id, action])).toEqual([
      [2, 'revoke'],
      [3, 'revoke'],
      [5, 'revoke'],
      [6, 'revoke'],
    ]);
    const [, line = ''] = readFileSync(file.file, 'utf8').split('\n');
    const { schemaVersion: _, ...first } = rows[0] ?? { schemaVersion: 0 };
    expect(first).toEqual(JSON.parse(line));
  });

  it('verify it with the exit codes of the schema', async () => {
    const verified = await run(there, AuditVerify, []);
    expect(verified).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('whoever may write the file') });
    expect(verified.stdout).toMatch(/^Verified\. Rows 1 to 6 .*\nHead: row 6, [0-9a-f]{64}\n$/);
    const digest = /[0-9a-f]{64}/.exec(verified.stdout)?.[0] ?? '';
    expect((await run(there, AuditVerify, ['--head', digest])).stdout).toContain(
      'The digest you kept is that of row 6',
    );
    writeFileSync(file.file, readFileSync(file.file, 'utf8').replace('bob', 'eve'));
    const altered = await run(there, AuditVerify, []);
    expect(altered).toMatchObject({ exitCode: 9, stdout: expect.stringContaining('NOT verified: row 4 was altered.') });
    writeFileSync(file.file, '{"id":');
    expect((await run(there, AuditVerify, ['--json'])).json()).toMatchObject({
      verified: false,
      file: file.file,
      problem: { kind: 'removed', from: 1, to: 6 },
    });
    for (const name of [file.file, file.file.replace('.ndjson', '.head')]) rmSync(name);
    expect(await run(there, AuditVerify, [])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Nothing is on record in'),
    });
    expect(await run(there, AuditVerify, ['--head', digest])).toMatchObject({ exitCode: 9 });
  });

  it('have the revocations of this server, each by its number', async () => {
    const ids = async (...argv: string[]) =>
      (await run(there, RevocationList, [...argv, '--output', 'ids'])).stdout.trim().split('\n').filter(Boolean);
    expect(await ids()).toEqual(['5', '4', '2']);
    expect(await ids('--user', 'bob')).toEqual(['4']);
    expect(await ids('--scope', 'sessions', '--limit', '1')).toEqual(['5']);
    expect(await ids('--restorable')).toEqual([]);
    const shown = await run(there, RevocationShow, ['2']);
    expect(shown.stdout).toMatch(/Undo +never: this server deletes what is revoked/);
    expect(shown.stdout).toContain('3 sessions');
    expect(await run(there, RevocationShow, ['3'])).toMatchObject({ exitCode: 4 });
  });
});
