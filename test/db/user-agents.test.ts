import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseUserAgent } from '../../src/db/adopted/user-agent.ts';
import { onBothEngines } from '../support/database.ts';
import { Random } from '../support/random.ts';

/** Each: browser, operating system and form, null for what is not said, and the user agent. */
const KNOWN = readFileSync(new URL('user-agents.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split('\t').map((field) => (field === '-' ? null : field)));

onBothEngines('parse_user_agent', (t) => {
  t.keepsData = true;
  const families = (raws: unknown[]) =>
    t.sql<{ client: (string | null)[] }>(
      `select json_build_array(p.browser, p.os, p.form_factor, raw) as client
         from unnest($1::text[]) with ordinality x(raw, n), tomo.parse_user_agent(raw) p order by n`,
      [raws],
    );

  it('names the families of the browsers, phones, televisions, bots and programs that there are', async () => {
    expect(KNOWN.length).toBeGreaterThan(60);
    const found = await families(KNOWN.map(([, , , raw]) => raw));
    expect(found.map(({ client }) => client)).toEqual(KNOWN);
  });

  it('says nothing of what says nothing', async () => {
    const silent = ['', '-', 'x', '(', '\u001b[31m', '\u{1f4a9}', ')('.repeat(500)];
    expect((await families(silent)).map(({ client }) => client)).toEqual(silent.map((raw) => [null, null, null, raw]));
  });

  it('says the same in the databases of other servers, of what there is and of any mixture of it', async () => {
    const known = KNOWN.map(([, , , raw]) => raw ?? '');
    const words = known.flatMap((raw) => raw.split(/(?<=[ /;(])/));
    const random = new Random('user agents');
    const mixture = () => Array.from({ length: 1 + random.next() * 8 }, () => random.pick(words)).join('');
    const mixtures = Array.from({ length: 3000 }, mixture);
    const raws = [
      ...known,
      ...mixtures,
      '',
      '(',
      `${'x'.repeat(60)}bot`,
      `${'\u{1f4a9}'.repeat(60)}/1`,
      'smart\ntv',
      'Tizen\n TV',
    ];
    const here = raws.map((raw) => {
      const { browser, os, formFactor } = parseUserAgent(raw);
      return [browser, os, formFactor, raw];
    });
    expect(here).toEqual((await families(raws)).map(({ client }) => client));
  });
});
