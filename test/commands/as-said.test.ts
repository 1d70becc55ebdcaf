import { expect, it } from 'vitest';
import { unsaid } from '../support/as-said.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { EXAMPLE_SESSION, everyCommand, examplesOf, exampleWorld, runExample } from '../support/examples.ts';
import { run } from '../support/run.ts';
import { KEY_ENV } from '../support/tokens.ts';

const COMMANDS = await everyCommand();
/** They write for programs, ask nobody, or need a screen. */
const ELSEWHERE =
  /^(demo|help|completion|session:browse|context:.*|alias:.*|(activity|audit):export|db:grants|db:distribute)$/;

onPostgres('what people read', (t) => {
  const told = async (line: string) => {
    const words = line.split(' ');
    const id = COMMANDS.has(`${words[0]}:${words[1]}`) ? `${words[0]}:${words[1]}` : (words[0] ?? '');
    const command = COMMANDS.get(id);
    if (!command) throw new Error(`There is no ${line}.`);
    const { stdout, stderr } = await run(t, command, words.slice(id.split(':').length), {
      ...{ env: KEY_ENV, tty: true, columns: 400 },
    });
    expect(unsaid(stdout + stderr), line).toEqual([]);
    return stdout + stderr;
  };

  it('is as a person says it, whatever has happened', async () => {
    await exampleWorld(t);
    const dora = await aUser(t, { username: 'dora' });
    const ids = [EXAMPLE_SESSION];
    for (const idle of [1, 30, 70, 50_000]) ids.push(await aSession(t, dora, { idle }));
    ids.push(await aSession(t, dora, { idle: 70, remember: true }));
    for (const reason of ['logout', 'evicted'] as const) ids.push(await aSession(t, dora, { ended: 5, reason }));
    for (const line of [
      'config set session_timeout 20 --yes',
      'config set session_timeout 60 session_max_lifetime 1440 --simulate',
      'config set session_max_lifetime 1440 --yes',
      'session revoke --since 1d --user bob --live-until now --yes',
      'session revoke-user dora --yes',
      'session restore --last --yes',
      'session revoke-all --yes',
    ])
      await told(line);
    for (const id of ids) await told(`session why ${id}`);
    for (const number of [17, 18, 19, 20]) await told(`revocation show ${number}`);
    await told('session restore 20 --yes');
    for (const id of ids) await told(`session why ${id}`);
    await told('session restore 18 --yes');
    await told('alert ack 18');
    const ROWS = await t.sql<{ id: number }>('select id::int from tomo.audit_log order by id');
    for (const { id } of ROWS) await told(`audit show ${id}`);
    for (const list of ['session', 'user', 'device', 'alert', 'activity', 'revocation', 'audit']) {
      const state = ['session', 'alert'].includes(list) ? ' --state all' : '';
      const names = Object.keys(COMMANDS.get(`${list}:list`)?.flags ?? {});
      expect(names).toContain('columns');
      await told(`${list} list --output wide${state}`);
    }
    for (const line of [
      'revocation list --columns id,filter,until,restored,scope',
      'config show --output wide',
      'alert show 18',
      'user show dora',
      'doctor',
      'status',
      'session stats',
      'geo status',
      'session list --user alice --since 3h --until 4h',
      'session list --after nothing',
      'session cleanup --dry-run',
      'session cleanup',
    ])
      await told(line);
    expect(await told('revocation show 18')).toMatch(/--since '\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+'/);
  });

  it('is so in every example', async () => {
    for (const [id, command] of COMMANDS) {
      if (ELSEWHERE.test(id)) continue;
      const example = examplesOf(command).find((text) => !/json|csv|[<|]|--(watch|follow|mine)/.test(text));
      if (!example) continue;
      await exampleWorld(t);
      const { stdout, stderr } = await runExample(t, COMMANDS, example, { env: KEY_ENV, tty: true, columns: 200 });
      expect(unsaid(stdout + stderr), example).toEqual([]);
    }
  });
});
