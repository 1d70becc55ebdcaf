import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BaseCommand } from '../../src/cli/base/base-command.ts';
import { browseSource } from '../../src/cli/browse/source.ts';
import type { OpenView } from '../../src/cli/watch/open-view.ts';
import DbStatus from '../../src/commands/db/status.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import type { SigningKeys } from '../../src/domain/token/token.ts';
import { auditRows } from '../db/helpers.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { type RunOptions, run } from '../support/run.ts';
import { aToken, FOREIGN_KEYS, KEY_ENV, OLD_KEYS } from '../support/tokens.ts';

type Anybody = 'alice' | 'bob' | 'eve';
type Command = Parameters<typeof run>[1];

onPostgres('acting as a Tomo user', (t) => {
  const users: Record<string, string> = {};
  const sessions: Record<string, string> = {};

  beforeEach(async () => {
    for (const [username, role] of [
      ['alice', 'admin'],
      ['bob', 'user'],
      ['eve', 'readonly'],
    ] as const) {
      users[username] = await aUser(t, { username, role });
      sessions[username] = await aSession(t, users[username]);
      sessions[`${username}2`] = await aSession(t, users[username], { idle: 5 });
    }
  });

  const id = (name: string) => sessions[name] ?? '';
  const as = async (who: Anybody, command: Command, argv: string[], options: RunOptions = {}) =>
    run(t, command, argv, { ...options, env: { ...KEY_ENV, TOMO_TOKEN: await aToken(t, id(who)), ...options.env } });

  it.each(['alice', 'bob', 'eve'] as const)('--mine is the sessions of %s, with the own one marked', async (who) => {
    const { stdout, exitCode } = await as(who, SessionList, ['--mine'], { tty: true });
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n').slice(1);
    expect(lines.map((line) => /^\S+ +(\S+(?: \(current\))?)/.exec(line)?.[1])).toEqual([`${who} (current)`, who]);
    expect(lines[0]).toContain(id(who).replaceAll('-', '').slice(0, 8));
    expect((await as(who, SessionList, ['--mine', '--output', 'ids'])).stdout.split('\n').filter(Boolean)).toEqual([
      id(who),
      id(`${who}2`),
    ]);
    expect((await as(who, SessionList, ['--mine', '--count'])).stdout).toBe('2\n');
    expect((await as(who, SessionShow, [id(who)])).stdout).toMatch(/^Session +\S+ \(current\)$/m);
    expect((await as(who, SessionShow, [id(`${who}2`)])).stdout).not.toContain('(current)');
  });

  it('--mine says where it would know from who you are', async () => {
    for (const [command, argv] of [
      [SessionList, ['--mine']],
      [SessionRevoke, ['--mine', '--yes']],
    ] as const) {
      const { stderr, exitCode } = await run(t, command, [...argv]);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/TOMO_TOKEN.*--user NAME/s);
    }
    expect(await liveIds(t)).toHaveLength(6);
  });

  describe.each(['user', 'readonly'])('with role %s', (role) => {
    beforeEach(() => t.sql(`update tomo.users set role = $1 where username = 'bob'`, [role]));

    it('own sessions, by id, by filter and all of them', async () => {
      expect(await as('bob', SessionRevoke, [id('bob2').slice(0, 8)])).toMatchObject({ exitCode: 0 });
      expect(await as('bob', SessionWhy, [id('bob2')])).toMatchObject({ exitCode: 0 });
      sessions.bob2 = await aSession(t, users.bob ?? '');
      expect(await as('bob', SessionRevoke, ['--mine', '--idle-for', '9h', '--yes'])).toMatchObject({ exitCode: 0 });
      expect(await as('bob', SessionRevokeUser, ['BOB', '--keep', id('bob')])).toMatchObject({ exitCode: 0 });
      expect(await liveIds(t)).toEqual([id('alice'), id('alice2'), id('bob'), id('eve'), id('eve2')].sort());
      expect(await as('bob', SessionRevoke, ['00000000'])).toMatchObject({ exitCode: 4 });
    });

    it("a prefix means own session, and nobody else's are offered", async () => {
      const own = await aSession(t, users.bob ?? '', { id: '3f2a9c41-0000-4000-8000-000000000001' });
      await aSession(t, users.alice ?? '', { id: '3f2a9c41-0000-4000-8000-000000000002' });
      expect((await as('bob', SessionShow, ['3f2a'])).stdout).toContain(own);
      await aSession(t, users.bob ?? '', { id: '3f2a9c41-0000-4000-8000-000000000003' });
      const { stderr, exitCode } = await as('bob', SessionShow, ['3f2a']);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/2 sessions start with 3f2a/);
      expect(stderr).not.toContain('alice');
      await t.sql(
        `insert into tomo.devices (id, user_id, fingerprint) select ('7c1d20aa-0000-4000-8000-00000000000' || i)::uuid,
           $1, sha256(i::text::bytea) from generate_series(1, 2) i`,
        [users.alice],
      );
      for (const [command, argv, exit] of [
        [SessionList, ['--mine', '--device', '7c1d20aa'], 0],
        [SessionRevoke, ['--mine', '--keep', id('alice'), '--yes'], 4],
        [SessionRevoke, ['--mine', '--keep', id('alice').slice(0, 13), '--yes'], 4],
      ] as const) {
        const ran = await as('bob', command, [...argv]);
        expect([ran.stdout, ran.exitCode], ran.stderr).toEqual(['', exit]);
        expect(ran.stderr).not.toContain('alice');
      }
      expect(await liveIds(t)).toContain(id('bob'));
      const picked = await as('bob', SessionRevoke, [], { tty: true, answers: [[/bob \(current\)/, '\u0003']] });
      expect(picked.stdout).toContain('bob (current)');
      expect(picked.stdout).not.toContain('alice');
    });
  });

  it('the audit and ended_by name the user, as a claim, beside account and host', async () => {
    await as('bob', SessionRevoke, [id('bob2'), '--reason', 'not me']);
    const claim = {
      user: 'bob',
      claimed: true,
      osUser: expect.any(String),
      host: expect.any(String),
      dbRole: expect.any(String),
    };
    expect(await auditRows(t)).toMatchObject([{ action: 'revoke', reason: 'not me', actor: claim }]);
    expect(await t.sql('select actor from tomo.revocations')).toMatchObject([{ actor: claim }]);
    expect(await t.sql('select ended_by from tomo.verdicts(now()) where id = $1', [id('bob2')])).toEqual([
      { ended_by: 'bob (claimed)' },
    ]);
    await run(t, SessionRevoke, [id('bob')]);
    expect((await auditRows(t)).at(-1)?.actor).not.toHaveProperty('user');
  });

  it('questions and answers say that your own session is among them', async () => {
    const asked = (argv: string[], question: RegExp, command: Command = SessionRevoke) =>
      as('alice', command, argv, { tty: true, answers: [[question, '\r']] });
    await asked(['--mine'], /Revoke 2 sessions of alice, your own among them\?/);
    await asked(['--mine', '--idle-for', '3m'], /Revoke 1 session of alice\?/);
    await asked(['--ip', '203.0.113.7'], /alice \(current\)[\s\S]*Revoke 6 sessions of 3 users, your own among them\?/);
    await asked(['alice'], /Revoke 2 sessions of alice, your own among them\?/, SessionRevokeUser);
    await asked([], /Log out everybody, including yourself\?/, SessionRevokeAll);
    await asked(['--keep', id('alice')], /Log out everybody else\?/, SessionRevokeAll);
    expect((await as('alice', SessionRevoke, ['--mine', '--dry-run', '--json'])).json()).toMatchObject({
      sessions: 2,
      includesOwn: true,
    });
    expect((await as('alice', SessionRevoke, [id('alice'), id('bob')])).stdout).toMatch(
      /\(alice,.*, your own session\)\n.*\(bob,[^\n]*7\)$/m,
    );
  });

  describe('a token that is not accepted ends everything with exit 3 and the reason', () => {
    const refused = async (token: string, reason: RegExp, env: NodeJS.ProcessEnv = KEY_ENV) => {
      for (const [command, argv] of [
        [SessionList, []],
        [SessionRevokeAll, ['--yes']],
      ] as const) {
        const { stdout, stderr, exitCode } = await run(t, command, [...argv], { env: { ...env, TOMO_TOKEN: token } });
        expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
        expect(stderr).toMatch(reason);
        expect(stderr).toMatch(/unset TOMO_TOKEN|JWT_SECRET_KEY_FILE/);
        if (token.length > 40) for (const part of token.split('.').filter(Boolean)) expect(stderr).not.toContain(part);
      }
    };
    const of = (who: Anybody, options: { keys?: SigningKeys; minutes?: number; age?: number; userId?: string } = {}) =>
      aToken(t, id(who), options);

    it('empty, malformed, forged, of another algorithm, expired', async () => {
      await refused('', /TOMO_TOKEN is set, and empty/);
      await refused('  ', /TOMO_TOKEN is set, and empty/);
      await refused('x'.repeat(50), /It is not a JWT/);
      await refused(await of('alice', { keys: FOREIGN_KEYS }), /signed by none of our keys/);
      const [, claims] = (await of('alice')).split('.');
      await refused(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`, /algorithm is "none"/);
      await refused(await of('alice', { minutes: 10, age: 11 }), /It expired [56]\d s ago/);
      await refused(await of('alice', { age: -5 }), /It becomes valid in .* a clock is wrong/);
    });

    it.each([
      ['revoked', `update tomo.sessions set ended_at = now(), end_reason = 'revoked'`, /Its session was revoked\./],
      ['revoked with everybody', 'select tomo.revoke_all()', /Its session was revoked\./],
      [
        'logged out',
        `update tomo.sessions set ended_at = now(), end_reason = 'logout'`,
        /Its session was logged out\./,
      ],
      [
        'evicted',
        `update tomo.sessions set ended_at = now(), end_reason = 'evicted'`,
        /Its session was evicted by the session limit\./,
      ],
      [
        'expired',
        `update tomo.sessions set last_activity_at = now() - interval '2 hours', created_at = now() - interval '2 hours'`,
        /Its session has expired/,
      ],
      [
        'of an inactive user',
        'do $$ begin update tomo.users set is_active = false; update tomo.sessions set user_epoch = 1; end $$',
        /Its session belongs to a user who is not active\./,
      ],
      [
        'ended by a deactivation',
        'update tomo.users set is_active = false',
        // no trigger revokes it there
        CLUSTER ? /belongs to a user who is not active\./ : /Its session was revoked\./,
      ],
      ['deleted', 'delete from tomo.sessions', /There is no such session/],
    ])('of a session that is %s', async (_, change, reason) => {
      const token = await of('alice');
      await t.sql(change);
      await refused(token, reason);
    });

    it('of a session of somebody else', async () =>
      refused(await of('bob', { userId: users.alice ?? '' }), /Its session belongs to another user/));

    it('and without a key it says how to give one', async () =>
      refused(await of('alice'), /there is no signing key to check it with/, {}));
  });

  it('browsing, the words of a user are looked for among their own sessions', async () => {
    const operator = { userId: users.bob ?? '', username: 'bob', role: 'user' as const, sessionId: id('bob') };
    const use = (work: (db: typeof t.db) => Promise<unknown>) => work(t.db);
    const view = { use, pause: (ms: number) => ms } as unknown as OpenView;
    const source = browseSource(view, {
      operator: () => operator,
      actor: () => ({ osUser: 'test', host: 'test' }),
      now: () => new Date(),
      mine: false,
    });
    const page = { scope: null, sort: 'activity', reverse: false, filter: 'active', limit: 10, after: undefined };
    const found = async (search: string) =>
      (await source.page({ view: 'sessions', search, ...page })).rows.map(({ id }) => id);
    expect(await found('')).toEqual([id('bob'), id('bob2')]);
    expect(await found('alice')).toEqual([]);
    expect(await found('nobody')).toEqual([]);
    expect(await source.who()).toBe('bob (user)');
    // what is everybody's is not there, and not to be had
    for (const view of ['users', 'alerts', 'audit', 'activity'] as const)
      await expect(source.page({ view, search: '', ...page })).rejects.toThrow(/needs role admin/);
    const first = await source.page({ view: 'sessions', search: '', ...page });
    expect(first.absent).toHaveProperty('users');
    // and taking a revocation back is for role admin
    expect(first.undoes).toBe(false);
  });

  it('a token of the previous key is good, and so is space around one', async () => {
    const token = await aToken(t, id('bob'), { keys: OLD_KEYS });
    expect(await run(t, SessionList, ['--mine'], { env: { ...KEY_ENV, TOMO_TOKEN: ` ${token}\n` } })).toMatchObject({
      exitCode: 0,
    });
  });

  it('what concerns no session asks nobody who they are', async () => {
    expect(await run(t, DbStatus, [], { env: { TOMO_TOKEN: 'nonsense' } })).toMatchObject({ exitCode: 0 });
  });

  it('its use is no activity: the session does not live longer by it', async () => {
    const at = () => t.sql('select last_activity_at::text from tomo.sessions where id = $1', [id('bob2')]);
    const before = await at();
    const token = await aToken(t, id('bob2'));
    await run(t, SessionList, ['--mine'], { env: { ...KEY_ENV, TOMO_TOKEN: token } });
    expect(await at()).toEqual(before);
  });
});

describe('what a command needs of a Tomo user', () => {
  const folder = join(import.meta.dirname, '../../src/commands');
  const files = globSync('**/*.ts', { cwd: folder }).sort();

  it.each(files)(
    '%s: what is confined to own sessions confines itself, and what changes anything asks who it is',
    async (file) => {
      const { default: command } = (await import(join(folder, file))) as { default: typeof BaseCommand };
      const { access, changes } = command;
      if (access === 'own')
        expect(readFileSync(join(folder, file), 'utf8')).toMatch(
          /confine(Filter|Ids|Users|Token)|resolveSession|browseSource|this\.operator/,
        );
      if (changes) expect(access).not.toBe('none');
    },
  );
});
