import { expect, it } from 'vitest';
import ServerList from '../../src/commands/server/list.ts';
import { KNOWN_SERVERS, REFUSED_SERVERS } from '../../src/db/adopted/servers/index.ts';
import type { ListedServer } from '../../src/model/server.ts';
import { run } from '../support/run.ts';

const list = (argv: string[] = [], columns = 200) => run(null, ServerList, argv, { tty: argv.length === 0, columns });

it('lists what is supported and, last, what is left alone, and asks no database', async () => {
  const ran = await list();
  expect(ran.exitCode).toBe(0);
  expect(ran.stdout).toMatch(/better-auth .* PostgreSQL, SQLite .* no .* cookie cache/);
  expect(ran.stdout).toMatch(/kratos .* PostgreSQL .* yes /);
  expect(ran.stdout).toMatch(/nextcloud .* occ user:auth-tokens/);
  const names = ['tomo', ...[...KNOWN_SERVERS, ...REFUSED_SERVERS].map(({ name }) => name)];
  expect((await list(['--columns', 'name'])).stdout).toBe(`${names.join('\n')}\n`);
});

it('is in the order that is asked for, as lists from a database are', async () => {
  const names = async (...argv: string[]) => (await list(['--columns', 'name', ...argv])).stdout.trim().split('\n');
  const sorted = (await names()).sort(new Intl.Collator('en', { numeric: true }).compare);
  expect(await names('--sort', 'name')).toEqual(sorted);
  expect(await names('--sort', 'name', '--reverse')).toEqual(sorted.toReversed());
});

it('fits a narrow terminal', async () => {
  const { stdout } = await list([], 80);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(stdout).toContain('better-auth');
});

it('prints everything as JSON', async () => {
  const { servers } = (await list(['--json'])).json<{ servers: ListedServer[] }>();
  expect(servers).toContainEqual(
    expect.objectContaining({
      name: 'laravel',
      supported: true,
      engines: ['postgres'],
      undo: false,
      options: expect.arrayContaining([{ name: 'lifetime', about: expect.any(String), kind: 'duration' }]),
      why: null,
      instead: null,
    }),
  );
  expect(servers).toContainEqual(
    expect.objectContaining({
      name: 'keycloak',
      supported: false,
      undo: null,
      instead: expect.stringContaining('kcadm'),
    }),
  );
  expect((await list(['--output', 'count'])).stdout).toBe(`${servers.length}\n`);
});
