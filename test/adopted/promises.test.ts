import { beforeEach, describe, expect, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import type { Session } from '../../src/model/session.ts';
import { SOME_SERVERS } from '../support/adopted/every-server.ts';
import { operate, standingAt } from '../support/adopted/operate.ts';
import { CLIENT, empty, type Kept, type Login, rowsOf, useServer } from '../support/adopted/server.ts';
import { tomo } from '../support/spawn.ts';

const KEPT: readonly Kept[] = ['ip', 'userAgent', 'createdAt', 'lastActivityAt', 'expiresAt'];
const ELSEWHERE = { ip: '198.51.100.23', agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1' };

/** The same is promised on every server. */
describe.each(SOME_SERVERS)('tomo on %s', (_, start) => {
  const server = useServer(start);
  let alice: Login;
  let phone: Login;
  let bob: Login;
  let everybody: Login[];

  beforeEach(async () => {
    await empty(server);
    alice = await server.logIn('alice');
    phone = await server.logIn('alice', ELSEWHERE);
    bob = await server.logIn('bob');
    everybody = [alice, phone, bob, ...(server.visit ? [await server.visit()] : [])];
  });

  /** Those whom the server lets in. */
  const accepted = async () => {
    const answers: Login[] = [];
    for (const login of everybody) if (await server.accepts(login)) answers.push(login);
    return answers;
  };
  const list = async (...argv: string[]) =>
    (await operate(server, SessionList, ['--json', ...argv])).json<{ sessions: Session[] }>().sessions;

  it('lists who is in, as far as the server knows it, and says what it does not know', async () => {
    const sessions = await list();
    expect(new Map(sessions.map(({ id, username }) => [id, username]))).toEqual(
      new Map(everybody.map(({ id, user }) => [id, user])),
    );
    const unknown = KEPT.filter((field) => !server.keeps.includes(field));
    for (const session of sessions) {
      for (const field of unknown) {
        expect(session, field).toMatchObject({ [field]: null });
        expect(session.unknownFields).toContain(field);
      }
      for (const field of server.keeps) expect(session.unknownFields ?? []).not.toContain(field);
    }
    const [one, other] = [alice, phone].map(({ id }) => sessions.find((session) => session.id === id));
    if (server.keeps.includes('ip')) expect([one?.ip, other?.ip]).toEqual([CLIENT.ip, ELSEWHERE.ip]);
    if (server.keeps.includes('userAgent'))
      expect([one?.userAgent, other?.userAgent]).toEqual([CLIENT.agent, ELSEWHERE.agent]);
    const now = Date.now();
    if (server.keeps.includes('expiresAt')) {
      for (const { expiresAt } of sessions)
        if (expiresAt) expect(Date.parse(expiresAt), expiresAt).toBeGreaterThan(now);
    }
    if (server.keeps.includes('lastActivityAt')) {
      for (const { lastActivityAt } of sessions)
        expect(Math.abs(Date.parse(lastActivityAt ?? '') - now), `${lastActivityAt}`).toBeLessThan(60_000);
    }
    expect((await list('--user', bob.user ?? '')).map(({ id }) => id)).toEqual([bob.id]);
    const others = everybody.filter(({ id }) => id !== bob.id).map(({ id }) => id);
    expect((await list('--not-user', bob.user ?? '')).map(({ id }) => id).toSorted()).toEqual(others.toSorted());
    const counted = await operate(server, SessionList, ['--not-user', bob.user ?? '', '--count']);
    expect(counted.stdout).toBe(`${others.length}\n`);
  });

  it('refuses a filter on what the server does not know, with the reason', async () => {
    const filters: [Kept, string[]][] = [
      ['ip', ['--ip', CLIENT.ip]],
      ['ip', ['--not-ip', CLIENT.ip]],
      ['createdAt', ['--since', 'yesterday']],
      ['lastActivityAt', ['--idle-for', '30d']],
    ];
    for (const [field, argv] of filters) {
      const ran = await operate(server, SessionList, argv);
      expect(ran.exitCode, `${argv.join(' ')}\n${ran.stderr}`).toBe(server.keeps.includes(field) ? 0 : 2);
      if (ran.exitCode === 2) expect(ran.stderr).toContain(argv[0]);
    }
  });

  it('prints no secret, in whatever form, nor where it is debugged', async () => {
    const outputs = ['table', 'wide', 'json', 'ndjson', 'csv', 'ids', 'count'];
    const said: string[] = [];
    const hear = async (...given: Parameters<typeof operate> extends [unknown, ...infer Rest] ? Rest : never) => {
      const { stdout, stderr, exitCode } = await operate(server, ...given);
      expect(exitCode, `${given[1]?.join(' ')}\n${stderr}`).toBe(0);
      said.push(stdout, stderr);
    };
    for (const output of outputs) await hear(SessionList, ['--output', output, '--state', 'all']);
    await hear(SessionList, [], { tty: true, columns: 200 });
    for (const { id } of everybody) {
      await hear(SessionShow, [id]);
      await hear(SessionShow, [id, '--json']);
      await hear(SessionRevoke, [id, '--dry-run']);
    }
    const debugged = await tomo(['session', 'list', '--json'], { env: { ...standingAt(server), DEBUG: '*' } });
    expect(debugged.exitCode).toBe(0);
    said.push(debugged.stdout, debugged.stderr);
    await hear(SessionRevokeUser, [alice.user ?? '']);
    await hear(SessionRevoke, [bob.id, '--json']);
    for (const secret of everybody.flatMap(({ secrets }) => secrets))
      for (const text of said) expect(text.includes(secret), `${secret} in ${text}`).toBe(false);
  });

  it('shows a session by the beginning of its id; a number only as a whole', async () => {
    const prefix = /^\d+$/.test(bob.id) ? bob.id : bob.id.slice(0, 14);
    const shown = await operate(server, SessionShow, [prefix, '--json']);
    expect(shown.exitCode, shown.stderr).toBe(0);
    expect(shown.stdout).toContain(`"${bob.user}"`);
  });

  it('revokes a session by its id: the server refuses it, and no other', async () => {
    const { stdout, stderr, exitCode } = await operate(server, SessionRevoke, [phone.id]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('revoked');
    expect(await accepted()).toEqual(everybody.filter((login) => login !== phone));
    expect((await list()).map(({ id }) => id)).not.toContain(phone.id);
  });

  it('revokes all sessions of a user, and nobody else', async () => {
    const { stdout, stderr, exitCode } = await operate(server, SessionRevokeUser, [alice.user ?? '']);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('2 sessions');
    expect(await accepted()).toEqual(everybody.filter(({ user }) => user !== alice.user));
  });

  it('revokes everybody but one', async () => {
    const { stderr, exitCode } = await operate(server, SessionRevokeAll, ['--keep', bob.id, '--yes']);
    expect(exitCode, stderr).toBe(0);
    expect(await accepted()).toEqual([bob]);
  });

  it('changes nothing by a dry run, nor where it finds another number than was expected', async () => {
    const before = await rowsOf(server);
    const dry = ['--dry-run'];
    expect((await operate(server, SessionRevoke, [alice.id, ...dry])).exitCode).toBe(0);
    expect((await operate(server, SessionRevokeUser, [alice.user ?? '', ...dry])).exitCode).toBe(0);
    expect((await operate(server, SessionRevokeAll, dry)).exitCode).toBe(0);
    const other = ['--expect', '7', '--yes'];
    expect((await operate(server, SessionRevokeUser, [alice.user ?? '', ...other])).exitCode).toBe(6);
    expect((await operate(server, SessionRevokeAll, other)).exitCode).toBe(6);
    expect(await rowsOf(server)).toEqual(before);
  });
});
