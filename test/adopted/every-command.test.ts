import { beforeAll, describe, expect, it } from 'vitest';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import { operate } from '../support/adopted/operate.ts';
import { useServer } from '../support/adopted/server.ts';
import { unsaid } from '../support/as-said.ts';
import { everyCommand } from '../support/examples.ts';
import { KEY_ENV } from '../support/tokens.ts';

const COMMANDS = await everyCommand();

/** They ask no database, make one, or ask it only about what is a token. */
const WITHOUT = ['completion', 'demo', 'help', 'token:inspect'];
const asksNone = (id: string) => WITHOUT.includes(id) || /^(alias|context):/.test(id) || id === 'server:list';

const DEVICE = '7c1d20aa-0000-4000-8000-000000000000';

/** What is typed behind those that want something; ID is that of a session. */
const TYPED: Record<string, string> = {
  'alert:ack': '17',
  'alert:show': '17',
  'alert:unack': '17',
  'audit:show': '1',
  'config:get': 'session_timeout',
  'config:preset': 'kiosk --yes',
  'config:reset': 'session_timeout --yes',
  'config:set': 'session_timeout 30m --yes',
  'db:grants': '--role viewer',
  'device:forget': `${DEVICE} --yes`,
  'device:label': `${DEVICE} Laptop`,
  'device:revoke': `${DEVICE} --yes`,
  'device:show': DEVICE,
  'device:trust': DEVICE,
  report: '--output -',
  'revocation:show': '1',
  'session:create': 'alice',
  'session:restore': '1',
  'session:revoke': 'ID',
  'session:revoke-all': '--yes',
  'session:revoke-user': 'NAME',
  'session:show': 'ID',
  'session:why': 'ID',
  'user:show': 'NAME',
};

/** What they answer there, where it is not 0: nothing was revoked that could be shown or restored. */
const ANSWERS: Record<string, number[]> = {
  doctor: [0, 9],
  'audit:show': [0, 4],
  'audit:verify': [0, 9],
  'revocation:show': [4],
  'session:restore': [2, 4, 6],
  'session:browse': [2],
};

describe('on the tables of another server', () => {
  const server = useServer(startBetterAuth);
  let id: string;
  let name: string;
  beforeAll(async () => {
    const login = await server.logIn('alice');
    id = login.id;
    name = login.user ?? '';
  });

  const ids = [...COMMANDS.keys()].filter((one) => !asksNone(one));

  it.each(ids)('%s works, or says whose that is', async (one) => {
    const command = COMMANDS.get(one);
    if (!command) throw new Error(one);
    if (one.startsWith('session:'))
      ({ id, user: name } = (await server.logIn('alice')) as { id: string; user: string });
    const argv = (TYPED[one] ?? '').split(' ').filter(Boolean);
    const words = argv.map((word) => (word === 'ID' ? id : word === 'NAME' ? name : word));
    const env = {
      ...KEY_ENV,
      TOMO_WEBHOOK_URL: 'https://example.org/',
      TOMO_WEBHOOK_SECRET: `whsec_${'a'.repeat(44)}`,
    };
    const ran = await operate(server, command, words, { env });
    const said = ran.stdout + ran.stderr;
    expect(said).not.toMatch(/relation|schema "tomo"|no Tomo session tables|tomo db migrate/);
    if (command.adopted) expect(ANSWERS[one] ?? [0], said).toContain(ran.exitCode);
    else expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('better-auth') });
    if (command.changes !== false || !command.adopted || /browse|export|grants/.test(one)) return;
    const { stdout, stderr } = await operate(server, command, words, { env, tty: true, columns: 300 });
    expect(unsaid(stdout + stderr)).toEqual([]);
  });
});
