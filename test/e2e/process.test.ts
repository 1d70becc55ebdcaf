import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { gateOn } from '../commands/gate.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { some } from '../support/extent.ts';
import { proxyTo } from '../support/proxy.ts';
import { shell, tomo } from '../support/spawn.ts';

onPostgres('a process', (t) => {
  t.keepsData = true;
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    env = { TOMO_DATABASE_URL: t.url };
  });

  it.each(['table', 'json', 'ndjson'])('ends quietly when the reader of a long %s list has gone', async (output) => {
    await t.empty();
    await t.sql(`insert into tomo.sessions (user_id) select $1::uuid from generate_series(1, 40000)`, [
      await aUser(t, { username: 'ann' }),
    ]);
    const { stdout, stderr, exitCode } = await shell(`tomo session list --all --output ${output} | head -1`, env);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toBe('');
    expect(exitCode).toBeOneOf([0, 141]);
    // and holds no connection; the server may need a moment to notice
    await expect
      .poll(
        () =>
          t.sql(
            "select pid from pg_stat_activity where application_name = 'tomo' and datname = current_database() and pid <> pg_backend_pid()",
          ),
        { timeout: 30_000 },
      )
      .toEqual([]);
  });

  it('passes ids from one command to the next', async () => {
    await t.empty();
    const ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann, { method: 'token' });
    const kept = await aSession(t, ann);
    const { stdout, exitCode } = await shell(
      'tomo session list --method token --output ids | tomo session revoke -',
      env,
    );
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/ revoked \(ann/);
    expect(await liveIds(t)).toEqual([kept]);
  });

  it('writes no colour into a pipe, nor with NO_COLOR', async () => {
    await t.empty();
    await aSession(t, await aUser(t, { username: 'ann' }));
    for (const argv of [['session', 'list'], ['session', 'list', '--user', 'nobody'], ['--help'], ['db', 'status']]) {
      const { stdout, stderr } = await tomo(argv, { env });
      expect(stdout + stderr, argv.join(' ')).not.toContain('\u001b');
    }
    const forced = await tomo(['session', 'list', '--user', 'nobody'], {
      env: { ...env, NO_COLOR: '1', FORCE_COLOR: '1' },
    });
    expect(forced.stderr).not.toContain('\u001b');
  });

  it('tells nobody who debugs it a token or a password that was an argument', async () => {
    const token = `${'eyJhbGciOiJIUzI1NiJ9'}.eyJzaWQiOiJ4In0.${'s'.repeat(43)}`;
    const { stderr } = await tomo(['session', 'show', token, '--database', 'postgres://ann:hunter2@127.0.0.1:1/none'], {
      env: { DEBUG: '*' },
    });
    expect(stderr).toContain('Error: ');
    expect(stderr).not.toMatch(/eyJ|hunter2/);
  });

  it('says how things stand without a command', async () => {
    const { stdout, exitCode } = await tomo([], { env: { XDG_DATA_HOME: '/nowhere' } });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('No database is configured yet');
  });

  it('explains itself: --help, help and -h, for the program, a topic and a command', async () => {
    for (const argv of [['--help'], ['help'], ['-h']]) {
      const { stdout, exitCode } = await tomo(argv);
      expect(exitCode, argv.join(' ')).toBe(0);
      expect(stdout).toMatch(/session +See who is in/);
    }
    const topic = await tomo(['session']);
    for (const verb of ['list', 'show', 'revoke', 'revoke-user', 'revoke-all', 'cleanup'])
      expect(topic.stdout).toMatch(new RegExp(`session ${verb} `));
    const command = await tomo(['session', 'revoke', '--help']);
    expect(command.stdout).toMatch(/--expect=<n>/);
    expect((await tomo(['help', 'session', 'revoke'])).stdout).toBe(command.stdout);
  });

  it.each([
    [['sesion', 'list'], /"tomo sesion list" is not a command/, /tomo session list/],
    [['session', 'revok'], /"tomo session revok" is not a command/, /tomo session revoke/],
    [['help', 'session', 'revok'], /"tomo session revok" is not a command/, /tomo session revoke/],
    [['sessions'], /"tomo sessions" is not a command/, /Did you mean tomo session\?/],
    [['session', 'undo', '3'], /"tomo session undo 3" is not a command/, /Did you mean tomo session restore\?/],
    [['revoke', 'bob'], /"tomo revoke bob" is not a command/, /Did you mean tomo session revoke-user bob\?/],
    [['session', 'list', '--state', 'actve'], /to be one of: active/, /Did you mean active\?/],
    [['frobnicate'], /"tomo frobnicate" is not a command/, /tomo --help/],
    [['--quiet', 'session', 'list'], /"tomo --quiet session list" is not a command/, /Flags come after the command/],
    [['session', 'list', '--usr', 'admin'], /--usr/, /--help/],
    [['frob\u001b[31mnicate'], /is not a command/, /tomo --help/],
  ])('refuses %j with exit 2 and a way out', async (argv, message, wayOut) => {
    const { stdout, stderr, exitCode } = await tomo(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(wayOut);
    expect(stderr).not.toContain('\u001b');
  });

  it.skipIf(process.env.TOMO_TEST_PROGRAM)('does nothing on a Node that is too old', async () => {
    const old = join(import.meta.dirname, '..', 'support', 'old-node.cjs');
    const { stdout, stderr, exitCode } = await tomo(['--help'], { env: { NODE_OPTIONS: `--require ${old}` } });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    expect(stderr).toMatch(/^Error: tomo needs Node 22\.22 or newer, and .* Nothing was done\.\n.*PATH/);
  });

  it.skipIf(process.env.TOMO_TEST_PROGRAM).each([
    ['empty, and the account has one', '', ['home']],
    ['missing, and the account has one', undefined, ['home']],
    ['empty, and the account has none', '', []],
    ['missing, and the account has none', undefined, []],
  ])('takes no folder that it happens to be in for a home: it is %s', async (_, HOME, path) => {
    const folder = mkdtempSync(join(inject('scratch'), 'home-'));
    for (const name of ['', 'home']) {
      const config = join(folder, name, '.config', 'tomo');
      mkdirSync(config, { recursive: true });
      writeFileSync(join(config, 'config.json'), `{"database": "postgres://127.0.0.1:1/in-${name || 'here'}"}`, {
        mode: 0o600,
      });
    }
    const [home] = path.map((name) => join(folder, name));
    const preload = join(import.meta.dirname, '..', 'support', 'account.cjs');
    const account = { HOME, XDG_CONFIG_HOME: '', ACCOUNT_HOME: home, NODE_OPTIONS: `--require ${preload}` };
    const { stderr } = await shell(`cd '${folder}' && tomo session list`, account);
    expect(stderr).toMatch(home ? /127\.0\.0\.1:1\/in-home/ : /No database is configured/);
    expect((await shell(`cd '${folder}' && tomo session list`, { ...account, ...env })).exitCode).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(['.config', 'home']);
  });

  it.each([
    [
      'a port where nobody listens',
      'postgres://tomo:hunter2@127.0.0.1:1/tomo',
      /Cannot reach the database at 127\.0\.0\.1:1/,
    ],
    ['a host that does not exist', 'postgres://tomo:hunter2@no-such-host.invalid/tomo', /no-such-host\.invalid/],
    ['no URL at all', 'hunter2', /not of the form postgres:\/\//],
    ['a wrong password', '', /refused the log-in/],
    ['a database that does not exist', '/no_such_database_hunter2', /no such database/i],
  ])('says that the database cannot be reached, without the password: %s', async (what, url, message) => {
    const server = new URL(t.url);
    if (what === 'a wrong password') {
      await t.sql(
        `do $$ begin if not exists (select from pg_roles where rolname = 'e2e_login') then create role e2e_login login password 'right'; end if; end $$`,
      );
      server.username = 'e2e_login';
      server.password = 'hunter2';
    }
    if (url.startsWith('/')) server.pathname = '/no_such_database';
    const target = url === '' || url.startsWith('/') ? server.href : url;
    for (const argv of [
      ['session', 'list'],
      ['session', 'list', '--json'],
    ]) {
      const { stdout, stderr, exitCode } = await tomo(argv, { env: { TOMO_DATABASE_URL: target } });
      expect(stdout + stderr).not.toMatch(/hunter2|test@|bug in tomo/);
      expect(stdout + stderr).toMatch(message);
      expect(exitCode).toBe(what === 'no URL at all' ? 2 : 7);
      if (argv.includes('--json'))
        expect(JSON.parse(stdout)).toMatchObject({
          error: { code: what === 'no URL at all' ? 'INVALID_INPUT' : 'DATABASE_UNREACHABLE' },
        });
    }
  });

  it('makes an embedded database only when asked to, by name', async () => {
    const home = mkdtempSync(join(inject('scratch'), 'none-'));
    const env = { XDG_DATA_HOME: home };
    const named = { ...env, TOMO_DATABASE_URL: 'embedded' };
    for (const argv of [
      ['session', 'list'],
      ['session', 'cleanup', '--quiet'],
      ['db', 'migrate'],
    ]) {
      const { stdout, stderr, exitCode } = await tomo(argv, { env });
      expect({ exitCode, wayOut: /TOMO_DATABASE_URL/.test(stdout + stderr) }).toEqual({ exitCode: 7, wayOut: true });
    }
    for (const argv of [
      ['session', 'list'],
      ['session', 'revoke-all', '--yes'],
    ]) {
      const { stderr, exitCode } = await tomo(argv, { env: named });
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('tomo demo') });
    }
    expect(readdirSync(home)).toEqual([]);
    expect(await tomo(['db', 'migrate'], { env: named })).toMatchObject({ exitCode: 0 });
    expect(await tomo(['session', 'list'], { env })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('No server is configured'),
    });
  });

  it('tells a second process who has the embedded database open', async () => {
    const env = { XDG_DATA_HOME: mkdtempSync(join(inject('scratch'), 'busy-')), TOMO_DATABASE_URL: 'embedded' };
    await tomo(['db', 'migrate'], { env });
    const { DatabaseSync } = await import('node:sqlite');
    const lock = new DatabaseSync(join(env.XDG_DATA_HOME, 'tomo', 'db', 'lock'));
    lock.exec('begin exclusive');
    const { stderr, exitCode } = await tomo(['session', 'list'], { env });
    lock.close();
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/in use by process \d+ \(db migrate\)/);
    expect((await tomo(['session', 'list'], { env })).exitCode).toBe(0);
  });
});

