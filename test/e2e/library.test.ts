import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

it('the library loads nothing of the command line, and what it does not need only when it is used', () => {
  const script = `
    const library = require('@tomo/cli');
    const { readFileSync } = require('node:fs');
    const loaded = (...names) => {
      // package.json names what it does not load
      const code = Object.keys(require.cache).filter((file) => !/chunks.package-/.test(file));
      const text = code.map((file) => readFileSync(file, 'utf8')).join('\\n');
      return names.filter((name) => text.includes(name));
    };
    const commandLine = () => loaded('oclif', 'inquirer', 'chalk', 'ora-');
    const heavy = () => loaded('JsonWebTokenError', 'CopyToQuery', 'PGlite', 'SASL');
    (async () => {
      const before = heavy();
      const keys = library.makeSigningKeys('x'.repeat(32));
      await library.verifyToken(keys, 'x');
      console.log(JSON.stringify({ names: Object.keys(library), before, after: heavy(), commandLine: commandLine() }));
    })();`;
  const { names, ...found } = JSON.parse(
    execFileSync(process.execPath, ['-e', script], { cwd: ROOT, encoding: 'utf8' }),
  );
  expect(found).toEqual({ before: [], after: ['JsonWebTokenError'], commandLine: [] });
  expect(names).toEqual(expect.arrayContaining(['fromPool', 'openDatabase', 'revokeUsers', 'verifySession']));
});

const CONSUMER = `
import pg from 'pg';
import { type Database, fromPool, listenForRevocations, loginSession, makeSigningKeys, openDatabase, readSessionCookie, TomoError, verifySession } from '@tomo/cli';

const db: Database = fromPool(new pg.Pool());
const other: Promise<Database> = openDatabase({ kind: 'postgres', url: undefined, env: process.env });
const keys = makeSigningKeys('secret');
export async function check(cookie: string | undefined): Promise<string> {
  const verdict = await verifySession(db, keys, readSessionCookie(cookie, { secure: true }));
  if (!verdict.ok) return verdict.reason;
  // @ts-expect-error: a verdict that is not looked at
  verdict.detail;
  return verdict.renewed ?? verdict.session.username;
}
export async function login(userId: string): Promise<string> {
  try {
    return (await loginSession(await other, keys, { userId, ip: undefined }, { secure: true })).cookie;
  } catch (error) {
    return error instanceof TomoError && error.code === 'SESSION_LIMIT' ? 'later' : 'no';
  }
}
await listenForRevocations(db, { onEnded: (ended) => console.log(ended.scope === 'user' ? ended.userId : ended.scope) });
`;

/** What the page leaves to its reader. */
const DECLARED = `
declare function disconnect(session: string): void;
declare function disconnectUser(user: string, options: { except: string[] }): void;
declare function disconnectAll(options: { except: string[] }): void;
declare function recheckAll(): void;
`;

it('the types of the library are right for a strict program that uses its own pg, and for what docs/library.md shows', async () => {
  const folder = join(inject('scratch'), 'consumer');
  mkdirSync(join(folder, 'node_modules', '@tomo'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', '@tomo', 'cli'));
  for (const name of ['pg', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
  const [quickStart = '', ...others] = [
    ...readFileSync(join(ROOT, 'docs/library.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs),
  ].map(([, code]) => code ?? '');
  writeFileSync(join(folder, 'docs.ts'), [quickStart, DECLARED, ...others].join('\n'));
  const options = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--module',
    'nodenext',
    '--target',
    'es2024',
  ];
  const run = promisify(execFile)(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, '--types', 'node', 'consumer.ts', 'docs.ts'],
    {
      cwd: folder,
    },
  );
  await expect(
    run.catch((error: { stdout: string }) => Promise.reject(new Error(error.stdout))),
  ).resolves.toMatchObject({ stdout: '' });
});
