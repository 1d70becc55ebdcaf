import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { onBothEngines } from '../support/database.ts';

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
});
