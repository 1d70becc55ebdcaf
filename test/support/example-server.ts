import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { TestDatabase } from './database.ts';
import { tomo } from './spawn.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Starts examples/server.mjs as often as asked, with the role that `tomo db grants --role server` makes and no other
 * right; ends all of them with the suite. Returns the address of each.
 */
export function exampleServers(t: TestDatabase): (env: NodeJS.ProcessEnv) => Promise<string> {
  const running: ChildProcess[] = [];
  const role = `example_${process.pid}`;

  beforeAll(async () => {
    const env = { TOMO_DATABASE_URL: t.url };
    const { stdout } = await tomo(['db', 'grants', '--role', 'server', '--name', role], { env });
    await t.sql(`create role ${role} login password 'sesame'`);
    await t.db.transaction({}, (tx) => tx.script(stdout.replaceAll(/^(begin|commit);$/gm, '')));
  });
  afterAll(async () => {
    for (const server of running) {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      expect((await ended)[0]).toBe(0);
    }
    await t.sql(`drop owned by ${role}`);
    await t.sql(`drop role ${role}`);
  });

  return async (env) => {
    const database = t.url.replace('postgres:test@', `${role}:sesame@`);
    const server = spawn(process.execPath, ['examples/server.mjs'], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, TOMO_DATABASE_URL: database, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(server);
    const [line] = await once(server.stdout, 'data');
    return String(line).trim();
  };
}
