import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, inject, it } from 'vitest';
import { openAuditFile } from '../../src/db/audit-file/file.ts';
import type { AuditEntry } from '../../src/model/audit.ts';
import { onPostgres } from '../support/database.ts';
import { tomo } from '../support/spawn.ts';

onPostgres('the audit of an operator', (t) => {
  let home: string;
  beforeEach(async () => {
    home = mkdtempSync(join(inject('scratch'), 'state-'));
    const path = join(home, 'tomo', 'audit.ndjson');
    const file = openAuditFile(path, { server: 'laravel', database: 'db/shop', context: null }, () => {});
    const actor = { osUser: 'olga', host: 'desk' };
    await file.end(await file.begin({ action: 'revoke', actor, reason: null, detail: {}, ids: ['a'] }), 'done');
  });
  const actions = async (url: string, server?: string) => {
    const args = ['audit', 'list', '--json', '--database', url, ...(server ? ['--server', server] : [])];
    const { stdout, stderr, exitCode } = await tomo(args, { env: { XDG_STATE_HOME: home, XDG_CONFIG_HOME: home } });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    return (JSON.parse(stdout) as { entries: AuditEntry[] }).entries.map(({ action }) => action);
  };

  it('is read where a server of others keeps its sessions in a database without schema tomo', async () => {
    expect(await actions(`${inject('server')}/postgres`, 'laravel')).toEqual(['revoke', 'begin']);
    const sqlite = join(home, 'tomo.db');
    const made = new DatabaseSync(sqlite);
    made.exec('create table sessions (id text)');
    made.close();
    expect(await actions(`sqlite:${sqlite}`, 'tomo-sqlite')).toEqual(['revoke', 'begin']);
  });

  it('is not where that schema is, which has its own', async () => {
    await t.sql(`select tomo.write_audit('{}', 'set', null, '{}')`);
    expect(await actions(t.url, 'laravel')).toEqual(['set']);
    expect(await actions(t.url)).toEqual(['set']);
  });
});
