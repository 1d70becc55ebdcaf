import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import AuditList from '../../src/commands/audit/list.ts';
import DbMigrate from '../../src/commands/db/migrate.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { startExpress } from '../support/adopted/connect-pg-simple.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { operate, standingAt } from '../support/adopted/operate.ts';
import { type AdoptedServer, empty, rowsOf, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';
import { PATIENCE } from '../support/patience.ts';

interface Entry {
  action: string;
  detail: { outcome?: string; count?: number; ended?: number; server?: string };
}

const everybodyOut = (server: AdoptedServer, env: NodeJS.ProcessEnv, ...argv: string[]) =>
  operate(server, SessionRevokeAll, ['--yes', ...argv], { env });

/** What the operator's own audit has, newest first. */
const audited = async (server: AdoptedServer, env: NodeJS.ProcessEnv) =>
  (await operate(server, AuditList, ['--json'], { env }))
    .json<{ entries: Entry[] }>()
    .entries.filter(({ action }) => action !== 'begin');

/** Waits until somebody waits for a lock in this database. */
const somebodyWaits = ({ sql }: AdoptedServer) =>
  expect
    .poll(
      async () =>
        (await sql(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
          .length,
      PATIENCE,
    )
    .toBeGreaterThan(0);

describe('sessions of better-auth', () => {
  const server = useServer(async (database) => ({ ...(await startBetterAuth(database)), pool: database.pool() }));
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    env = standingAt(server);
    await empty(server);
  });

  /** Rows of somebody who is in very often. */
  const crowd = async (count: number) => {
    const { key } = await server.logIn('alice');
    await server.sql(
      `insert into session (id, token, "expiresAt", "createdAt", "updatedAt", "userId")
       select 'session ' || i, 'token ' || i, s."expiresAt", s."createdAt", s."updatedAt", s."userId"
         from session s, generate_series(2, ${count}) i where s.id = $1`,
      [key],
    );
  };
  const held = async (statement: string, params: unknown[]) => {
    const client = await server.pool.connect();
    await client.query('begin');
    await client.query(statement, params);
    return {
      end: async (how: 'commit' | 'rollback') => {
        await client.query(how);
        client.release();
      },
    };
  };

  it('end in batches, all but those that are kept', async () => {
    await crowd(11_000);
    const bob = await server.logIn('bob');
    const ran = await everybodyOut(server, env, '--keep', bob.id, '--expect', '11000', '--json');
    expect(ran.json()).toMatchObject({ revoked: 11_000, kept: 1, late: expect.stringContaining('cookie cache') });
    expect(await server.accepts(bob)).toBe(true);
    expect(await rowsOf(server)).toHaveLength(1);
    expect(await audited(server, env)).toMatchObject([
      { action: 'revoke-all', detail: { outcome: 'done', count: 11_000, ended: 11_000 } },
    ]);
  });

  it('that are out stay out when the database goes down between two batches; the command says how many, and goes on when repeated', async () => {
    await crowd(6000);
    await server.sql(`
      create function away() returns trigger language plpgsql as
        $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
      create trigger away after delete on session for each row when (old.id = 'session 6000') execute function away()`);
    const ran = await everybodyOut(server, env);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toContain('5000 of 6000 sessions are out.');
    expect(ran.stderr).toContain('Repeat the command');
    expect(ran.stderr).not.toMatch(/nothing was changed/i);
    expect(await rowsOf(server)).toHaveLength(1000);
    await server.sql('drop function away cascade');
    expect((await everybodyOut(server, env, '--json')).json()).toMatchObject({ revoked: 1000 });
    expect((await audited(server, env)).map(({ detail }) => [detail.outcome, detail.ended])).toEqual([
      ['done', 1000],
      ['partial', 5000],
    ]);
  });

  it('end once where two operators revoke them at the same time', async () => {
    await crowd(6000);
    const reports = await Promise.all([env, standingAt(server)].map((who) => everybodyOut(server, who, '--json')));
    expect(reports.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    const revoked = reports.map((ran) => ran.json<{ revoked: number }>().revoked);
    expect(revoked.reduce((sum, one) => sum + one)).toBe(6000);
    expect(await rowsOf(server)).toEqual([]);
  });

  it('of whoever logs in meanwhile are not hit', async () => {
    const [before, after] = [await server.logIn('alice'), await server.logIn('alice')];
    // a login takes longer than a command waits
    await server.sql('create table logging_in as select * from session where id = $1', [after.key]);
    await server.sql('delete from session where id = $1', [after.key]);
    const lock = await held('select from session where id = $1 for update', [before.key]);
    const running = operate(server, SessionRevokeUser, [before.user ?? '', '--json'], { env });
    await Promise.race([somebodyWaits(server), running]);
    await server.sql('insert into session select * from logging_in');
    await lock.end('rollback');
    expect((await running).json()).toMatchObject({ users: [{ revoked: 1, remaining: 1 }] });
    expect([await server.accepts(before), await server.accepts(after)]).toEqual([false, true]);
  });

  it.each([
    [
      'another table hangs on',
      /rows of another table hang on a session: .*baskets/,
      'create table baskets (id text references session (id)); insert into baskets select id from session where id like $$session%$$',
    ],
    [
      'a trigger refuses to delete',
      /trigger of its tables refuses that: never/,
      'create trigger kept before delete on session for each row execute function never()',
    ],
  ])('that %s are all in as before, which is said', async (_, why, make) => {
    await crowd(3);
    await server.sql(
      `create or replace function never() returns trigger language plpgsql as 'begin raise exception $$never$$; end'`,
    );
    await server.sql(make);
    const ran = await everybodyOut(server, env);
    expect(ran).toMatchObject({ exitCode: 7, stderr: expect.stringMatching(why) });
    expect(ran.stderr).toMatch(/Nothing was changed/);
    expect((await audited(server, env))[0]?.detail).toMatchObject({ outcome: 'unchanged' });
    expect(await rowsOf(server)).toHaveLength(3);
    await server.sql('drop table if exists baskets; drop function never() cascade');
  });

  it('that a trigger keeps without a word are counted as in', async () => {
    await crowd(3);
    await server.sql(`create function keep() returns trigger language plpgsql as
      'begin return case when old.id = $$session 2$$ then null else old end; end';
      create trigger kept before delete on session for each row execute function keep()`);
    const ran = await everybodyOut(server, env);
    expect(ran).toMatchObject({
      exitCode: 7,
      stderr: expect.stringMatching(/keeps the row of 1 session.* 2 of 3 sessions are out/),
    });
    expect((await audited(server, env))[0]?.detail).toMatchObject({ outcome: 'partial', ended: 2 });
    await server.sql('drop function keep() cascade');
  });

  it('whose rows somebody holds keep none of the others in', async () => {
    const [alice, bob, carol] = [await server.logIn('alice'), await server.logIn('bob'), await server.logIn('carol')];
    const lock = await held('select from session where id = $1 for update', [bob.key]);
    const ran = await everybodyOut(server, env);
    expect(ran.exitCode).toBe(7);
    expect(ran.stderr).toContain('Another transaction holds the row of 1 session. 2 of 3 sessions are out.');
    expect([await server.accepts(alice), await server.accepts(carol)]).toEqual([false, false]);
    expect((await audited(server, env))[0]?.detail).toMatchObject({ outcome: 'partial', ended: 2 });
    await lock.end('rollback');
    expect((await everybodyOut(server, env)).exitCode).toBe(0);
    expect(await server.accepts(bob)).toBe(false);
  });

  it('stay as they are where that cannot be put on record, or nothing is chosen', async () => {
    const login = await server.logIn('alice');
    const file = join(env.HOME ?? '', 'a-file');
    writeFileSync(file, '');
    for (const state of [file, '/proc/none']) {
      const ran = await operate(server, SessionRevoke, [login.id], { env: { ...env, XDG_STATE_HOME: state } });
      expect(ran.exitCode, ran.stderr).toBe(6);
      expect(ran.stderr).toContain('Nothing was changed.');
    }
    expect(await server.accepts(login)).toBe(true);
    const nobody = await operate(server, SessionRevokeUser, ['alice@example.org', '--keep', login.id], { env });
    expect(nobody.stdout).toBe('Revoked 0 sessions of alice@example.org; 1 remains.\n');
    expect(await audited(server, env)).toEqual([]);
  });

  it('are said to be gone for good, before it is done and after', async () => {
    const login = await server.logIn('alice');
    const ran = await operate(server, SessionRevokeAll, [], {
      env,
      tty: true,
      answers: [[/Type/, `${decodeURIComponent(new URL(server.url).pathname.slice(1))}\r`]],
    });
    expect(ran.stderr + ran.stdout).toMatch(/There is no undo there: the rows are deleted\.[\s\S]*Revoked everybody/);
    expect(ran.stderr).not.toContain('tomo session restore');
    expect(await server.accepts(login)).toBe(false);
  });
});

describe('sessions of connect-pg-simple', () => {
  const server = useServer(async (database) => ({ ...(await startExpress(database)), pool: database.pool() }));
  beforeEach(() => empty(server));

  it('are found again where their rows were written while it waited', async () => {
    const [login, other] = [await server.logIn('alice'), await server.logIn('bob')];
    const client = await server.pool.connect();
    await client.query('begin');
    await client.query(`update session set expire = expire + interval '1 minute' where sid = $1`, [login.key]);
    const running = operate(server, SessionRevokeUser, ['alice', '--json']);
    await Promise.race([somebodyWaits(server), running]);
    await client.query('commit');
    client.release();
    expect((await running).json()).toMatchObject({ users: [{ revoked: 1, remaining: 0 }] });
    expect([await server.accepts(login), await server.accepts(other)]).toEqual([false, true]);
  });

  it('that come back every time are told, and that work remains', async () => {
    const login = await server.logIn('alice');
    const env = standingAt(server);
    await server.sql(`
      create function back() returns trigger language plpgsql as
        $$ begin insert into public.session values (old.sid, old.sess, old.expire); return null; end $$;
      create trigger back after delete on session for each row execute function back()`);
    const ran = await operate(server, SessionRevoke, [login.id], { env });
    await server.sql('drop function back cascade');
    expect(ran.exitCode).toBe(8);
    expect(ran.stderr).toContain('1 came back with a request in flight, and was revoked again.');
    expect(ran.stderr).toContain('Warning: 1 came back every time and is in');
    expect((await audited(server, env))[0]?.detail).toMatchObject({ outcome: 'partial' });
  });
});

describe('with the schema tomo in the same database', () => {
  const server = useServer(startBetterAuth);
  const rows = () => server.sql<Entry>("select action, detail from tomo.audit_log where action <> 'begin' order by id");
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    await empty(server);
    env = standingAt(server);
    expect((await operate({ ...server, reference: 'tomo' }, DbMigrate)).exitCode).toBe(0);
  });

  it('the audit is there, and commits together with the change', async () => {
    const [login, other] = [await server.logIn('alice'), await server.logIn('bob')];
    const ran = await operate(server, SessionRevoke, [login.id, '--reason', 'stolen'], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const written = await rows();
    expect(written).toMatchObject([{ action: 'revoke', detail: { server: 'better-auth', count: 1, outcome: 'done' } }]);
    await server.sql(`
      create function never() returns trigger language plpgsql as $$ begin raise exception 'never'; end $$;
      create constraint trigger never after delete on session deferrable initially deferred
        for each row execute function never()`);
    expect((await operate(server, SessionRevoke, [other.id], { env })).exitCode).not.toBe(0);
    await server.sql('drop function never cascade');
    expect(await rows()).toEqual(written);
    expect(await server.accepts(other)).toBe(true);
  });

  it('a role that may not write it changes nothing, and is told what it lacks', async () => {
    const login = await server.logIn('alice');
    const role = `revoker_${process.pid}`;
    await server.sql(`create role ${role} login password 'x'`);
    await server.sql(`grant select, delete on session to ${role}`);
    await server.sql(`grant select on "user" to ${role}`);
    const url = new URL(server.url);
    [url.username, url.password] = [role, 'x'];
    const asRole = { ...server, url: url.href };
    const refused = await operate(asRole, SessionRevoke, [login.id]);
    expect(refused.exitCode, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('Nothing was changed.');
    const [, grant = ''] = /(grant usage on schema tomo to [^\n]*)/.exec(refused.stderr) ?? [];
    expect(await server.accepts(login)).toBe(true);
    await server.sql(grant.replaceAll(/\s+/g, ' '));
    const ran = await operate(asRole, SessionRevoke, [login.id]);
    await server.sql(`drop owned by ${role}`);
    await server.sql(`drop role ${role}`);
    expect(ran.exitCode, ran.stderr).toBe(0);
  });
});

describe('what belongs to a session', () => {
  const server = useServer((database) => startTables(database, LARAVEL));

  it('is looked for where the users are, and nothing is changed where that is nowhere', async () => {
    const login = await server.logIn('alice');
    await server.sql('alter table users rename to members');
    const refused = await operate(server, SessionRevoke, [login.id]);
    expect(refused.exitCode, refused.stderr).toBe(7);
    expect(refused.stderr).toContain('users.id');
    expect(await server.accepts(login)).toBe(true);
    const named = { ...server, reference: `${server.reference},users=members` };
    expect((await operate(named, SessionRevoke, [login.id])).exitCode).toBe(0);
    expect(await server.sql('select from members where remember_token is not null')).toEqual([]);
  });
});
