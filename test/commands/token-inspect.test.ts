import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import SessionShow from '../../src/commands/session/show.ts';
import SessionWhy from '../../src/commands/session/why.ts';
import TokenInspect from '../../src/commands/token/inspect.ts';
import { verifySession } from '../../src/domain/server/session.ts';
import type { TokenInspection } from '../../src/domain/token/inspection.ts';
import { signToken } from '../../src/domain/token/token.ts';
import type { TriagedToken } from '../../src/domain/token/triage.ts';
import { auditRows } from '../db/helpers.ts';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { type Ran, type RunOptions, run } from '../support/run.ts';
import { aToken, FOREIGN_KEYS, KEY_ENV, KEYS, OLD_KEYS } from '../support/tokens.ts';

const ID = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';
const flat = (text: string) => text.replaceAll(/\s+/g, ' ');
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

onPostgres('token inspect', (t) => {
  let ann: string;
  let bob: string;

  beforeEach(async () => {
    [ann, bob] = [await aUser(t, { username: 'ann' }), await aUser(t, { username: 'bob' })];
    await aSession(t, ann, { id: ID });
  });

  /** Nothing of the token may be anywhere. Header and claims are public, but nobody needs them encoded. */
  const silent = (ran: Ran, ...tokens: string[]) => {
    const parts = tokens.flatMap((token) => token.split('.')).filter((part) => part.length > 8);
    const said = ran.stdout + ran.stderr;
    expect(parts.filter((part) => said.includes(part))).toEqual([]);
    return ran;
  };
  const inspect = async (token: string, argv: string[] = [], options: RunOptions = {}) =>
    silent(await run(t, TokenInspect, ['-', ...argv], { stdin: token, env: KEY_ENV, ...options }), token);
  const sign = (options: Parameters<typeof aToken>[2] = {}) => aToken(t, ID, options);

  describe('one token', () => {
    it('that the server would accept: says so, whose it is, until when; exit 0', async () => {
      const { stdout, stderr, exitCode } = await inspect(`${await sign()}\n`);
      expect(exitCode).toBe(0);
      expect(stderr).toBe('');
      expect(stdout.split('\n')[0]).toBe('Accepted: the server would take it now, as ann (session 3f2a9c41).');
      for (const fact of [
        /^Signature +by the current key$/m,
        /^Algorithm +HS256$/m,
        /^Issuer +tomo$/m,
        new RegExp(`^User +${ann} \\(ann\\)$`, 'm'),
        new RegExp(`^Session +${ID} \\(active\\)$`, 'm'),
        /^Issued .*\(1m ago\)$/m,
        /^Expires .*\(in 58m\)$/m,
      ])
        expect(stdout).toMatch(fact);
      expect((await inspect(await sign({ keys: OLD_KEYS }))).stdout).toMatch(
        /^Accepted[\s\S]*^Signature +by a previous key$/m,
      );
    });

    const [header, claims] = [
      base64url({ alg: 'none' }),
      base64url({ iss: 'tomo', sid: ID, iat: 1, exp: 9_999_999_999 }),
    ];
    it.each<[string, string, RegExp, () => Promise<string> | string]>([
      [
        'expired',
        'expired',
        /it expired \d+ s ago\. Its session is live: a newer token of it may be in use\./,
        () => sign({ minutes: 5, age: 10 }),
      ],
      ['from the future', 'not-yet-valid', /it becomes valid in \d+ s: a clock is wrong\./, () => sign({ age: -10 })],
      [
        'signed by somebody else',
        'signature',
        /none of our keys, or altered since\. It names session 3f2a9c41 of ann, which anybody can write\./,
        () => sign({ keys: FOREIGN_KEYS }),
      ],
      [
        'altered',
        'signature',
        /none of our keys, or altered since\./,
        async () => [...(await sign({ userId: bob })).split('.').slice(0, 2), (await sign()).split('.')[2]].join('.'),
      ],
      [
        'unsigned',
        'algorithm',
        /its algorithm is "none"; only HS256 is accepted\. It names session 3f2a9c41 of ann/,
        () => `${header}.${claims}.`,
      ],
      ['cut short', 'malformed', /it is not a JWT\./, async () => (await sign()).slice(0, 60)],
      [
        'of another user',
        'other-user',
        /it was issued to another user: session 3f2a9c41 is ann's\./,
        () => sign({ userId: bob }),
      ],
      [
        'of no session',
        'no-session',
        /there is no session that it names \(any more\)\./,
        () => aToken(t, '00000000-0000-4000-8000-000000000009'),
      ],
    ])('%s: not accepted, exit 3 and the reason', async (_, refusal, words, make) => {
      const token = await make();
      const { stdout, exitCode } = await inspect(token);
      expect(exitCode).toBe(3);
      expect(flat(stdout)).toMatch(/^Not accepted: /);
      expect(flat(stdout)).toMatch(words);
      const json = (await inspect(token, ['--json'])).json<TokenInspection>();
      expect(json).toMatchObject({ accepted: false, refusal });
      // and that is what the server says
      expect(await verifySession(t.db, KEYS, token, { activity: false })).toMatchObject({ ok: false });
    });

    it.each([
      [
        'logged out',
        `update tomo.sessions set ended_at = now(), end_reason = 'logout', ended_by = 'ann'`,
        /ann logged out/,
      ],
      [
        'revoked',
        `select tomo.revoke_all('{"user": "olga"}', 'phished')`,
        /revoked .* by olga \(claimed\), with everybody \(revocation 1: "phished"\)\./,
      ],
      [
        'expired',
        `update tomo.sessions set last_activity_at = now() - interval '2 hours', created_at = now() - interval '2 hours'`,
        /expired 1h ago, at .*, 60 min after its last activity, the timeout\./,
      ],
      [
        'of an inactive user',
        'update tomo.users set is_active = false',
        // no trigger revokes it there
        CLUSTER ? /the user ann is not active/ : /revoked just now by postgres/,
      ],
    ])('of a session that is %s: the reason of that', async (_, change, words) => {
      const token = await sign();
      await t.sql(change);
      const { stdout, exitCode } = await inspect(token);
      expect(exitCode).toBe(3);
      expect(flat(stdout)).toMatch(/^Not accepted: /);
      expect(flat(stdout)).toMatch(words);
      const expired = await inspect(await sign({ minutes: 5, age: 10 }));
      expect(flat(expired.stdout)).toMatch(/it expired .* ago\. Its session is dead, too: /);
      expect(await verifySession(t.db, KEYS, token, { activity: false })).toMatchObject({ ok: false });
    });

    it('without a key: says that nobody can tell, still reads it, and refuses what is certain', async () => {
      const options = { env: {} };
      const unknown = await inspect(await sign(), [], options);
      expect(unknown.exitCode).toBe(3);
      expect(flat(unknown.stdout)).toMatch(
        /^Unknown: without the signing key .* If it is, the server would take it now, as ann \(session 3f2a9c41\)\./,
      );
      expect(unknown.stdout).toMatch(/^Signature +not checked$/m);
      expect(unknown.stderr).toMatch(/JWT_SECRET_KEY_FILE/);
      expect((await inspect(await sign(), ['--json'], options)).json()).toMatchObject({
        accepted: null,
        refusal: 'no-key',
        signature: 'unchecked',
      });
      expect((await inspect(await sign({ minutes: 5, age: 10 }), ['--json'], options)).json()).toMatchObject({
        accepted: false,
        refusal: 'expired',
      });
      await t.sql('delete from tomo.sessions');
      expect((await inspect(await aToken(t, ID), ['--json'], options)).json()).toMatchObject({
        accepted: false,
        refusal: 'no-session',
      });
    });

    it('points out clocks that differ, and what the database would say', async () => {
      const now = new Date(Date.now() - 20 * 60_000);
      const { stdout } = await inspect(await sign({ minutes: 10, age: 5, now }), [], { now });
      expect(flat(stdout)).toMatch(
        /^Accepted: .* Clocks The clock of this machine is (1199|1200|1201) s behind the database's/,
      );
      expect(stdout).toMatch(/By the database's clock it is not accepted: expired\./);
    });

    it('is taken out of what stands around it', async () => {
      const token = await sign();
      for (const text of [
        `Authorization: Bearer ${token}`,
        `tomo_session=${token}; HttpOnly`,
        `"${token}"`,
        `\r\n ${token} \r\n`,
      ])
        expect((await inspect(text.includes('\n') ? text : `${text}\n`)).stdout).toMatch(/^Accepted/);
    });

    it('as an argument works, with a warning', async () => {
      const token = await sign();
      for (const argument of [token, `Bearer ${token}`]) {
        const ran = silent(await run(t, TokenInspect, [argument], { env: KEY_ENV }), token);
        expect(ran.stdout).toMatch(/^Accepted/);
        expect(ran.stderr).toMatch(
          /^Warning: a token on the command line stays in the history of the shell, and other users see it in ps\./,
        );
      }
    });

    it('does not repeat what else it holds, nor a token within', async () => {
      const inner = await sign();
      const hostile = `${base64url({ alg: 'HS256', typ: '\u001b[2J' })}.${base64url({ iss: inner, password: 'hunter2', '\u001b[31m': 1, sid: [ID], exp: 'x' })}.AAAAAAAAAAAAAAAA`;
      for (const more of [[], ['--json']]) {
        const ran = silent(await inspect(hostile, more), inner);
        expect(ran.exitCode).toBe(3);
        expect(ran.stdout).not.toContain('hunter2');
        expect(ran.stdout).not.toMatch(/\u001b/);
        expect(ran.stdout).toContain('password');
      }
    });

    it('that is none: exit 2, and it is not repeated', async () => {
      const signature = `x${(await sign()).split('.')[2]?.slice(1)}`;
      for (const argument of ['hello', signature]) {
        const ran = silent(
          await run(t, TokenInspect, [argument], { env: KEY_ENV }),
          argument.length > 8 ? argument : '',
        );
        expect(ran.exitCode).toBe(2);
        expect(ran.stderr).toMatch(/^Error: There is no file (hello|<token>)\.\n/);
      }
      expect(await run(t, TokenInspect, ['-'], { env: KEY_ENV, stdin: '' })).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/nothing on stdin/),
      });
    });
  });

  describe('session show and session why', () => {
    it('take a token for the id, and say what it is worth', async () => {
      const token = await sign({ keys: OLD_KEYS });
      for (const [command, words] of [
        [SessionShow, /^State +active$/m],
        [SessionWhy, /^Live: the server would accept session 3f2a9c41 of ann now\.$/m],
      ] as const) {
        const piped = silent(await run(t, command, ['-'], { env: KEY_ENV, stdin: `${token}\n` }), token);
        expect(piped.exitCode).toBe(0);
        expect(piped.stderr).not.toMatch(/Warning/);
        expect(piped.stdout).toMatch(/^Accepted: [\s\S]*^Signature +by a previous key$/m);
        expect(piped.stdout).toMatch(words);
        const given = silent(await run(t, command, [token], { env: {} }), token);
        expect(given.stdout).toMatch(/^Unknown: /);
        expect(given.stderr).toMatch(/^Warning: a token on the command line/);
        const json = silent(await run(t, command, ['-', '--json'], { env: KEY_ENV, stdin: token }), token);
        expect(json.json()).toMatchObject({ session: { id: ID }, token: { accepted: true, signature: 'previous' } });
        expect((await run(t, command, ['-'], { stdin: ' 3f2a9c41\n' })).stdout).toMatch(words);
      }
      expect((await run(t, SessionShow, [ID, '--json'])).json()).not.toHaveProperty('token');
    });

    it.each([
      ['nothing', '', 2, /neither an id nor a token on stdin/],
      [
        'two tokens',
        `${'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA'}\n${'eyJhbGciOiJIUzI1NiJ9.eyJhIjoyfQ.AAAA'}`,
        2,
        /There are 2 tokens.*tomo token inspect -/s,
      ],
      ['two ids', '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6\n3F2A9C42\n', 2, /There are 2 ids.*xargs/s],
      ['half a token', 'eyJhbGciOiJIUzI1NiJ9.eyJ', 2, /Was all of it copied\?/],
      ['a token of no session', 'eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.AAAA', 4, /no session that the token names/],
      ['far too much', 'x'.repeat(70_000), 2, /more on stdin than one id or token/],
    ])('%s on stdin', async (_, stdin, code, words) => {
      const ran = await run(t, SessionShow, ['-'], { stdin, env: KEY_ENV });
      expect(ran.exitCode).toBe(code);
      expect(ran.stderr).toMatch(words);
      expect(ran.stderr).not.toContain('eyJ');
    });

    it('many tokens are for an admin', async () => {
      const bobs = await aSession(t, bob);
      const env = { ...KEY_ENV, TOMO_TOKEN: await aToken(t, bobs) };
      const many = { env, stdin: `${await aToken(t, bobs)}\n${await sign()}` };
      expect(await run(t, TokenInspect, ['-'], many)).toMatchObject({ exitCode: 5, stdout: '' });
      expect(await run(t, TokenInspect, ['-', '--revoke'], many)).toMatchObject({ exitCode: 5, stdout: '' });
      expect(await liveIds(t)).toHaveLength(2);
    });
  });

  it('no message of any command repeats a token, wherever it was put by mistake', async () => {
    const token = await sign();
    for (const [command, argv] of [
      [SessionShow, ['3f2a', token]],
      [SessionRevoke, [token]],
      [SessionRevoke, [token.slice(0, 50)]],
      [SessionRevoke, [token, '--user', 'ann']],
      [SessionRevoke, [token.split('.')[2] ?? '']],
      [SessionRevoke, [`-x${token.split('.')[2]}`]],
      // read as --user, which asks first
      [SessionRevoke, [`-u${token.split('.')[2]}`]],
      [SessionRevokeUser, [token]],
      [SessionList, ['--user', token]],
      [SessionList, ['--since', token]],
      [SessionList, [token]],
      [SessionList, ['--columns', token]],
      [TokenInspect, ['-', token]],
      [TokenInspect, [token, '--revoke', '--limit', token]],
    ] as const) {
      for (const more of [[], ['--json']]) {
        const ran = silent(await run(t, command, [...argv, ...more], { env: { ...KEY_ENV, DEBUG: 'tomo' } }), token);
        expect(ran.exitCode).toBeOneOf([2, 4, 6]);
      }
    }
  });

  describe('many tokens', () => {
    /** A log with tokens of everything there is, and the live sessions that may be revoked by it. */
    const aLog = async () => {
      const [second, third, dead] = [
        await aSession(t, ann),
        await aSession(t, bob),
        await aSession(t, bob, { ended: 5 }),
      ];
      const tokens = [
        await sign(),
        await aToken(t, second, { minutes: 5, age: 10, keys: OLD_KEYS }),
        await aToken(t, third, { keys: FOREIGN_KEYS }),
        await aToken(t, dead),
        await aToken(t, ID, { userId: bob }),
        await sign({ minutes: 5, age: 10 }),
        'eyJhbGciOiJIUzI1NiJ9',
      ];
      const lines = tokens.map((token) => `203.0.113.7 - "GET /" 200 "Bearer ${token}"`);
      lines.splice(2, 0, 'a line without', '');
      return { log: `${lines.join('\n')}\n`, tokens, revocable: [ID, second], left: third };
    };
    const triage = async (
      argv: string[],
      { log, tokens }: { log: string; tokens: string[] },
      options: RunOptions = {},
    ) => silent(await run(t, TokenInspect, ['-', ...argv], { stdin: log, env: KEY_ENV, ...options }), ...tokens);

    it('each token once, with the line where it stood first and how often; also by the name of a file', async () => {
      const { log, tokens } = await aLog();
      const again = { log: log.repeat(3), tokens };
      const { stdout, stderr } = await triage(['--output', 'ndjson'], again);
      const told = stdout.trimEnd().split('\n');
      expect(told.map((line) => JSON.parse(line)).map(({ line, times }) => [line, times])).toEqual(
        [1, 2, 5, 6, 7, 8, 9].map((line) => [line, 3]),
      );
      expect(stderr).toContain('7 tokens, 21 times in 27 lines');
      const file = join(mkdtempSync(join(inject('scratch'), 'tokens-')), 'access.log');
      writeFileSync(file, again.log);
      const named = silent(await run(t, TokenInspect, [file, '--output', 'ndjson'], { env: KEY_ENV }), ...tokens);
      expect([named.stdout, named.stderr]).toEqual([stdout, expect.not.stringContaining('command line')]);
      writeFileSync(`${file}.gz`, gzipSync(again.log));
      const packed = silent(
        await run(t, TokenInspect, [`${file}.gz`, '--output', 'ndjson'], { env: KEY_ENV }),
        ...tokens,
      );
      expect(packed.stdout).toBe(stdout);
      writeFileSync(`${file}.xz`, Buffer.from('fd377a585a000004e6d6b446', 'hex'));
      for (const [name, words] of [
        [`${file}.xz`, /is no text.*\n.*xzcat FILE \| tomo token inspect -/],
        [join(file, '..'), /is a folder/],
        [`${file}.1`, /There is no file/],
        ['x'.repeat(300), /There is no file of that name/],
      ] as const) {
        const none = await run(t, TokenInspect, [name], { env: KEY_ENV });
        expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(words) });
        expect(none.stderr).not.toContain('Warning');
      }
    });

    it('one line for each, where it stood, its verdict and session, and a summary', async () => {
      const { stdout, stderr, exitCode } = await triage([], await aLog());
      expect(exitCode).toBe(0);
      const rows = stdout
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.split('\t'));
      expect(
        rows.map(([line, verdict, signature, , user, state, , revoke]) => [
          line,
          verdict,
          signature,
          user,
          state,
          revoke,
        ]),
      ).toEqual([
        ['1', 'accepted', 'current', 'ann', 'active', 'revoke'],
        ['2', 'expired', 'previous', 'ann', 'active', 'revoke'],
        ['5', 'signature', 'invalid', 'bob', 'active', 'skip'],
        ['6', 'session-dead', 'current', 'bob', 'revoked', ''],
        ['7', 'other-user', 'current', 'ann', 'active', 'skip'],
        ['8', 'expired', 'current', 'ann', 'active', 'revoke'],
        ['9', 'malformed', 'unchecked', '', '', ''],
      ]);
      expect(flat(stderr)).toContain(
        "7 tokens in 9 lines (1 without a token): 1 accepted, 2 expired, 1 not signed by our keys, 1 malformed, 1 of another user's session, 1 of a dead session.",
      );
      expect(stderr).toContain('Genuine ones are of 2 live sessions of 1 user.');
      expect(stderr).toContain('1 live session is named only by tokens that prove nothing; it is left alone.');
      expect(await liveIds(t)).toHaveLength(3);
    });

    it.each([40, 80, 140])('fits a terminal of %i columns', async (columns) => {
      const { stdout } = await triage([], await aLog(), { tty: true, columns });
      expect(stdout.split('\n')[0]).toMatch(/^LINE +VERDICT .*REVOKE( +TIMES)?$/);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.max(columns, 60));
    });

    it('--revoke ends what genuine tokens are of, expired or not, and nothing by a forged one', async () => {
      const world = await aLog();
      const { stderr, exitCode } = await triage(['--revoke', '--reason', 'leaked log'], world);
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/Revoked 2 sessions \(revocation 1\)\.\nUndo within 24 hours: tomo session restore 1/);
      expect(await liveIds(t)).toEqual([world.left]);
      expect(await auditRows(t)).toMatchObject([
        { action: 'revoke', reason: 'leaked log', detail: { scope: 'sessions', count: 2, filter: { tokens: 7 } } },
      ]);
      const again = await triage(['--revoke', '--json'], world);
      expect(again.json()).toMatchObject({
        schemaVersion: 1,
        tokens: expect.any(Array),
        summary: { tokens: 7, lines: 9, linesWithout: 1, verdicts: { signature: 1 }, revocable: 0, unproven: 1 },
        revoked: { revocation: null, revoked: 0 },
      });
      expect(await t.sql('select id from tomo.revocations')).toHaveLength(1);
    });

    it('--dry-run and --expect change nothing where they should not', async () => {
      const world = await aLog();
      expect((await triage(['--revoke', '--dry-run'], world)).stderr).toContain('Would revoke 2 sessions.');
      expect(await triage(['--revoke', '--dry-run', '--expect', '3'], world)).toMatchObject({ exitCode: 6 });
      expect(await triage(['--revoke', '--expect', '3'], world)).toMatchObject({ exitCode: 6 });
      expect(await liveIds(t)).toHaveLength(3);
      expect(await auditRows(t)).toEqual([]);
      expect(await triage(['--revoke', '--expect', '2', '--compromised', '--yes'], world)).toMatchObject({
        exitCode: 0,
      });
    });

    it('--revoke needs the key, and what goes with it needs --revoke', async () => {
      const world = await aLog();
      expect(await triage(['--revoke'], world, { env: {} })).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/--revoke needs the signing key/),
      });
      for (const flag of ['--yes', '-n', '--compromised', '--reason=x', '--expect=1']) {
        expect(await triage([flag], world)).toMatchObject({
          exitCode: 2,
          stderr: expect.stringMatching(/goes only with --revoke/),
        });
      }
      const unchecked = await triage(['--output', 'ndjson'], world, { env: {} });
      expect(unchecked.stderr).toMatch(/not checked[\s\S]*None of the genuine ones belongs to a live session/);
      expect(unchecked.stdout).not.toContain('"action":"revoke"');
      expect(await liveIds(t)).toHaveLength(3);
    });

    it('one token is a list, too, where one was asked for', async () => {
      const token = await sign();
      for (const argv of [
        ['--output', 'ndjson'],
        ['--columns', 'line,verdict'],
        ['--revoke', '--dry-run'],
      ]) {
        const { stdout } = await inspect(token, argv);
        expect(stdout).toMatch(/accepted/);
        expect(stdout).not.toMatch(/^Accepted/);
      }
      const row = JSON.parse((await inspect(token, ['--output', 'ndjson'])).stdout) as TriagedToken;
      expect(row).toMatchObject({
        line: 1,
        accepted: true,
        verdict: 'accepted',
        sessionId: ID,
        username: 'ann',
        action: 'revoke',
      });
      expect(await run(t, TokenInspect, ['-', '--output', 'ids'], { stdin: token })).toMatchObject({ exitCode: 2 });
    });

    it('lines without any token are no failure', async () => {
      const { stdout, stderr, exitCode } = await run(t, TokenInspect, ['-'], { stdin: 'one\ntwo\n', env: KEY_ENV });
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
      expect(stderr).toMatch(/No token in 2 lines/);
    });

    it('more than a batch, in their order, across the chunks of stdin, each session revoked once', async () => {
      const sessions: string[] = [];
      for (let i = 0; i < 7; i += 1) sessions.push(await aSession(t, bob));
      const tokens: string[] = [];
      for (let i = 0; i < 2345; i += 1) {
        const claims = { sessionId: sessions[i % 7] ?? '', userId: bob, lifetime: 3600 + i, now: new Date() };
        tokens.push(await signToken(KEYS, claims));
      }
      const log = tokens.map((token, i) => `${i} ${token}`).join('\n');
      const { stdout, stderr } = await triage(['--revoke', '--output', 'ndjson'], { log, tokens });
      const rows = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as TriagedToken);
      expect(rows.map((row) => row.line)).toEqual(rows.map((_, i) => i + 1));
      expect(rows.map((row) => row.sessionId)).toEqual(rows.map((_, i) => sessions[i % 7]));
      expect(stderr).toMatch(/2,345 tokens in 2,345 lines: 2,345 accepted\.\n[\s\S]*Revoked 7 sessions/);
      expect(await liveIds(t)).toEqual([ID]);
    });

    it('a line without end is cut, and does not fill the memory', async () => {
      const { stderr, exitCode } = await run(t, TokenInspect, ['-'], { stdin: 'a'.repeat(3_000_000), env: KEY_ENV });
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/No token in \d lines?/);
    });
  });
});