onPostgres('a process in the middle of its work', (t) => {
  const cut = `select pg_terminate_backend(pid, 10000) from pg_stat_activity
    where application_name = 'tomo' and datname = current_database() and pid <> pg_backend_pid()`;
  let env: NodeJS.ProcessEnv;
  let ids: string[];

  beforeEach(async () => {
    env = { TOMO_DATABASE_URL: t.url };
    await t.sql('drop function if exists public.wait_at_gate cascade');
    await t.empty();
    await t.sql('insert into tomo.sessions (user_id) select $1::uuid from generate_series(1, 25000)', [
      await aUser(t, { username: 'ann' }),
    ]);
    ids = await liveIds(t);
  });

  const COMMANDS = [
    ['revocations', ['revoke-all', '--yes']],
    ['revocations', ['revoke-user', 'ann']],
    ['revocation_targets', ['revoke', '--user', 'ann', '--yes']],
  ] as const;

  it.each(some('killed', COMMANDS, 1))(
    'before it has written %s and is killed with kill -9, nothing is changed: %j',
    async (table, argv) => {
      const gate = await gateOn(t.db, 'insert', table);
      const { exitCode } = await tomo(['session', ...argv], {
        env,
        meanwhile: async (process) => {
          await gate.reached();
          process.kill('SIGKILL');
        },
      });
      expect(exitCode).toBeNull();
      await t.sql(cut);
      await gate.open();
      expect(await liveIds(t)).toEqual(ids);
      expect(await t.sql('select id from tomo.revocations union all select id from tomo.audit_log')).toEqual([]);
    },
  );

  it.each(some('cut', COMMANDS, 1))(
    'when the connection is cut before it has written %s, exit 7, and nothing is changed: %j',
    async (table, argv) => {
      const gate = await gateOn(t.db, 'insert', table);
      const { stderr, exitCode } = await tomo(['session', ...argv], {
        env,
        meanwhile: async () => {
          await gate.reached();
          await t.sql(cut);
        },
      });
      expect(exitCode).toBe(7);
      expect(stderr).toMatch(/^Error: The database at \S+ ended this connection: .*\. Nothing was changed\.\n/);
      await gate.open();
      expect(await liveIds(t)).toEqual(ids);
    },
  );

  it.each([
    [1, 130],
    [2, null],
  ])('on a silent line: Ctrl-C ends it with words, a second one at once (%i)', async (presses, code) => {
    const proxy = await proxyTo(t);
    const { promise: silent, resolve } = Promise.withResolvers<void>();
    proxy.when(/tomo\.revoke_all/, 'before', () => {
      proxy.silence();
      resolve();
    });
    const { stderr, exitCode } = await tomo(['session', 'revoke-all', '--yes'], {
      env: { TOMO_DATABASE_URL: proxy.url },
      meanwhile: async (process) => {
        await silent;
        for (let i = 0; i < presses; i += 1) {
          process.kill('SIGINT');
          // two at the same moment are one
          await new Promise((next) => setTimeout(next, 200));
        }
      },
    });
    expect(exitCode).toBe(code);
    expect(stderr).toBe(code === null ? '' : 'Error: Interrupted. Nothing was changed.\n');
    expect(await liveIds(t)).toEqual(ids);
  });

  it('session cleanup: killed with kill -9, the next one goes on once its lease has run out', async () => {
    await t.sql(`select tomo.revoke_all(p_compromised => true)`);
    const gate = await gateOn(t.db, 'update', 'sessions', 3);
    await tomo(['session', 'cleanup', '--batch-size', '1000'], {
      env,
      meanwhile: async (process) => {
        await gate.reached();
        process.kill('SIGKILL');
      },
    });
    await t.sql(cut);
    await gate.open();
    await t.sql('drop function public.wait_at_gate cascade');
    expect(await liveIds(t)).toEqual([]);
    expect((await tomo(['session', 'cleanup'], { env })).stdout).toMatch(/Another cleanup is running/);
    await t.sql('update tomo.leases set until = now()');
    expect((await tomo(['session', 'cleanup'], { env })).stdout).toMatch(/the end of 23,000 sessions written/);
    expect(await t.sql('select distinct end_reason, revocation_id::int from tomo.sessions')).toEqual([
      { end_reason: 'revoked', revocation_id: 1 },
    ]);
  });
});
