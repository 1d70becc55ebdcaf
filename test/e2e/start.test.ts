import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { tomo } from '../support/spawn.ts';

const WATCH = join(import.meta.dirname, '..', 'support', 'watch-start.cjs');

onPostgres('a start', (t) => {
  it('loads nothing that is slow to load and that it does not need', async () => {
    const id = await aSession(t, await aUser(t, { username: 'ann' }));
    for (const argv of [
      ['--version'],
      ['session', 'list'],
      ['session', 'list', '--json'],
      ['session', 'list', '--output', 'table'],
      ['session', 'show', id],
      ['user', 'list'],
      ['status'],
      ['session', 'revoke', id],
      ['__complete', '--', 'session', 'list', '--'],
    ]) {
      const log = join(inject('scratch'), 'start.json');
      const env = { TOMO_DATABASE_URL: t.url, NODE_OPTIONS: `--require ${WATCH}`, WATCH_START: log };
      expect(await tomo(argv, { env })).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(readFileSync(log, 'utf8')), argv.join(' ')).toEqual([]);
    }
  });
});
