import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { functionsOf, ROLE_TASKS } from '../../src/db/schema/grants.ts';
import { onPostgres } from '../support/database.ts';

/**
 * What servers of the last release call, one function a line. Written anew at each release, with TOMO_UPDATE_CALLS=1.
 */
const FILE = join(import.meta.dirname, 'released-calls.txt');

onPostgres('what servers of the last release call', (t) => {
  it('still takes the same arguments, others only after them and optional, and gives the same columns', async () => {
    const called = functionsOf(ROLE_TASKS.server);
    const rows = await t.sql<{ name: string; needed: number; inputs: string; outputs: string }>(
      `select p.proname::text as name, p.pronargs - p.pronargdefaults as needed, x.inputs,
              coalesce(x.outputs, case when p.proretset then 'setof ' else '' end || format_type(p.prorettype, null)) as outputs
         from pg_proc p cross join lateral (
           select coalesce(string_agg(a.name || ' ' || format_type(a.type, null), ', ' order by a.i) filter (where a.mode = 'i'), '') as inputs,
                  string_agg(a.name || ' ' || format_type(a.type, null), ', ' order by a.i) filter (where a.mode in ('o', 't')) as outputs
             from rows from (unnest(p.proargnames), unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])),
                    unnest(coalesce(p.proargmodes::text[], array_fill('i'::text, array[p.pronargs])))) with ordinality a(name, type, mode, i)) x
        where p.pronamespace = 'tomo'::regnamespace and p.proname = any($1) order by 1`,
      [called],
    );
    if (process.env.TOMO_UPDATE_CALLS) {
      writeFileSync(
        FILE,
        rows
          .map(({ name, needed, inputs, outputs }) => `${name}(${inputs}) needs ${needed} gives ${outputs}\n`)
          .join(''),
      );
    }
    const released = readFileSync(FILE, 'utf8').trim().split('\n');
    expect(released.length).toBeGreaterThan(5);
    for (const line of released) {
      const [, name, inputs = '', needed, outputs = ''] = /^(\w+)\((.*)\) needs (\d+) gives (.*)$/.exec(line) ?? [];
      const now = rows.find((row) => row.name === name);
      expect([line, now && `${now.inputs}, `.startsWith(inputs && `${inputs}, `)]).toEqual([line, true]);
      expect([line, now?.needed]).toEqual([line, Number(needed)]);
      expect([line, now && `${now.outputs}, `.startsWith(`${outputs}, `)]).toEqual([line, true]);
    }
  });
});
