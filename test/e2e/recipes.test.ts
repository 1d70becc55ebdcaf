import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWorld } from '../../src/db/demo/make.ts';
import { write } from '../../src/db/port/database.ts';
import { makeDemoWorld } from '../../src/domain/demo/demo-world.ts';
import { onPostgres } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { shell, TerminalSession, tomo } from '../support/spawn.ts';

const VIEWS = [
  'status',
  'session list',
  'session list --state all',
  'session list --related-to ID',
  'session show ID',
  'session why ID',
  'session stats',
  'user list',
  'user show alice',
  'device list',
  'activity list',
  'alert list',
  'alert show 1',
  'audit list',
  'revocation list',
  'revocation show 5',
  'config show',
  'db status',
  'geo status',
  'doctor --quiet',
];

onPostgres('on the world of the demo', (t) => {
  t.keepsData = true;
  const folder = mkdtempSync(join(tmpdir(), 'tomo-recipes-'));
  let env: NodeJS.ProcessEnv;
  let suspect: string;

  beforeAll(async () => {
    env = { TOMO_DATABASE_URL: t.url, XDG_CONFIG_HOME: folder, JWT_SECRET_KEY: 'k'.repeat(32) };
    await t.empty();
    await write(t.db, (tx) => makeWorld(tx, makeDemoWorld(new Date()), { osUser: 'root', host: 'tomo-1' }));
    suspect = (await tomo(['session', 'list', '--country', 'NG', '--output', 'ids'], { env })).stdout.trim();
    const { stdout: token, stderr } = await tomo(['session', 'create', 'ci-deploy'], { env });
    expect(token, stderr).toMatch(/^eyJ/);
    writeFileSync(join(folder, 'access.log'), `GET / HTTP/1.1 Authorization: Bearer ${token}`);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('every screen fits 80 columns, but for commands to be copied', async () => {
    for (const view of some('views', VIEWS, 8)) {
      const screen = new TerminalSession(view.replace('ID', suspect).split(' '), {
        env: { ...env, NO_COLOR: '1', TOMO_PAGER: 'cat' },
      });
      expect(await screen.exit(), `${view}: ${screen.output}`).toBe(0);
      const lines = screen.lines.flatMap((line) => line.split('\r'));
      expect(
        lines.filter((line) => line.length > 80 && !/tomo |fix: /.test(line)),
        view,
      ).toEqual([]);
    }
  }, 180_000);

  it('every command of docs/recipes.md runs, in the order of the page', async () => {
    const page = readFileSync('docs/recipes.md', 'utf8');
    const commands = [...page.matchAll(/^```sh\n(.+?)^```/gms)].flatMap(([, block = '']) => block.trim().split('\n'));
    expect(commands.length).toBeGreaterThan(30);
    for (const command of commands) {
      const latest = command.includes(' 17')
        ? (await tomo(['revocation', 'list', '--limit', '1', '--output', 'ids'], { env })).stdout.trim()
        : '';
      const line = command.replace('3f2a9c41', suspect).replace(/ 17$/, ` ${latest}`);
      const { stderr, exitCode } = await shell(`cd '${folder}' && ${line}`, env);
      expect(exitCode, `${line}\n${stderr}`).toBe(0);
    }
  }, 180_000);
});
