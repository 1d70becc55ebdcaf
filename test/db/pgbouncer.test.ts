import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, read } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { useDatabase } from '../support/database.ts';
import { freePort } from '../support/global-setup.ts';
import { PATIENCE } from '../support/patience.ts';
import { clean, count } from './helpers.ts';
import { close, open, touch } from './server-calls.ts';

const PATH = `${process.env.PATH}:/usr/sbin`;
const installed = spawnSync('pgbouncer', ['--version'], { env: { ...process.env, PATH } }).status === 0;
if (!installed) process.stderr.write('There is no pgbouncer here: what goes through one is not tested.\n');

describe.runIf(installed)('through PgBouncer in transaction mode', () => {
  const t = useDatabase('postgres');
  let bouncer: ChildProcess;
  let url: string;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tomo-test-pgbouncer-'));
    const [server, port] = [new URL(t.url), await freePort()];
    url = `postgres://postgres@127.0.0.1:${port}${server.pathname}`;
    const ini = join(folder, 'pgbouncer.ini');
    writeFileSync(
      ini,
      `[databases]
       * = host=${server.hostname} port=${server.port} user=${server.username} password=${server.password}
       [pgbouncer]
       listen_addr = 127.0.0.1
       listen_port = ${port}
       unix_socket_dir =
       auth_type = any
       pool_mode = transaction
       default_pool_size = 3
       ignore_startup_parameters = extra_float_digits, options`.replace(/^ +/gm, ''),
    );
    chmodSync(folder, 0o755);
    // it refuses to be root
    bouncer = spawn('pgbouncer', [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), ini], {
      env: { ...process.env, PATH },
    });
    await vi.waitUntil(
      () =>
        openPostgres(url, {}).then(
          (db) => db.close().then(() => true),
          () => false,
        ),
      PATIENCE,
    );
  });
  afterAll(() => void bouncer.kill());

  it('what is asked at once is answered to whoever has asked it', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url, {})));
    const look = (db: Database, n: number) =>
      read(db, async (tx) => {
        const asked = Promise.all([
          tx.query('select $1::int as n', [n]),
          tx.query(`select current_setting('transaction_isolation') as isolation`),
        ]);
        if (n % 2 > 0) tx.last();
        return asked;
      });
    for (let round = 0; round < 10; round += 1) {
      const answers = await Promise.all(clients.map((db, i) => look(db, round * 100 + i)));
      for (const [i, [rows, isolation]] of answers.entries()) {
        expect(rows).toEqual([{ n: round * 100 + i }]);
        expect(isolation).toEqual([{ isolation: 'repeatable read' }]);
      }
    }
    for (const db of clients) await db.close();
  });

  it('one cleanup at a time works beside logins, requests and logouts, and ends nobody who is live', async () => {
    const user = await aUser(t);
    for (let i = 0; i < 60; i += 1) await aSession(t, user, { idle: 90 + i });
    const clients = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url, {})));
    const [first, second, ...servers] = clients;
    if (!first || !second) throw new Error('no clients');
    let cleaning = true;
    const traffic = servers.map(async (db) => {
      const mine: string[] = [];
      for (let i = 0; cleaning || i < 9; i += 1) {
        mine.push((await open(db, user)).session_id);
        for (const id of mine.slice(-3)) expect(await touch(db, id)).toMatchObject({ accepted: true });
        if (i % 4 === 3) expect(await close(db, mine.pop() ?? '')).toBe(true);
      }
      return mine;
    });
    const beside: boolean[] = [];
    const report = await clean(
      { db: first },
      { batchSize: 5, onProgress: () => void clean({ db: second }).then((r) => beside.push(r.alreadyRunning)) },
    );
    cleaning = false;
    const kept = (await Promise.all(traffic)).flat();
    expect(report).toMatchObject({ alreadyRunning: false, sessionsEnded: 60 });
    await vi.waitUntil(() => beside.length > 0, PATIENCE);
    expect(beside[0]).toBe(true);
    expect(await liveIds(t)).toEqual(kept.sort());
    for (const db of clients) await db.close();
    expect(await count(t, 'tomo.leases')).toBe(0);
  });
});
