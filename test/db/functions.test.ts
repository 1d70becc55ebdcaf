import { expect, it } from 'vitest';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, onOneServer } from '../support/database.ts';

onBothEngines('the functions of the schema', (t) => {
  it('take and give no row of a table, whose columns a later version may change', async () => {
    const rows = await t.sql<{ name: string }>(
      `select distinct p.proname::text as name
         from pg_proc p cross join lateral unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) a(type)
         join pg_type y on y.oid = a.type left join pg_type e on e.oid = y.typelem
         join pg_class c on c.reltype in (y.oid, e.oid)
        where p.pronamespace = 'tomo'::regnamespace and c.relnamespace = 'tomo'::regnamespace
          and p.prorettype <> 'trigger'::regtype
        order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([]);
  });

  it('read the same after a dump and a restore, or every restored one would look changed', async () => {
    const text = `select p.oid::regprocedure::text as name, pg_get_functiondef(p.oid) as text from pg_proc p
      where p.pronamespace = 'tomo'::regnamespace and p.prokind in ('f', 'p') order by 1`;
    await t.db.transaction({}, async (tx) => {
      const before = await tx.query<{ text: string }>(text);
      await tx.script(['set local check_function_bodies = off', ...before.map((made) => made.text)].join(';\n'));
      expect(await tx.query(text)).toEqual(before);
    });
  });

  // a volatile argument keeps the planner from taking them apart, and every session would be read
  it('ask who is in at a moment that is fixed', async () => {
    const found = await t.sql(
      `select proname from pg_proc where pronamespace = 'tomo'::regnamespace
          and coalesce(pg_get_function_sqlbody(oid), prosrc) ~* '(liveness|verdicts|cuts)\\(\\s*(pg_catalog\\.)?(clock_timestamp|timeofday)'`,
    );
    expect(found).toEqual([]);
  });
});

onOneServer('who is in', (t) => {
  // a call would take longer than all else that a pass asks of a session
  it('is worked out without a call, though what it is compared with comes from a subquery', async () => {
    const functions = await t.sql<{ name: string; call: string }>(
      `select p.proname::text as name,
              format('tomo.%I(%s)', p.proname, (select string_agg(format('(select null::%s from tomo.settings)', a), ', ')
                from unnest(p.proargtypes::oid[]::regtype[]) a)) as call
         from pg_proc p where p.pronamespace = 'tomo'::regnamespace and not p.proretset
          and p.proname in ('runs_out', 'restorable_until', 'session_limit', 'retention_cut')`,
    );
    expect(functions).toHaveLength(4);
    for (const { name, call } of functions) {
      const plan = await t.sql(`explain (verbose) select ${call} from tomo.sessions`);
      expect(JSON.stringify(plan)).not.toContain(`tomo.${name}(`);
    }
  });

  it.each(['liveness', 'verdicts'])('is looked up by the key, whatever is asked of one session (%s)', async (name) => {
    const user = await aUser(t);
    const id = await aSession(t, user);
    await t.sql('insert into tomo.sessions (user_id) select $1 from generate_series(1, 2000)', [user]);
    await t.sql('analyze tomo.sessions');
    for (const moment of ['now()', 'statement_timestamp()']) {
      const plan = await t.sql<{ line: string }>(`explain select * from tomo.${name}(${moment}) where id = '${id}'`);
      const text = JSON.stringify(plan);
      expect(text).toContain('sessions_pkey');
      expect(text).not.toMatch(/Seq Scan on sessions|Function Scan/);
    }
  });
});
