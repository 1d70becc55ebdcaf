import { tmpdir } from 'node:os';
import { beforeEach, describe, expect, it } from 'vitest';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import { aDevice, anAlert, aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { everyCommand, examplesOf, runExample } from '../support/examples.ts';
import { some } from '../support/extent.ts';
import { run } from '../support/run.ts';
import { aToken, FOREIGN_KEYS, KEY_ENV } from '../support/tokens.ts';

const COMMANDS = await everyCommand();
const byAccess = (access: string) => [...COMMANDS].filter(([, command]) => command.access === access).map(([id]) => id);

/** Names of what there is in the world below: of the one who acts, of another, of nobody. */
type Thing = 'OWN' | 'OWN2' | 'OTHER' | 'NONE' | 'ME' | 'THEM' | 'NOBODY' | 'SHARED' | 'THEIRS';

const IDS = {
  OWN: '11110000-0000-4000-8000-000000000001',
  OWN2: '3f2a9c41-0000-4000-8000-000000000001',
  OTHER: '3f2a9c41-0000-4000-8000-000000000002',
  NONE: '99990000-0000-4000-8000-000000000009',
  SHARED: '3f2a',
  THEIRS: '3f2a9c41-0000-4000-8000-000000000002'.slice(0, 8),
  ME: 'bob',
  THEM: 'mallory',
  NOBODY: 'nobody',
} satisfies Record<Thing, string>;

/** What each command that anybody may use answers to one who is no admin: its exit code. */
const OWN: Record<string, [argv: string, exit: number][]> = {
  'session:list': [
    ['', 5],
    ['--count', 5],
    ['--all --output ndjson', 5],
    ['--user THEM', 5],
    ['--user NOBODY', 5],
    ['--user ME --user THEM', 5],
    ['--ip 198.51.100.9', 5],
    ['--mine --related-to OWN', 5],
    ['--mine --related-to OTHER', 5],
    ['--mine --state all --json', 0],
    ['--mine --state all --output wide', 0],
    ['--user ME --count', 0],
  ],
  'session:show': [
    ['OWN', 0],
    ['OWN2 --json', 0],
    ['SHARED', 0],
    ['OTHER', 4],
    ['NONE', 4],
  ],
  'session:why': [
    ['OWN', 0],
    ['OWN2 --json', 0],
    ['SHARED', 0],
    ['OTHER', 4],
    ['NONE', 4],
  ],
  'session:revoke': [
    ['OWN --dry-run --json', 0],
    ['SHARED', 0],
    ['OTHER', 4],
    ['NONE', 4],
    ['OWN OTHER', 4],
    ['OTHER --compromised --dry-run', 4],
    ['--ip 198.51.100.9 --yes', 5],
    ['--ip 198.51.100.9 --mine --yes', 0],
    ['--user THEM --yes', 5],
    ['--mine --expect 9 --yes', 6],
    ['--mine --yes', 0],
  ],
  'session:revoke-user': [
    ['THEM', 5],
    ['NOBODY', 5],
    ['ME THEM', 5],
    ['ME --keep OTHER', 4],
    ['ME --keep NONE', 4],
    ['ME --keep SHARED --json', 0],
    ['ME --dry-run', 0],
  ],
  'user:show': [
    ['THEM', 5],
    ['NOBODY', 5],
    ['ME', 0],
    ['ME --json', 0],
  ],
  whoami: [
    ['', 0],
    ['--json', 0],
  ],
  status: [
    ['', 0],
    ['--json', 0],
  ],
  // these have tests of their own: it wants a screen, and tokens on stdin
  'session:browse': [],
  'token:inspect': [],
};

onPostgres('what each command answers to whom', (t) => {
  let token: string;
  const as = (role: string) => t.sql(`update tomo.users set role = $1 where username = 'bob'`, [role]);
  const typed = (argv: string) =>
    argv
      .split(' ')
      .filter(Boolean)
      .map((word) => IDS[word as Thing] ?? word);
  const ask = (id: string, argv: string[], stdin?: string) => {
    const command = COMMANDS.get(id);
    if (!command) throw new Error(`There is no ${id}.`);
    return run(t, command, argv, { env: { ...KEY_ENV, TOMO_TOKEN: token }, columns: 200, ...(stdin ? { stdin } : {}) });
  };

  beforeEach(async () => {
    const bob = await aUser(t, { username: 'bob', email: 'bob@example.org' });
    const mallory = await aUser(t, { username: 'mallory', email: 'mal@example.net' });
    await aSession(t, bob);
    await aSession(t, mallory, { ip: '198.51.100.9' });
    await run(t, SessionRevoke, ['--user', 'bob', '--user', 'mallory', '--yes', '--reason', 'phished with mallory']);
    await aSession(t, bob, { id: IDS.OWN });
    await aSession(t, bob, { id: IDS.OWN2, idle: 5 });
    await aSession(t, mallory, { id: IDS.OTHER, ip: '198.51.100.9', country: 'KP', city: 'Pyongyang' });
    for (let n = 0; n < 30; n++) await aSession(t, mallory, { ip: '198.51.100.9' });
    for (const user of [bob, mallory]) await anAlert(t, user);
    await aDevice(t, mallory, { label: 'Phone of mal' });
    token = await aToken(t, IDS.OWN);
  });

  const others =
    /mallory|mal@|198\.51\.100\.9|KP|Pyongyang|Phone of mal|phished|\b3[0-9] (live |open )?(session|alert)/;
  /** Nothing of another user, but what was typed. */
  const quiet = ({ stdout, stderr }: { stdout: string; stderr: string }, argv: string[]) => {
    const said = argv.reduce((text, word) => text.replaceAll(word, ''), stdout + stderr);
    expect(said).not.toMatch(others);
    expect(said).not.toContain(`${IDS.OTHER.slice(0, 24)}2`);
  };

  it('is decided here for every command', () => {
    expect(byAccess('own').sort()).toEqual(Object.keys(OWN).sort());
    // of the database and of this machine, and of no session
    expect(byAccess('none').sort()).toEqual([
      'alias:list',
      'alias:remove',
      'alias:set',
      'completion',
      'context:add',
      'context:list',
      'context:remove',
      'context:use',
      'db:grants',
      'db:status',
      'demo',
      'schedule',
      'server:check',
      'server:detect',
      'server:list',
    ]);
  });

  describe.each(['user', 'readonly'])('role %s', (role) => {
    beforeEach(() => as(role));

    it.each(
      some(
        'refused',
        byAccess('admin').filter((id) => id !== 'help'),
        12,
      ),
    )('%s is refused', async (id) => {
      const [example = ''] = examplesOf(COMMANDS.get(id));
      const mail = { TOMO_SMTP_URL: 'smtp://127.0.0.1:1', TOMO_MAIL_FROM: 'tomo@example.org' };
      const env = { ...KEY_ENV, ...mail, TOMO_TOKEN: token };
      const ran = await runExample(t, COMMANDS, example, { files: {}, folder: tmpdir(), env });
      expect(ran).toMatchObject({ exitCode: 5, stdout: '' });
      expect(ran.stderr).toContain(`this needs role admin; you are bob (${role}).`);
      quiet(ran, example.split(' '));
      expect(await liveIds(t)).toHaveLength(33);
    });

    it.each(Object.entries(OWN).flatMap(([id, rows]) => rows.map(([argv, exit]) => [id, argv, exit] as const)))(
      '%s %s: exit %i, and nothing of others',
      async (id, argv, exit) => {
        const ran = await ask(id, typed(argv));
        expect(ran, ran.stderr).toMatchObject({ exitCode: exit });
        quiet(ran, typed(argv));
        const left = await liveIds(t);
        expect(left.length).toBeGreaterThanOrEqual(31);
        expect(left).toContain(IDS.OTHER);
      },
    );

    it('what another has and what nobody has are answered alike', async () => {
      const pairs = Object.entries(OWN).flatMap(([id, rows]) =>
        rows.flatMap(([argv]) => (/OTHER|THEM/.test(argv) ? [[id, argv] as const] : [])),
      );
      for (const [id, argv] of pairs) {
        const answer = async (text: string) => {
          const ran = await ask(id, typed(text));
          const plain = (output: string) =>
            typed('OTHER NONE THEM NOBODY').reduce((s, w) => s.replaceAll(w, 'X'), output);
          return { exitCode: ran.exitCode, stdout: plain(ran.stdout), stderr: plain(ran.stderr) };
        };
        if (argv.includes('OWN')) continue;
        expect(await answer(argv), argv).toEqual(await answer(argv.replace('OTHER', 'NONE').replace('THEM', 'NOBODY')));
      }
    });

    it('a token is inspected that is of their own session, and no other, made up or not', async () => {
      for (const id of ['token:inspect', 'session:show', 'session:why']) {
        expect(await ask(id, ['-'], token)).toMatchObject({ exitCode: 0 });
        const made = await aToken(t, IDS.OTHER, { keys: FOREIGN_KEYS });
        const none = await aToken(t, IDS.NONE);
        const [other, forged, nobody] = [
          await ask(id, ['-'], await aToken(t, IDS.OTHER)),
          await ask(id, ['-'], made),
          await ask(id, ['-'], none),
        ];
        expect(other).toMatchObject({ exitCode: 4, stdout: '' });
        expect({ ...forged, json: null }).toEqual({ ...other, json: null });
        expect({ ...nobody, json: null }).toEqual({ ...other, json: null });
      }
    });

    it('ends their own sessions and no other', async () => {
      expect((await ask('session:revoke', typed('OWN2 OTHER'))).stdout).toMatch(
        /3f2a9c41\S* revoked \(bob.*\n3f2a9c41\S* not found/,
      );
      // which they may not restore
      const why = await ask('session:why', [IDS.OWN2]);
      expect(why.stdout).toMatch(/Can be undone until .*: by an admin\n/);
      expect(why.stdout).not.toContain('session restore');
      const all = await ask('session:revoke-user', typed('ME'));
      expect(all).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('session restore') });
      expect(await liveIds(t)).toHaveLength(31);
    });
  });

  it('an admin sees and ends those of others', async () => {
    await as('admin');
    for (const [id, argv] of [
      ['session:list', '--user THEM'],
      ['session:show', 'OTHER'],
      ['user:show', 'THEM'],
      ['session:revoke', 'OTHER'],
      ['session:revoke-user', 'THEM'],
    ] as const) {
      expect(await ask(id, typed(argv))).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('mallory') });
    }
    expect(await liveIds(t)).toEqual([IDS.OWN, IDS.OWN2]);
  });
});
