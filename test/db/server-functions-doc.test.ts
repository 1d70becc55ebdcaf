import { spawnSync } from 'node:child_process';

import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SQLSTATE } from '../../src/db/port/sqlstate.ts';

import { aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { close, open } from './server-calls.ts';

const DOC = readFileSync('docs/server-functions.md', 'utf8');

/** The examples in that language. */
function examples(language: string): string[] {
  return [...DOC.matchAll(/```(\w*)\n([\s\S]*?)```/g)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  );
}

const PSQL = examples('psql').join('\n');
const has = (program: string) => spawnSync(program, ['--version']).status === 0;

/** What psql does with the examples: `\gset` keeps a row, `:'name'` uses it. Returns the rows that are printed. */
async function likePsql(t: TestDatabase, script: string): Promise<Record<string, unknown>[]> {
  const kept: Record<string, unknown> = {};
  const printed: Record<string, unknown>[] = [];
  for (const [, sql = '', end] of script.matchAll(/([\s\S]+?)(;\n|\\gset)/g)) {
    const rows = await t.sql(sql.replaceAll(/:'(\w+)'/g, (_, name) => `'${kept[name]}'`));
    if (end === '\\gset') Object.assign(kept, rows[0]);
    else printed.push(...rows);
  }
  return printed;
}

/** What the examples leave behind. */
async function expectDone(t: TestDatabase): Promise<void> {
  expect(
    await t.sql(`select s.end_reason, s.ended_by, s.country, host(s.ip) as ip, d.screen, a.browser, v.path, v.status, r.actor ->> 'user' as actor, r.reason
      from tomo.sessions s join tomo.devices d on d.id = s.device_id and d.user_id = s.user_id
      join tomo.user_agents a on a.id = s.user_agent_id
      join tomo.session_activity v on v.session_id = s.id and v.user_id = s.user_id cross join tomo.revocations r`),
  ).toEqual([
    {
      end_reason: 'logout',
      ended_by: 'alice',
      country: 'DE',
      ip: '203.0.113.7',
      screen: '1920x1080',
      browser: 'Firefox',
      path: '/servers',
      status: 200,
      actor: 'alice',
      reason: 'from the profile page',
    },
  ]);
}

onBothEngines('the psql examples for servers', (t) => {
  it('do what they say', async () => {
    await aUser(t, { username: 'alice' });
    expect(await likePsql(t, PSQL)).toEqual([
      expect.objectContaining({ accepted: true, reason: null, username: 'alice' }),
      // PGlite gives numbers where pg gives text
      { ended: expect.anything() },
      { was_live: true },
      { accepted: false, reason: 'logout' },
    ]);
    await expectDone(t);
  });

  it('record in one statement what a request was, and nothing for a session that is dead', async () => {
    const { session_id } = await open(t, await aUser(t));
    const [sql = ''] = examples('sql').filter((example) => example.includes('touch_session($1)'));
    const request = async () => (await t.sql(sql, [session_id, '/a?b', '203.0.113.7']))[0];
    expect(await request()).toMatchObject({ accepted: true, reason: null });
    await close(t, session_id);
    expect(await request()).toMatchObject({ accepted: false, reason: 'logout' });
    expect(await t.sql('select path from tomo.session_activity')).toEqual([{ path: '/a' }]);
  });
});

onPostgres('the psql examples for servers', (t) => {
  it.runIf(has('psql'))('run in psql', async () => {
    await t.empty();
    await aUser(t, { username: 'alice' });
    const { status, stdout, stderr } = spawnSync('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', t.url], {
      input: PSQL,
      encoding: 'utf8',
    });
    expect({ status, stderr, lines: stdout.trim().split('\n') }).toEqual({
      status: 0,
      stderr: '',
      lines: ['t||alice|', '0', 't', 'f|logout'],
    });
    await expectDone(t);
  });
});

const sqlFile = (name: string) => readFileSync(`src/db/functions/${name}.sql`, 'utf8');
const codesIn = (name: string) => [...sqlFile(name).matchAll(/errcode = '(TM\d+)'/g)].map(([, code]) => code ?? '');

it('the SQLSTATEs of our own are listed once, and the functions raise them and no others', () => {
  const listed = [...sqlFile('sqlstates').matchAll(/^-- +(TM\d+) /gm)].map(([, code]) => code);
  const raised = globSync('src/db/functions/*.sql').flatMap((file) => codesIn(basename(file, '.sql')));
  expect([...new Set(raised)].sort()).toEqual(listed);
  expect(Object.values(SQLSTATE).filter((code) => code.startsWith('TM'))).toEqual(listed);
});

describe('the page for servers', () => {
  it.runIf(has('python3'))('has Python that parses', () => {
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: examples('python').join('\n'),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

onPostgres('the page for servers', (t) => {
  it('names every parameter and every column of the functions, and no other', async () => {
    const functions = await t.sql<{ name: string; arguments: string[]; columns: string[] }>(
      `select proname::text as name, array(select a from unnest(proargnames, proargmodes) x(a, m) where coalesce(m, 'i') = 'i') as arguments,
              array(select a from unnest(proargnames, proargmodes) x(a, m) where m = 'o') as columns
         from pg_proc where pronamespace = 'tomo'::regnamespace and proname = any($1)`,
      [['open_session', 'touch_session', 'record_activity', 'close_session']],
    );
    expect(functions).toHaveLength(4);
    for (const { name, arguments: parameters, columns } of functions) {
      const signature = new RegExp(`tomo\\.${name}\\((p_[\\s\\S]*?)\\)`).exec(DOC)?.[1] ?? '';
      expect([name, [...signature.matchAll(/p_\w+/g)].map(String)]).toEqual([name, parameters]);
      const section = DOC.slice(DOC.indexOf(`\n## ${name}`)).split('\n## ')[1] ?? '';
      for (const column of columns) expect([name, section]).toEqual([name, expect.stringContaining(`\`${column}\``)]);
    }
  });

  it('names every column of what people see of their own', async () => {
    const [section = ''] = /\n## One's own sessions\n.*?\n## /s.exec(DOC) ?? [];
    const columns = await t.sql<{ name: string }>(
      `select distinct a as name from pg_proc cross join lateral unnest(proargnames, proargmodes) x(a, m)
        where pronamespace = 'tomo'::regnamespace and proname ~ 'own_' and prosecdef and m in ('o', 't')`,
    );
    expect(columns.length).toBeGreaterThan(30);
    for (const { name } of columns) expect(section).toContain(`\`${name}\``);
  });

  it('has the SQLSTATEs of a refused login', () => {
    const codes = codesIn('open-session');
    expect(codes.length).toBeGreaterThan(3);
    for (const code of codes) expect(DOC).toContain(`| \`${code}\` |`);
  });
});
