import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { connectFailure } from './helpers.ts';

const PORT = () => new URL(inject('server')).port;

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

describe('connecting to a server', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterAll(() => void silent.close());

  it('says that the password is wrong, and where to look', async () => {
    const error = await connectFailure(openPostgres(`postgres://postgres:sesame@127.0.0.1:${PORT()}/postgres`, {}));
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/refused the log-in.*password/),
      hint: expect.stringContaining('password'),
    });
    expect(error.message).toContain(`127.0.0.1:${PORT()}`);
  });

  it('names a database that does not exist', async () => {
    const error = await connectFailure(openPostgres(`${inject('server')}/nowhere`, {}));
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('nowhere'),
      hint: expect.stringContaining('PGDATABASE'),
    });
  });

  it('says that nobody answers at the address', async () => {
    const port = await deadPort();
    const error = await connectFailure(openPostgres(`postgres://u:sesame@127.0.0.1:${port}/db`, {}));
    expect(error).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
      hint: expect.stringContaining('running'),
    });
  });

  it('says that there is no such host', async () => {
    expect(await connectFailure(openPostgres('postgres://u:sesame@no-such-host.invalid/db', {}))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining('no-such-host.invalid'),
    });
  });

  it('gives up on a server that accepts and says nothing', async () => {
    const { port } = silent.address() as { port: number };
    expect(
      await connectFailure(openPostgres(`postgres://u:sesame@127.0.0.1:${port}/db`, { PGCONNECT_TIMEOUT: '1' })),
    ).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
    });
  });

  it.each([
    'postgres://u:sesame@127.0.0.1:99999/db',
    'postgres://u:sesame@127.0.0.1:port/db',
    'postgres://u:sesame@h/%zz',
    'mysql://u:sesame@h/db',
    'sesame',
    'postgres://u:ses@me@h/db',
    'postgres://u:sesame/@h/db',
  ])('refuses %s as input, without repeating a password', async (url) => {
    expect((await connectFailure(openPostgres(url, {}))).code).toBe('INVALID_INPUT');
  });

  it.each(['require', 'verify-full', 'no-verify'])('with sslmode=%s says that the server has no TLS', async (mode) => {
    expect(await connectFailure(openPostgres(`${inject('server')}/postgres?sslmode=${mode}`, {}))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/SSL|TLS/),
      hint: expect.stringContaining('sslmode=disable'),
    });
  });

  it('connects with sslmode=disable', async () => {
    const db = await openPostgres(`${inject('server')}/postgres?sslmode=disable`, {});
    expect(await db.query(`select current_setting('application_name') as name`)).toEqual([{ name: 'tomo' }]);
    expect([db.name, db.embedded, db.location]).toEqual(['postgres', false, `127.0.0.1:${PORT()}/postgres`]);
    await db.close();
  });

  it('goes on to the next host when one does not answer', async () => {
    const db = await openPostgres(
      `postgres://postgres:test@127.0.0.1:${await deadPort()},127.0.0.1:${PORT()}/postgres`,
      {},
    );
    expect(db.location).toContain(PORT());
    await db.close();
  });

  it('does not ask the next host when one has refused the password', async () => {
    expect(
      (
        await connectFailure(
          openPostgres(`postgres://postgres:sesame@127.0.0.1:${PORT()},no-such-host.invalid/postgres`, {}),
        )
      ).message,
    ).toMatch(/refused the log-in/);
  });
});
