import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, it } from 'vitest';
import { onPostgres } from '../support/database.ts';
import { TerminalSession } from '../support/spawn.ts';

const ROWS = 40;

onPostgres('a list that is longer than the screen', (t) => {
  t.keepsData = true;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await t.empty();
    await t.sql(`insert into tomo.users (username) select 'user' || i from generate_series(1, ${ROWS}) i`);
    await t.sql('insert into tomo.sessions (user_id) select id from tomo.users');
    env = { TOMO_DATABASE_URL: t.url, PAGER: '', TOMO_PAGER: undefined };
  });

  const list = async (own: NodeJS.ProcessEnv, ...argv: string[]) => {
    const screen = new TerminalSession(['user', 'list', ...argv], { env: { ...env, ...own } });
    expect(await screen.exit()).toBe(0);
    // a dumb terminal keeps what a busy machine says meanwhile
    const lines = screen.lines.filter((line) => line !== '' && line !== 'Looking...');
    return { lines, output: screen.output };
  };
  const paged = `sed 's/^/| /'`;

  it('goes through the pager, in colour, and one that fits does not', async () => {
    const { lines, output } = await list({ PAGER: paged });
    expect(lines).toHaveLength(ROWS + 1);
    expect(lines.every((line) => line.startsWith('| '))).toBe(true);
    expect(output).toContain('\u001b[');
    expect((await list({ PAGER: paged }, '--limit', '5')).lines.some((line) => line.startsWith('| '))).toBe(false);
    const told = await list({ PAGER: `cat; echo "[$LESS]"` });
    expect(told.lines.at(-1)).toBe('[FRX]');
  });

  it('scrolls sideways what is too wide, where everything is asked for', async () => {
    const { lines } = await list({ PAGER: `cut -c1-70; echo "[$LESS]"` }, '--output', 'wide', '--limit', '3');
    expect(lines.some((line) => line === '[RXS]')).toBe(true);
  });

  it.each([
    ['--no-pager', { PAGER: paged }, ['--no-pager']],
    ['an empty PAGER', {}, []],
    ['a dumb terminal', { PAGER: paged, TERM: 'dumb' }, []],
    ['TOMO_PAGER=cat', { PAGER: paged, TOMO_PAGER: 'cat' }, []],
  ])('is printed as it is with %s', async (_, own, argv) => {
    const { lines } = await list(own, ...argv);
    expect(lines).toHaveLength(ROWS + 1);
    expect(lines.some((line) => line.startsWith('| '))).toBe(false);
  });

  it('is printed where there is no such pager, and ends quietly where its reader leaves', async () => {
    const broken = await list({ PAGER: 'no-such-pager-here' });
    expect(broken.lines.filter((line) => line.includes('user'))).toHaveLength(ROWS);
    expect(broken.output).not.toMatch(/bug in tomo|EPIPE/);
    const left = await list({ PAGER: 'head -n 2' }, '--all');
    expect(left.lines).toHaveLength(2);
    expect(left.output).not.toMatch(/bug in tomo|EPIPE|Error/);
  });

  it('is no longer held open in the database while somebody reads', async () => {
    await t.sql(`insert into tomo.users (username) select 'more' || i from generate_series(1, 3000) i`);
    const open = () => t.sql('select pid from pg_stat_activity where datname = current_database() order by 1');
    const before = await open();
    const screen = new TerminalSession(['user', 'list', '--all'], {
      env: { ...env, PAGER: 'head -n 2; read -r key < /dev/tty; wc -l' },
    });
    await screen.waitFor(/USER[\s\S]*user/);
    await expect.poll(open, { timeout: 10_000 }).toEqual(before);
    await screen.type('\r');
    expect(await screen.exit()).toBe(0);
    expect(screen.lines.at(-1)).toMatch(/^\d{3,}$/);
    await t.sql(`delete from tomo.users where username like 'more%'`);
  });

  it('says that its pager has failed, which may have shown nothing', async () => {
    expect((await list({ PAGER: 'exit 3' })).lines).toEqual([
      'Warning: The pager failed (exit code 3). Without it: --no-pager',
    ]);
    expect((await list({ PAGER: 'head -1' })).output).not.toContain('Warning');
  });

  it('is what the config file says: pager, format and columns, on a terminal', async () => {
    const home = mkdtempSync(join(inject('scratch'), 'pager-'));
    mkdirSync(join(home, 'tomo'));
    const config = (text: object) =>
      writeFileSync(join(home, 'tomo', 'config.json'), JSON.stringify(text), { mode: 0o600 });
    const own = { XDG_CONFIG_HOME: home };
    config({ pager: paged, listColumns: { users: ['user', 'sessions'] } });
    const { lines } = await list(own);
    expect(lines[0]?.trimEnd()).toBe('| USER    SESSIONS');
    config({ pager: '', listFormat: 'csv' });
    expect((await list({ ...own, PAGER: paged }, '--columns', 'user')).lines[0]).toBe('user');
    config({ listFormat: 'xml' });
    const wrong = new TerminalSession(['user', 'list'], { env: { ...env, ...own } });
    expect(await wrong.exit()).toBe(2);
    expect(wrong.output).toContain('"listFormat" is "xml"');
  });
});
