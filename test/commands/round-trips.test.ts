import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import { CLUSTER } from '../support/cluster.ts';
import { useDatabase } from '../support/database.ts';
import { EXAMPLE_SESSION, everyCommand, exampleWorld, runExample } from '../support/examples.ts';
import { geoDatabase } from '../support/geo.ts';
import { mailServer } from '../support/receivers.ts';
import { type SlowLine, slowLineTo } from '../support/slow-line.ts';
import { TerminalSession } from '../support/spawn.ts';
import { aToken, KEY_ENV } from '../support/tokens.ts';

/**
 * How many bursts a command may take, logging in included (which is one, as with trust): so many times an operator
 * waits for the way there and back. One line at least for each command; see CONTRIBUTING.md.
 */
const BUDGETS: Record<string, number> = {
  'activity export': 2,
  'activity list': 2,
  'activity list --session 3f2a9c41': 3,
  'alert ack 17': 4,
  'alert list': 2,
  'alert send': 36,
  'alert show 17': 2,
  'alert unack 17': 4,
  'alias list': 0,
  'alias set who "session list"': 0,
  'alias remove who': 0,
  'audit export': 3,
  'audit list': 2,
  'audit show 1': 2,
  'audit verify': 7,
  'completion bash': 0,
  'config apply-env': 6,
  'config get session_timeout': 2,
  'config preset kiosk': 7,
  'config reset session_timeout': 5,
  'config set session_timeout 30': 7,
  'config show': 2,
  'context add lab --database embedded': 0,
  'context list': 0,
  'context remove lab': 0,
  'context use --none': 0,
  'db grants --role viewer': 0,
  'db migrate': 16,
  'db status': 5,
  'device forget 7c1d20aa': 4,
  'device label 7c1d20aa Laptop': 4,
  'device list': 2,
  'device revoke 7c1d20aa': 9,
  'device show 7c1d20aa': 5,
  'device trust 7c1d20aa': 4,
  // one after another 14; of its many questions at once the answers may come apart
  doctor: 24,
  'geo enrich': 14,
  'geo status': 2,
  'report --output -': 6,
  'revocation list': 2,
  'revocation show 17': 4,
  schedule: 0,
  'server check --server better-auth': 19,
  'session list --server better-auth': 7,
  'session revoke theirs --server better-auth': 16,
  'status --server better-auth': 7,
  'user list --server better-auth': 6,
  'server detect': 3,
  'server list': 0,
  'session browse': 5,
  'session cleanup': 13,
  'session create ci-deploy': 6,
  'session list': 2,
  'session list --user alice': 3,
  'session list --mine': 4,
  'session restore 17': 5,
  'session revoke 3f2a9c41': 4,
  'session revoke --user bob': 5,
  'session revoke-all': 4,
  'session revoke-user alice': 4,
  'session show 3f2a9c41': 2,
  'session stats': 6,
  'session why 3f2a9c41': 4,
  status: 2,
  'token inspect - < token': 6,
  'user list': 2,
  'user show alice': 6,
  whoami: 2,
};

/** Those whose work is cut by a clock, too. */
const BY_TIME = ['session cleanup'];
/** They never ask a server, or not this one. */
const ALONE = ['db distribute', 'demo', 'help'];

const commands = await everyCommand();

/** Until it is known that a database is distributed, and to tell all of its servers. */
const MORE = CLUSTER ? 6 : 0;

describe('round trips', () => {
  const t = useDatabase('postgres');
  t.keepsData = true;
  let line: SlowLine;
  let login: number;
  let env: NodeJS.ProcessEnv;
  let token: string;
  let changed = true;
  beforeAll(async () => {
    line = await slowLineTo(t.url);
    const client = new pg.Client(line.url).on('error', () => {});
    await client.connect();
    client.connection.stream.destroy();
    login = (await line.bursts()).length;
    env = {
      ...KEY_ENV,
      TOMO_DATABASE_URL: line.url,
      XDG_CONFIG_HOME: mkdtempSync(join(inject('scratch'), 'round-trips-')),
      TOMO_GEO_CITY_DATABASE: geoDatabase('examples'),
    };
  });
  afterAll(() => line.close());

  it('every command has a budget', () => {
    const typed = Object.keys(BUDGETS);
    const ids = Object.keys(manifest.commands).map((id) => id.replaceAll(':', ' '));
    const without = ids.filter(
      (id) => !id.startsWith('_') && !ALONE.includes(id) && !typed.some((words) => `${words} `.startsWith(`${id} `)),
    );
    expect(without).toEqual([]);
  });

  it.each(Object.entries(BUDGETS))('%s: %i', async (words, budget) => {
    if (changed) await makeWorld();
    const most = budget > 0 ? budget + MORE : 0;
    const id = [...commands.keys()].find((one) => `${words} `.startsWith(`${one.replaceAll(':', ' ')} `));
    changed = commands.get(id ?? '')?.changes !== false;
    // on a slow machine a batch of the cleanup begins nothing new after a tenth of a second
    for (let attempts = BY_TIME.includes(words) ? 5 : 1; ; attempts -= 1) {
      await line.bursts();
      const said = await run(words);
      const bursts = await line.bursts();
      const count = bursts.length === 0 ? 0 : bursts.length - login + 1;
      if (attempts > 1 && count > most) continue;
      return expect(count, [said, ...bursts.map((burst) => burst.slice(0, 200))].join('\n')).toBeLessThanOrEqual(most);
    }
  });

  async function makeWorld(): Promise<void> {
    await exampleWorld(t);
    token = await aToken(t, EXAMPLE_SESSION);
    await t.sql(`insert into public."user" values ('u1', 'dora@example.org')`);
    await t.sql(
      `insert into public.session values ('theirs', 'token', 'u1', null, null, now(), now(), now() + interval '1 day')`,
    );
  }

  async function run(words: string): Promise<string> {
    if (words === 'session browse') {
      const screen = new TerminalSession(words.split(' '), { env });
      await screen.waitFor(/alice/);
      await screen.type('q');
      expect(await screen.exit()).toBe(0);
      return screen.output;
    }
    const ran = await runExample(t, commands, `tomo ${words}`, {
      env: {
        ...env,
        ...(words.includes('--mine') ? { TOMO_TOKEN: token } : {}),
        ...(words === 'alert send'
          ? { TOMO_SMTP_URL: `smtp://127.0.0.1:${(await mailServer()).port}`, TOMO_MAIL_FROM: 'tomo@example.org' }
          : {}),
      },
      files: { token },
      opens: true,
    });
    const said = ran.stdout + ran.stderr;
    // 9: they say by it what they have found
    expect([0, 9], said).toContain(ran.exitCode);
    return said;
  }
});
