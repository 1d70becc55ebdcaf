import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { startServer } from '../support/global-setup.ts';
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

  it('gives up on a server that accepts and says nothing, and does not advise to do without TLS', async () => {
    const { port } = silent.address() as { port: number };
    expect(
      await connectFailure(openPostgres(`postgres://u:sesame@127.0.0.1:${port}/db`, { PGCONNECT_TIMEOUT: '1' })),
    ).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: `Cannot reach the database at 127.0.0.1:${port}/db: timeout expired.`,
      hint: expect.not.stringContaining('sslmode'),
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

describe('target_session_attrs', () => {
  let standby: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    standby = await startServer('standby');
  });
  afterAll(() => standby.stop());
  const servers = () => [new URL(inject('server')).host, new URL(standby.url).host] as const;
  const open = (hosts: string[], wanted: string) =>
    openPostgres(`postgres://postgres:test@${hosts}/postgres?target_session_attrs=${wanted}`, {});

  it.each([
    ['any', 0],
    ['read-write', 0],
    ['primary', 0],
    ['read-only', 1],
    ['standby', 1],
    ['prefer-standby', 1],
  ])('%s finds its server among a primary and a standby', async (wanted, i) => {
    const [primary, other] = servers();
    const order = wanted === 'any' ? [primary, other] : [[primary, other][1 - i] ?? '', [primary, other][i] ?? ''];
    const db = await open(order, wanted);
    expect(db.location).toBe(`${servers()[i]}/postgres`);
    await db.close();
  });

  it('prefer-standby takes a primary where there is no standby', async () => {
    const db = await open([servers()[0]], 'prefer-standby');
    expect(db.location).toBe(`${servers()[0]}/postgres`);
    await db.close();
  });

  it('prefer-standby waits once for a server that says nothing, and names it where none is fit', async () => {
    let asked = 0;
    const silent = createServer(() => {
      asked += 1;
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const quiet = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const url = `postgres://postgres:test@${quiet},${servers()[0]}/postgres?connect_timeout=1&target_session_attrs=`;
    const db = await openPostgres(`${url}prefer-standby`, {});
    expect(db.location).toBe(`${servers()[0]}/postgres`);
    expect(asked).toBe(1);
    await db.close();
    const error = await connectFailure(openPostgres(`${url}standby`, {}));
    expect(error.message).toBe(`The database at ${servers()[0]}/postgres is not a standby.`);
    expect(error.hint).toContain(`Tried before: Cannot reach the database at ${quiet}/postgres`);
  });

  it.each([
    ['read-write', 1, 'DATABASE_READ_ONLY'],
    ['primary', 1, 'DATABASE_READ_ONLY'],
    ['read-only', 0, 'DATABASE_UNREACHABLE'],
    ['standby', 0, 'DATABASE_UNREACHABLE'],
  ])('%s does without none', async (wanted, i, code) => {
    const error = await connectFailure(open([servers()[i] ?? ''], wanted));
    expect(error).toMatchObject({ code, message: expect.stringContaining(servers()[i] ?? '') });
  });

  it('read-only is also a primary on which nothing may be written by default', async () => {
    const url = `${inject('server')}/postgres?options=-c%20default_transaction_read_only%3Don`;
    await (await openPostgres(`${url}&target_session_attrs=read-only`, {})).close();
    await (await openPostgres(`${url}&target_session_attrs=primary`, {})).close();
    expect((await connectFailure(openPostgres(`${url}&target_session_attrs=read-write`, {}))).code).toBe(
      'DATABASE_READ_ONLY',
    );
  });
});
